"""URLs as they may be shown: in a status, an event or a log, which others read than those who may read the campaign."""

import re

_PARTS = re.compile(r"^(https?://)(?:[^/?#@]*@)?([^?#]*)([?#].*)?$", re.DOTALL)


def shown(url: str) -> str:
    """Without user, password and query: `http://ann:secret@shop/pay?key=1` is `http://shop/pay?…`."""
    found = _PARTS.match(url)
    if not found:
        return url
    scheme, place, rest = found.groups()
    return f"{scheme}{place}{'?…' if rest else ''}"
