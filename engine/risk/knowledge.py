"""What an attacker may know of a person beside names: how much they own, when, what was not masked; and how finely."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.assessment.view import Carries, Feature, FeatureKind, Values, View, present

COUNTED = frozenset({"count", "distinct"})
Knows = Callable[[Feature], bool]


def is_count(feature: Feature) -> bool:
    shape = feature.carries is Carries.SHAPE and feature.kind is FeatureKind.NUMBER
    return shape or feature.made in COUNTED


def is_time(feature: Feature) -> bool:
    return feature.kind is FeatureKind.TIME


def is_gap(feature: Feature) -> bool:
    return feature.made == "gap"


def is_unmasked(feature: Feature) -> bool:
    return feature.carries is Carries.KEPT


def is_anything(feature: Feature) -> bool:
    return True


def known_of(view: View, knows: Knows) -> tuple[int, ...]:
    """Places of the features that an attacker with this knowledge compares: what a target replaced is never among them."""
    return tuple(place for place in view.compared if knows(view.features[place]))


def rounded(values: Values, digits: int = 2) -> Values:
    """Numbers to so many significant digits: about as well as somebody may know a sum."""
    found = np.asarray(values, np.float64)
    size = np.abs(found)
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where((size > 0) & np.isfinite(size), np.floor(np.log10(size)), 0.0)
    unit = 10.0 ** (power - digits + 1)
    return np.asarray(np.round(found / unit) * unit)


def months(days: Values) -> Values:
    """The calendar month of days since 1970: 0 is January 1970."""
    found = np.full(len(days), np.nan)
    there = np.isfinite(days)
    moments = np.floor(days[there]).astype("datetime64[D]").astype("datetime64[M]")
    found[there] = moments.astype(np.int64)
    return found


def varies(values: Values) -> bool:
    """Whether it tells any record from another: a missing value does."""
    there = values[present(values)]
    return bool(there.size) and bool(there.size < values.size or there.min() < there.max())
