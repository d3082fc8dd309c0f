"""Groups of people and their outcomes, as counts: which columns say them, and how far each group lies from all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connectors.schema import Kind
from engine.assessment.codes import Codes, Floats, binned, most_frequent, numbered, quantile_edges
from engine.assessment.view import Carries, Feature, FeatureKind, Frame, Values, View
from engine.profiling.naming import entity_of

GROUPS = frozenset({
    "gender", "age", "birth_date", "birth_year", "nationality", "race", "ethnicity", "religion", "disability",
    "sexual_orientation", "marital_status", "political_opinion", "trade_union",
})  # fmt: skip
"""What the law and the field protect (Charter of Fundamental Rights, article 21), as a column's name says it in seven languages."""
MOST_GROUPS, MOST_LABELS, BANDS = 10, 10, 4


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Each record's group on every side, -1 for none; groups are numbered by their size in the source."""

    kept: Codes
    """Records of each group in the source."""
    known: Codes
    target: Codes
    control: Codes | None
    small: int
    """Groups that are left out: too few records, or beyond the ten largest."""

    def shares(self, codes: Codes) -> Floats:
        """Of all records that are of some group, those of each that is kept."""
        there = codes[codes >= 0]
        return np.bincount(there, minlength=len(self.kept) + 1)[: len(self.kept)] / max(1, len(there))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    name: str
    place: int
    codes: Codes | None
    """Of a category: the labels that are looked at, the most frequent first. None: a number."""
    low: float = 0.0
    high: float = 0.0
    spread: float = 1.0

    @property
    def number(self) -> bool:
        return self.codes is None

    @property
    def width(self) -> int:
        """How many gaps a group has in it."""
        return 1 if self.codes is None else len(self.codes)

    def values(self, column: Values) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """A record's values (records, width), and whether it has any."""
        if self.codes is None:
            there = ~np.isnan(column)
            return (np.clip(np.where(there, column, 0.0), self.low, self.high) / self.spread)[:, None], there
        return (column[:, None] == self.codes[None, :]).astype(np.float64), column >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Of every group (rows) and value of the outcome (columns): its mean less that of all other records."""

    gaps: Floats
    errors: Floats
    there: npt.NDArray[np.bool_]
    parity: float
    """The most that two groups' means lie apart: the demographic parity difference."""


def attributes(view: View, most: int) -> tuple[int, ...]:
    """Features that tell groups of people apart: those the plan calls sensitive, then those that are called so."""
    named = tuple(place for place, feature in enumerate(view.features) if feature.own and _protected(view, place))
    asked = dict.fromkeys((*view.sensitive, *named))
    return tuple(place for place in asked if _means_the_same(view.features[place]))[:most]


def outcomes(view: View, attribute: int, most: int) -> tuple[int, ...]:
    """What may differ between groups: the record's own columns before what it owns, the plan's sensitive ones first of all."""
    able = [
        place
        for place, feature in enumerate(view.features)
        if place != attribute and _means_the_same(feature) and _varies(view, place)
    ]
    return tuple(sorted(able, key=lambda p: (p not in view.sensitive, not view.features[p].own, p)))[:most]


def _means_the_same(feature: Feature) -> bool:
    """Of a masked category the labels are dealt anew: who is called F in the target may be whom the source calls M."""
    dealt = feature.kind is FeatureKind.CATEGORY and feature.carries is Carries.ALTERED
    return feature.carries is not Carries.REPLACED and not dealt


def groups_of(view: View, place: int, least: int) -> Groups:
    """A category's labels, or quarters of a number or time as the source has them."""
    sides = [frame.columns[place] for frame in view.frames]
    if view.features[place].kind is not FeatureKind.CATEGORY:
        edges = quantile_edges(sides[0], BANDS)
        codes = [binned(side, edges) for side in sides]
    else:
        codes = [side.astype(np.int64) for side in sides]
    sizes = np.bincount(codes[0][codes[0] >= 0], minlength=1)
    kept = most_frequent(codes[0], MOST_GROUPS, least)
    found = [numbered(side, kept) for side in codes]
    small = int(np.count_nonzero(sizes)) - len(kept)
    return Groups(sizes[kept], found[0], found[1], found[2] if len(found) > 2 else None, small)


def outcome_of(view: View, place: int) -> Outcome:
    feature, column = view.features[place], view.known.columns[place]
    if feature.kind is FeatureKind.CATEGORY:
        labels = most_frequent(column, MOST_LABELS)
        # Of two labels one says it all.
        return Outcome(feature.name, place, labels if len(labels) > 2 else labels[:1])
    low, high = np.nanquantile(column, [0.01, 0.99])
    spread = float(np.nanstd(np.clip(column, low, high)))
    return Outcome(feature.name, place, None, float(low), float(high), spread or 1.0)


def gaps_of(outcome: Outcome, frame: Frame, groups: Codes, count: int, least: int) -> Gaps:
    """Each group against all other records that have a value, with the normal error of the difference of two means."""
    values, there = outcome.values(frame.columns[outcome.place])
    values, codes = values[there], np.where(groups[there] < 0, count, np.minimum(groups[there], count))
    sizes = np.bincount(codes, minlength=count + 1).astype(np.float64)
    sums, squares = (_summed(codes, part, count + 1) for part in (values, values**2))
    n, rest = sizes[:count, None], len(codes) - sizes[:count, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, other = sums[:count] / n, (sums.sum(0) - sums[:count]) / rest
        errors = np.sqrt(
            _variance(sums[:count], squares[:count], n) / n
            + _variance(sums.sum(0) - sums[:count], squares.sum(0) - squares[:count], rest) / rest
        )
    enough = np.broadcast_to((n >= least) & (rest >= least), mean.shape)
    apart = np.where(enough, mean, np.nan)
    parity = float(np.max(np.nanmax(apart, 0) - np.nanmin(apart, 0))) if enough.any() else 0.0
    return Gaps(np.where(enough, mean - other, 0.0), np.where(enough, errors, 0.0), enough, parity)


def _protected(view: View, place: int) -> bool:
    feature = view.features[place]
    if feature.column is None:
        return False
    kind = {FeatureKind.CATEGORY: Kind.TEXT, FeatureKind.NUMBER: Kind.INTEGER, FeatureKind.TIME: Kind.DATE}[
        feature.kind
    ]
    found = entity_of(feature.table, feature.column, kind)
    return found is not None and found.name in GROUPS


def _varies(view: View, place: int) -> bool:
    """Can there be a gap in it at all? A category of nearly as many labels as records has none to speak of."""
    feature, column = view.features[place], view.known.columns[place]
    if feature.kind is FeatureKind.CATEGORY:
        sizes = np.bincount(column[column >= 0].astype(np.int64), minlength=1)
        return bool(np.count_nonzero(sizes) >= 2 and sizes.max() >= 0.02 * view.known.rows)
    there = column[~np.isnan(column)]
    return len(there) > 1 and there.min() < there.max()


def _summed(codes: Codes, values: Floats, count: int) -> Floats:
    return np.stack([np.bincount(codes, values[:, at], minlength=count) for at in range(values.shape[1])], axis=1)


def _variance(sums: Floats, squares: Floats, n: Floats) -> Floats:
    """Of a mean's records; a rate of 0 or 1 keeps that of half a record more, or no gap in it would ever be chance."""
    return np.maximum(squares / n - (sums / n) ** 2, 0) + 0.25 / (n + 1)
