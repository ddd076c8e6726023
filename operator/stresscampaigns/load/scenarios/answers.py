"""What scenarios look for in answers."""

from stresscampaigns.load.http.response import Response

JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def field(response: Response | None, name: str) -> object:
    """A field of a JSON object that came with 2xx; None where there is none."""
    if response is None or not 200 <= response.status_code < 300:
        return None
    try:
        found = response.json()
    except (ValueError, RecursionError):  # none, or one that is nested without an end
        return None
    return found.get(name) if isinstance(found, dict) else None
