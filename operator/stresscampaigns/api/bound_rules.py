"""CEL about the bounds of checks and abort rules: each is of the kind that its question's answer is of."""

from pydantic.config import JsonDict

from stresscampaigns.api.base import cel
from stresscampaigns.api.units import DURATION_PATTERN, THRESHOLD_PATTERN


def time_bounds(
    questions: tuple[str, ...], bounds: tuple[str, ...], unless: str | None = None
) -> list[JsonDict]:
    """These bounds of what asks these questions are durations, unless this field is there."""
    spared = f"has(self.{unless}) || " if unless else ""
    right = f"{spared}(type(BOUND) == string && string(BOUND).matches(r'{DURATION_PATTERN}'))"
    which = f"a {' or '.join(questions)}"
    return _bounds(questions, bounds, right, f"{which} is a duration, like 800ms or 60s")


def ratio_bounds(questions: tuple[str, ...], bounds: tuple[str, ...]) -> list[JsonDict]:
    """These bounds of what asks these questions are ratios: `"5"` would be 500 %, which nothing exceeds."""
    ratio = r"^((0(\.[0-9]+)?|1(\.0+)?)|[0-9]+(\.[0-9]+)?%)$"
    right = f"(type(BOUND) == string ? string(BOUND).matches(r'{ratio}') : int(BOUND) in [0, 1])"
    return _bounds(questions, bounds, right, f"an {' or '.join(questions)} is a ratio, like 1% or 0")


def count_bounds(questions: tuple[str, ...], bounds: tuple[str, ...]) -> list[JsonDict]:
    """These bounds of what asks these questions are whole numbers."""
    right = "type(BOUND) == int || string(BOUND).matches('^[0-9]+$')"
    which = f"a {', '.join(questions[:-1])} or {questions[-1]}"
    return _bounds(questions, bounds, right, f"{which} is how many, like 0")


def plain_bounds(
    questions: tuple[str, ...], bounds: tuple[str, ...], unless: str | None = None
) -> list[JsonDict]:
    """These bounds of what asks these questions are numbers without a unit, unless this field is there."""
    spared = f"has(self.{unless}) || " if unless else ""
    right = f"{spared}type(BOUND) == int || string(BOUND).matches(r'^-?[0-9]+(\\.[0-9]+)?$')"
    which = f"a {' or '.join(questions)}"
    share = f": a share, like 90%, is one of another window's, so name that one in {unless}" if unless else ""
    return _bounds(questions, bounds, right, f"{which} is a plain number, like 5{share}")


def any_bounds(bounds: tuple[str, ...]) -> list[JsonDict]:
    """These bounds of a query are of whatever kind its values are."""
    right = f"type(BOUND) == int || string(BOUND).matches(r'{THRESHOLD_PATTERN}')"
    words = 'a query is a number, like 5 or "0.5" (a fraction in quotes), a share, like 90%, or a duration, like 800ms'
    return _bounds(("query",), bounds, right, words)


def _bounds(questions: tuple[str, ...], bounds: tuple[str, ...], right: str, words: str) -> list[JsonDict]:
    """`right` is what must hold of each bound, which is called BOUND there; `words` follow its name."""
    asks = " || ".join(f"has(self.{question})" for question in questions)
    return [
        cel(
            f"!({asks}) || !has(self.{bound}) || {right.replace('BOUND', f'self.{bound}')}",
            f"{bound} of {words}",
            f".{bound}",
        )
        for bound in bounds
    ]
