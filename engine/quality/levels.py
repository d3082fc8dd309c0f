"""Columns as a few levels each, and which combinations of levels occur: t-way coverage as testers count it (NIST SP 800-142)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import numpy.typing as npt

from engine.assessment.alike import keys
from engine.assessment.codes import Codes, binned, most_frequent, numbered, quantile_edges
from engine.assessment.view import FeatureKind, Frame, Values, View

MOST_LEVELS, FIFTHS = 20, 5
"""A number or time of more values than these is cut into fifths of the source's rows."""
COMMON = 5
"""Rows from which on a combination is no rarity that a private target had better not hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """How one feature's values become levels 0, 1...; the last but one is every rarer value, the last none at all."""

    place: int
    count: int
    cuts: npt.NDArray[np.float64] | None
    """Of a number or time."""
    kept: Codes | None
    """Of a category: the labels that are a level each."""

    def of(self, frame: Frame) -> Codes:
        column: Values = frame.columns[self.place]
        if self.cuts is not None:
            codes = binned(column, self.cuts)
        else:
            assert self.kept is not None
            codes = numbered(column, self.kept)
        return np.where(codes < 0, self.count - 1, codes)


@dataclass(frozen=True, slots=True)
class Reached:
    of: int
    """Combinations that the source has."""
    share: float
    """Of them, those that the other side has."""
    common: float
    """The same of those with at least five rows in the source."""
    full: int
    """Sets of columns all of whose combinations are reached."""
    new: int
    """Combinations that the source does not have."""


def level_columns(view: View, most: int) -> tuple[Levels, ...]:
    """Of the features that vary and are no near-unique texts, those of the fewest levels."""
    found = [levels for place in range(len(view.features)) if (levels := _levels(view, place)) is not None]
    return tuple(sorted(found, key=lambda levels: (levels.count, levels.place))[:most])


def reached(levels: Sequence[Levels], known: Frame, others: Mapping[str, Frame], ways: int) -> dict[str, Reached]:
    """What each of the others reaches of the known side's combinations of so many columns."""
    mine = [each.of(known) for each in levels]
    theirs = {name: [each.of(frame) for each in levels] for name, frame in others.items()}
    tally = {name: np.zeros(6, np.int64) for name in others}
    for chosen in combinations(range(len(levels)), ways):
        counts = [levels[place].count for place in chosen]
        source = _occurring(mine, chosen, counts)
        for name, columns in theirs.items():
            tally[name] += _compared(source, _occurring(columns, chosen, counts))
    return {name: _shares(*map(int, sums)) for name, sums in tally.items()}


def distinct_rows(frame: Frame) -> int:
    """How many different rows there are."""
    return len(np.unique(keys(frame.columns, frame.rows)))


def _levels(view: View, place: int) -> Levels | None:
    column = view.known.columns[place]
    if view.features[place].kind is not FeatureKind.CATEGORY:
        few = len(np.unique(column[~np.isnan(column)])) <= MOST_LEVELS
        cuts = quantile_edges(column, MOST_LEVELS if few else FIFTHS)
        return Levels(place, len(cuts) + 2, cuts, None) if len(cuts) else None
    if not 2 <= len(np.unique(column[column >= 0])) <= view.known.rows / 2:
        return None
    kept = most_frequent(column, MOST_LEVELS)
    return Levels(place, len(kept) + 2, None, kept)


def _occurring(columns: Sequence[Codes], chosen: Sequence[int], counts: Sequence[int]) -> Codes:
    """Rows of every combination of these columns' levels."""
    return np.bincount(np.ravel_multi_index([columns[place] for place in chosen], counts), minlength=prod(counts))


def _compared(source: Codes, other: Codes) -> Codes:
    has, met, common = source > 0, other > 0, source >= COMMON
    figures = (has, has & met, common, common & met, met & ~has)
    return np.array([*map(np.count_nonzero, figures), bool((met | ~has).all())], np.int64)


def _shares(has: int, met: int, common: int, common_met: int, new: int, full: int) -> Reached:
    return Reached(has, met / max(1, has), common_met / max(1, common), full, new)
