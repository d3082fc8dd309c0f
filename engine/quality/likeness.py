"""How alike two samples are, with an interval that knows which values belong to one family.

The figure is that of all values as they are. For its interval families are drawn with replacement, in groups, so that a thousand
visits of one person do not pass for a thousand people; there values that are many fall into bins of about one size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.rates import z_of
from engine.assessment.result import Interval

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats, Floats, Floats], Floats]
"""Of two samples' shares of the levels (last axis), and the levels in order: a figure that is 1 where the samples are equal."""

GROUPS = 100
DRAWS = 200
BINS = 500
TAIL = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Values of one side, each with its family."""

    values: Floats
    families: npt.NDArray[np.int64]

    def of(self, mask: npt.NDArray[np.bool_]) -> Sample:
        """The families that a mask over all of them holds."""
        held = mask[self.families]
        return Sample(self.values[held], self.families[held])

    @property
    def of_families(self) -> int:
        return len(np.unique(self.families))


def each_its_own(values: npt.NDArray[np.generic]) -> Sample:
    """Values that are a family each."""
    return Sample(values.astype(np.float64), np.arange(len(values)))


def ks_complement(one: Floats, other: Floats, _: Floats) -> Floats:
    """1 - the Kolmogorov-Smirnov distance (SDMetrics: KSComplement)."""
    return np.asarray(1 - np.abs(np.cumsum(one, -1) - np.cumsum(other, -1)).max(-1), np.float64)


def tv_complement(one: Floats, other: Floats, _: Floats) -> Floats:
    """1 - the total variation distance (SDMetrics: TVComplement)."""
    return np.asarray(1 - np.abs(one - other).sum(-1) / 2, np.float64)


def tail_ratio(one: Floats, other: Floats, levels: Floats) -> Floats:
    """The lesser 99th percentile by the greater one; 1 where both are 0. Levels are not negative."""
    tails = [levels[percentile_place(shares)] for shares in (one, other)]
    greater = np.maximum(*tails)
    return np.where(greater > 0, np.minimum(*tails) / np.where(greater > 0, greater, 1), 1.0)


def percentile_place(shares: Floats, percentile: float = TAIL) -> npt.NDArray[np.intp]:
    """Where the first level is that so many values do not exceed."""
    # Shares are sums of rounded parts: a last one of 0.99 may read 0.9899999.
    return np.asarray(np.argmax(np.cumsum(shares, -1) >= percentile - 1e-9, axis=-1))


def compared(one: Sample, other: Sample, statistic: Statistic, rng: np.random.Generator) -> Interval:
    """How alike two samples are; neither is empty."""
    levels = np.unique(np.concatenate([one.values, other.values]))
    shares = [
        _normed(np.bincount(np.searchsorted(levels, side.values), minlength=len(levels))) for side in (one, other)
    ]
    # Sums of shares reach 1 and a little more: the figure is a share itself.
    value = float(np.clip(statistic(shares[0], shares[1], levels), 0, 1))
    edges = levels if len(levels) <= BINS else _edges(one, other)
    parts = [_grouped(side, edges, rng) for side in (one, other)]
    drawn = [_normed(draws(len(part), rng) @ part) for part in parts]
    half = z_of() * float(statistic(drawn[0], drawn[1], edges).std())
    return Interval(value, max(value - half, 0.0), min(value + half, 1.0))


def at_sizes(found: float, had: Sequence[int], wanted: Sequence[int]) -> float:
    """What two samples of one distribution would show at other sizes: their distance shrinks as sqrt(1/n + 1/m)."""
    factor = np.sqrt(sum(1 / size for size in wanted) / sum(1 / size for size in had))
    return float(np.clip(1 - (1 - found) * factor, 0, 1))


def _edges(one: Sample, other: Sample) -> Floats:
    """Values that part those of both sides into bins of about one size; each is its bin's greatest."""
    pooled = np.concatenate([one.values, other.values])
    return np.unique(np.quantile(pooled, np.linspace(0, 1, BINS + 1)[1:], method="inverted_cdf"))


def _grouped(sample: Sample, edges: Floats, rng: np.random.Generator) -> Floats:
    """How many values are in each bin: a row for each group of families."""
    group, groups = groups_of(sample.families, rng)
    cells = np.bincount(group * len(edges) + np.searchsorted(edges, sample.values), minlength=groups * len(edges))
    return cells.reshape(groups, len(edges)).astype(np.float64)


def groups_of(families: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], int]:
    """For each value the group that its family falls into, by chance, and how many groups there are."""
    distinct, place = np.unique(families, return_inverse=True)
    groups = min(GROUPS, len(distinct))
    return (rng.permutation(len(distinct)) % groups)[place], groups


def draws(groups: int, rng: np.random.Generator) -> Floats:
    """How often each group is drawn: a row for each resample."""
    return rng.multinomial(groups, np.full(groups, 1 / groups), DRAWS).astype(np.float64)


def _normed(counts: npt.NDArray[np.generic]) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(-1, keepdims=True), 1), np.float64)
