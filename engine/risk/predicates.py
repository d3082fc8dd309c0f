"""Predicates over records, many at once: conjunctions of "this feature lies between these ranks", and how many records they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.view import FeatureKind, Places, Values, View
from engine.jobs.control import Control

Ranks = npt.NDArray[np.int32]
CELLS = 4_000_000
"""Truth values in memory at once."""
NO_VALUE = -1
FINITE = (-1e300, 1e300)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Records of all sides with their values as ranks in the values of all sides: equal, less and greater stay what they are."""

    target: Ranks
    """(Features, records); NO_VALUE where there is none, so do all."""
    known: Ranks
    control: Ranks | None
    ordered: npt.NDArray[np.bool_]
    """Features with an order: numbers and times, not categories."""
    most: npt.NDArray[np.int64]
    """Each feature's greatest rank."""
    values: tuple[npt.NDArray[np.float64], ...]
    """What the ranks of each ordered feature stand for; empty for categories."""

    def drawn(self, feature: int, times: int, rng: np.random.Generator) -> tuple[Ranks, Ranks]:
        """Values drawn evenly from the feature's range, as first and last rank; the last is below the first where nobody has it."""
        values = self.values[feature]
        if not values.size:
            ranks = rng.integers(0, self.most[feature] + 1, times).astype(np.int32)
            return ranks, ranks
        found = rng.uniform(values[0], values[-1], times)
        if (values == np.round(values)).all():
            found = np.round(found)
        first, after = (np.searchsorted(values, found, side).astype(np.int32) for side in ("left", "right"))
        return first, after - 1


@dataclass(frozen=True, slots=True, eq=False)
class Predicates:
    """Each a conjunction of as many conditions; `features`, `low` and `high` are (predicates, conditions)."""

    features: npt.NDArray[np.int64]
    low: Ranks
    high: Ranks

    def __len__(self) -> int:
        return len(self.features)

    def take(self, places: Places) -> Predicates:
        return Predicates(self.features[places], self.low[places], self.high[places])

    def hold(self, records: Ranks, places: Places) -> npt.NDArray[np.bool_]:
        """Whether each matches one given record: its own."""
        values = records[self.features, places[:, None]]
        return np.asarray(((values >= self.low) & (values <= self.high)).all(axis=1), bool)


def ranked(view: View, features: Sequence[int]) -> Ranked:
    """All sides' values of these features as ranks."""
    frames = [view.target, view.known, *([view.control] if view.control is not None else [])]
    ends = np.cumsum([frame.rows for frame in frames])
    ranks = np.empty((len(features), int(ends[-1])), np.int32)
    values = []
    for place, feature in enumerate(features):
        ranks[place], distinct = _ranks(np.concatenate([frame.columns[feature] for frame in frames]))
        values.append(distinct)
    sides = np.split(ranks, ends[:-1], axis=1)
    ordered = np.array([view.features[f].kind is not FeatureKind.CATEGORY for f in features], bool)
    most = ranks.max(axis=1, initial=NO_VALUE).astype(np.int64)
    control = sides[2] if view.control is not None else None
    return Ranked(sides[0], sides[1], control, ordered, most, tuple(values))


def counts(predicates: Predicates, records: Ranks, control: Control) -> npt.NDArray[np.int64]:
    """How many records each predicate matches. Raises Cancelled."""
    if predicates.features.shape[1] == 1:
        return _counts_of_one(predicates, records)
    blocks = [np.count_nonzero(matched, axis=1) for matched in _matched(predicates, records, control)]
    return np.concatenate([np.zeros(0, np.int64), *blocks])


def hits(predicates: Predicates, records: Ranks, control: Control) -> npt.NDArray[np.int64]:
    """How many of the predicates match each record. Raises Cancelled."""
    found = np.zeros(records.shape[1], np.int64)
    for matched in _matched(predicates, records, control):
        found += np.count_nonzero(matched, axis=0)
    return found


def _matched(predicates: Predicates, records: Ranks, control: Control) -> Iterator[npt.NDArray[np.bool_]]:
    """For a block of predicates after the other which records they match: (predicates, records)."""
    step = max(1, CELLS // max(1, records.shape[1]))
    for start in range(0, len(predicates), step):
        control.check()
        block = slice(start, start + step)
        low, high = predicates.low[block, :, None], predicates.high[block, :, None]
        features = predicates.features[block]
        matched = np.ones((len(features), records.shape[1]), bool)
        for condition in range(features.shape[1]):
            values = records[features[:, condition]]
            matched &= values >= low[:, condition]
            matched &= values <= high[:, condition]
        yield matched


def _counts_of_one(predicates: Predicates, records: Ranks) -> npt.NDArray[np.int64]:
    """As `counts` for predicates of one condition: by sums over each feature's ranks, whatever the records' number."""
    found = np.zeros(len(predicates), np.int64)
    features, low, high = predicates.features[:, 0], predicates.low[:, 0], predicates.high[:, 0]
    for feature in np.unique(features):
        at = features == feature
        most = max(int(records[feature].max(initial=NO_VALUE)), int(high[at].max()))
        below = np.concatenate(
            [[0], np.cumsum(np.bincount(records[feature] - NO_VALUE, minlength=most - NO_VALUE + 1))]
        )
        found[at] = below[high[at] - NO_VALUE + 1] - below[low[at] - NO_VALUE]
    return found


def _ranks(values: Values) -> tuple[Ranks, npt.NDArray[np.float64]]:
    if values.dtype == np.int32:
        return values.astype(np.int32), np.zeros(0)
    # Infinite is a value as any other, but it has no place in a range that values are drawn from.
    finite = np.clip(values, *FINITE)
    there = ~np.isnan(finite)
    ranks = np.full(values.shape, NO_VALUE, np.int32)
    distinct, ranks[there] = np.unique(finite[there], return_inverse=True)
    return ranks, distinct.astype(np.float64)
