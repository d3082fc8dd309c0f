"""A curve as it is drawn and told: its scales with round numbers, and what it says in words. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """A range that holds all values, with round numbers along it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value is between both ends, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


def scale(values: Sequence[float], *, from_zero: bool = False) -> Scale:
    """A scale over these values."""
    finite = [value for value in values if isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    low, high = (min(low, 0.0), max(high, 0.0)) if from_zero else (low, high)
    # A range that is as good as none: numbers of double precision would stand on each other.
    least = max(abs(low), abs(high), 1e-6) * 1e-6
    if high - low < least:
        low, high = (low, low + 1.0) if from_zero and low == 0 else (low - (least or 0.5), high + (least or 0.5))
    step = _round_step((high - low) / (MOST_TICKS - 1))
    first, last = floor(low / step), ceil(high / step)
    return Scale(first * step, last * step, tuple(round(n * step, 12) for n in range(first, last + 1)))


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, not smaller than `rough`."""
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999)


def tick_text(value: float) -> str:
    """A number at a scale: `0.25`, `2,000`."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a curve says to who does not see it."""

    points: int
    first: float
    last: float
    low: float
    high: float
    step: float
    """Of the last point."""


def summary(points: Sequence[tuple[float, float]]) -> Summary | None:
    if not points:
        return None
    values = [value for _, value in points]
    return Summary(len(points), values[0], values[-1], min(values), max(values), points[-1][0])
