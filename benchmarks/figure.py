"""A measured figure beside what it must reach, and its reference from the same run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table; the value must be at most the limit, or at least it, both in `unit`."""

    name: str
    value: float
    limit: float
    unit: str
    reference: str
    """What was measured beside it in the same run, in words with numbers."""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Is it within its limit? NaN is not."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def table(figures: Sequence[Figure]) -> str:
    """All figures, to be read by a person."""
    rows: list[tuple[str, ...]] = [("FIGURE", "MEASURED", "LIMIT", "MET", "REFERENCE, SAME RUN")]
    rows += [_row(one) for one in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def quantile(values: Sequence[float], q: float) -> float:
    """The nearest rank, rounded up: of 200 values the 198th for 0.99."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(q * 1000) // 1000))
    return ordered[rank - 1]


def _row(one: Figure) -> tuple[str, ...]:
    measured, limit = (
        f"{one.value:.4g} {one.unit}",
        f"{'>=' if one.at_least else '<='} {one.limit:.4g} {one.unit}",
    )
    return one.name, measured, limit, "yes" if one.met else "NO", one.reference
