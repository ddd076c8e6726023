"""A scenario's data: do its file and its parameters fit together?"""

from pathlib import Path

from stresscampaigns.api.load_plan import PlannedData
from stresscampaigns.load.data_file import DataError, read_rows
from stresscampaigns.load.parameters import Parameters, ScenarioError
from stresscampaigns.load.placeholders import PlaceholderError, columns
from stresscampaigns.load.rows import Rows, Share


def rows_of(scenario: str, data: PlannedData, settings: Parameters, share: Share) -> Rows:
    """What a worker takes of the rows that fill the scenario's parameters.

    Raises:
        ScenarioError: the file cannot be used, a column is missing, or no parameter asks for one.
    """
    file = Path(data.file)
    try:
        used = _columns(settings)
        return Rows(read_rows(file, used), data.order, share)
    except PlaceholderError as error:
        raise ScenarioError(f"scenario {scenario}: {error}") from error
    except DataError as error:
        raise ScenarioError(f"scenario {scenario}: data {file.parent.name}/{file.name}: {error}") from error


def _columns(settings: Parameters) -> list[str]:
    """All that the settings ask for, each once."""
    if not settings.sent:
        raise PlaceholderError("data: it takes none, as what it sends is its own: leave data out")
    found = {name: None for where, text in settings.texts() for name in columns(text, where)}
    if not found:
        raise PlaceholderError(
            f"data: no parameter takes a value of it: write ${{column}} into {' or '.join(settings.sent)}, or leave "
            "data out"
        )
    return list(found)
