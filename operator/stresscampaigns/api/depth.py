"""How deep JSON may be nested, where anything at all may stand: the parameters of a scenario."""

from collections.abc import Mapping

DEEPEST = 100
"""More than any body that an API takes. The load reads its plan, in which they stand, to twice this depth."""


def within_depth(found: object, deepest: int = DEEPEST) -> bool:
    """Is it nested no deeper? Looked at level by level: what is too deep is too deep to be called for, too."""
    level = [found]
    for _ in range(deepest + 1):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return True
    return False


def _inside(found: object) -> list[object]:
    if isinstance(found, Mapping):
        return [*found.values()]
    return found if isinstance(found, list) else []
