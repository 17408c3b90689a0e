"""The arithmetic of the measures: percentiles, ratios, goals. Pure, and tested as such."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank).

    Raises:
        ValueError: there is no value, or the share is not within ]0, 1].
    """
    ordered = sorted(values)
    if not ordered or not 0 < share <= 1:
        raise ValueError("a percentile of something, please")
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def p50(values: Iterable[float]) -> float:
    """The median, as a value that was measured."""
    return percentile(values, 0.5)


def p95(values: Iterable[float]) -> float:
    """What nineteen of twenty do not exceed."""
    return percentile(values, 0.95)


def ratio(one: float, other: float) -> float:
    """How many times the other; infinite beside nothing."""
    return one / other if other else math.inf


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        what: what was measured, in words.
        found: the figure; None for what did not happen.
        unit: of the figure, `×` for ratios.
        most: the goal, when less is better.
        least: the goal, when more is better.
    """

    what: str
    found: float | None
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.most is None and self.least is None:
            return None
        if self.found is None:
            return False
        return (self.most is None or self.found <= self.most) and (
            self.least is None or self.found >= self.least
        )

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.most is not None:
            return f"≤ {number(self.most)} {self.unit}".strip()
        return f"≥ {number(self.least)} {self.unit}".strip() if self.least is not None else ""

    def as_json(self) -> dict[str, Any]:
        """What is kept of it: the verdict beside the figure, for who reads the file."""
        kept = {"what": self.what, "found": self.found, "unit": self.unit}
        kept |= {name: value for name in ("most", "least") if (value := getattr(self, name)) is not None}
        return kept if self.reached is None else {**kept, "reached": self.reached}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Row":
        """Read it back; the verdict is found anew."""
        return cls(**{name: value for name, value in kept.items() if name != "reached"})


def milliseconds(what: str, seconds: Sequence[float]) -> list[Row]:
    """Two rows, p50 and p95."""
    return [
        Row(f"{what}, p50", round(p50(seconds) * 1000, 1), "ms"),
        Row(f"{what}, p95", round(p95(seconds) * 1000, 1), "ms"),
    ]


def times(what: str, one: float, other: float, **goal: float) -> Row:
    """A row for a ratio, to two decimals: what is shown is what is judged."""
    return Row(what, round(ratio(one, other), 2), "×", **goal)


def number(value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if value == int(value):
        return f"{int(value):,}".replace(",", " ")
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", " ")
