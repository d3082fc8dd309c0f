"""One column as bars: the shares of its ranges or of its most frequent categories, of the source beside the target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from engine.assessment.view import Feature, FeatureKind, Values

BINS = 10
CATEGORIES = 10
LONGEST = 40
"""Characters of a label."""
NONE = "no value"
OTHERS = "all others"
_EPOCH = date(1970, 1, 1)
_INSIDE = (0.005, 0.995)
"""Bars cover so much of the values; what lies outside stands in the first and the last."""

_DRAWN = 1e100
"""What lies further from 0 is drawn there: sums of such numbers are none."""

Shares = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    table: str
    column: str
    kind: str
    """`category`, `number` or `time`."""
    labels: tuple[str, ...]
    """Cell values of the sides that are shown."""
    source: Shares | None
    target: Shares
    distance: float | None = None
    """Half the sum of the differences of the bars: 0 alike, 1 nothing in common."""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """What `asdict` has said of one."""
        source = tuple(said["source"]) if said["source"] is not None else None
        return cls(**{**said, "labels": tuple(said["labels"]), "source": source, "target": tuple(said["target"])})


def distribution(table: str, feature: Feature, source: Values | None, target: Values) -> Distribution:
    """One column of both sides; without a source nothing of it decides what is drawn."""
    sides = [target] if source is None else [source, target]
    counted = _categories if feature.kind is FeatureKind.CATEGORY else _ranges
    labels, shares = counted(feature, sides)
    distance = float(np.abs(np.subtract(shares[0], shares[1])).sum() / 2) if source is not None else None
    own = shares[0] if source is not None else None
    return Distribution(table, feature.column or feature.name, feature.kind.value, labels, own, shares[-1], distance)


def _categories(feature: Feature, sides: list[Values]) -> tuple[tuple[str, ...], list[Shares]]:
    """The most frequent of all sides together, the rest, and those without a value."""
    size = len(feature.labels) if feature.labels is not None else 0
    counts = [np.bincount(side.astype(np.int64) + 1, minlength=size + 1) for side in sides]
    shares = [count / max(1, count.sum()) for count in counts]
    together = np.sum(shares, axis=0)[1:]
    top = [int(code) for code in np.argsort(-together, kind="stable")[:CATEGORIES] if together[code] > 0]
    labels = [_shown(feature.labels[code].as_py()) if feature.labels is not None else "" for code in top]
    bars = [[*share[1:][top], max(0.0, share[1:].sum() - share[1:][top].sum()), share[0]] for share in shares]
    return _with_some((*labels, OTHERS, NONE), bars, len(top))


def _ranges(feature: Feature, sides: list[Values]) -> tuple[tuple[str, ...], list[Shares]]:
    """Ranges of equal width that all sides share, and those without a value."""
    there = [np.clip(side[np.isfinite(side)], -_DRAWN, _DRAWN).astype(np.float64) for side in sides]
    starts = _starts(np.concatenate(there))
    bars = []
    for side, values in zip(sides, there, strict=True):
        places = np.maximum(np.searchsorted(starts, values, "right") - 1, 0)
        counts = np.bincount(places, minlength=len(starts))[: len(starts)]
        bars.append([*(counts / max(1, len(side))), (len(side) - len(values)) / max(1, len(side))])
    return _with_some((*_start_labels(feature.kind, starts), NONE), bars, len(starts))


def _starts(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where each range begins; the last one is open."""
    if not len(values):
        return np.zeros(0)
    low, high = np.quantile(values, _INSIDE)
    if low == high:
        low, high = values.min(), values.max()
    if high - low < BINS and np.array_equal(values, np.round(values)):
        return np.unique(np.floor(low) + np.arange(high - np.floor(low) + 1))  # whole numbers have a bar each
    return np.unique(np.linspace(low, high, BINS + 1)[:-1])


def _start_labels(kind: FeatureKind, starts: npt.NDArray[np.float64]) -> tuple[str, ...]:
    if kind is FeatureKind.TIME:
        return tuple(_day(start) for start in starts)
    width = float(starts[1] - starts[0]) if len(starts) > 1 else 1.0
    digits = max(0, 1 - math.floor(math.log10(width))) if width != round(width) else 0
    plain = digits < 7 and all(abs(start) < 1e9 for start in starts)
    return tuple(f"{start:.{digits}f}" if plain else f"{start:.4g}" for start in starts)


def _day(days: float) -> str:
    try:
        return (_EPOCH + timedelta(days=float(days))).isoformat()
    except OverflowError:
        return f"day {days:.0f}"


def _with_some(labels: tuple[str, ...], bars: list[list[float]], least: int) -> tuple[tuple[str, ...], list[Shares]]:
    """Without the last bars (the others, those without a value) that stand empty on every side."""
    keep = [place for place in range(len(labels)) if place < least or any(side[place] > 1e-12 for side in bars)]
    return tuple(labels[place] for place in keep), [tuple(float(side[place]) for place in keep) for side in bars]


def _shown(label: str) -> str:
    return label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"
