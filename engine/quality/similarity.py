"""How alike two columns are, from 0 to 1, defined as in SDMetrics 0.32. Missing values are left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.assessment.view import Values, present

Floats = npt.NDArray[np.float64]

_DECIMALS = 14
_ROUNDED_BELOW = 100.0
"""From here on two floats differ by more than 1e-14 or not at all."""


def ks_complement(one: Values, other: Values) -> float:
    """1 minus the greatest distance between the empirical distribution functions (Kolmogorov-Smirnov); NaN without a value."""
    here, there = np.sort(_rounded(one[present(one)])), np.sort(_rounded(other[present(other)]))
    if not len(here) or not len(there):
        return float("nan")
    steps = np.concatenate([here, there])
    gaps = np.searchsorted(here, steps, "right") / len(here) - np.searchsorted(there, steps, "right") / len(there)
    return 1.0 - float(np.max(np.abs(gaps)))


def tv_complement(one: Values, other: Values) -> float:
    """1 minus the total variation distance between the shares of codes; NaN without a value."""
    here, there = (side[present(side)].astype(np.int64) for side in (one, other))
    return 1.0 - tv_distance(here, there) if len(here) and len(there) else float("nan")


def tv_distance(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    """Half the sum of the differences between the shares of codes from 0 on. Neither side is empty."""
    size = int(max(one.max(), other.max())) + 1
    if size > 4 * (len(one) + len(other)):
        _, dense = np.unique(np.concatenate([one, other]), return_inverse=True)
        one, other, size = dense[: len(one)], dense[len(one) :], int(dense.max()) + 1
    shares = np.bincount(one, minlength=size) / len(one) - np.bincount(other, minlength=size) / len(other)
    return 0.5 * float(np.sum(np.abs(shares)))


def missing_value_similarity(one: Values, other: Values) -> float:
    """1 minus the difference between the shares of missing values. Neither side is empty."""
    return 1.0 - abs(float(np.mean(present(one))) - float(np.mean(present(other))))


def boundary_adherence(known: Values, target: Values) -> float:
    """The share of the target's values between the least and the greatest known one; a missing value counts as outside where the
    known side has none. NaN where there is nothing to compare."""
    here = known[present(known)]
    asked = target[present(target)] if len(here) < len(known) else target
    if not len(here) or not len(asked):
        return float("nan")
    return float(np.mean((asked >= here.min()) & (asked <= here.max())))


def range_coverage(known: Values, target: Values) -> float:
    """The share of the known range that the target's range covers; NaN where the known column is constant."""
    here, there = known[present(known)], target[present(target)]
    if not len(here) or not len(there) or here.min() == here.max():
        return float("nan")
    low, high = float(here.min()), float(here.max())
    short = max((float(there.min()) - low) / (high - low), 0.0) + max((high - float(there.max())) / (high - low), 0.0)
    return max(1.0 - short, 0.0)


def category_coverage(known: Values, target: Values) -> float:
    """The share of known categories that the target has, too; NaN where there is none."""
    here = np.unique(known[present(known)])
    return float(np.mean(np.isin(here, target))) if len(here) else float("nan")


def category_adherence(known: Values, target: Values) -> float:
    """The share of the target's rows whose category is a known one; a missing value is one where the known side has any."""
    here = present(target)
    fits = here & np.isin(target, known[present(known)])
    return float(np.mean(fits if np.all(present(known)) else fits | ~here)) if len(target) else float("nan")


def _rounded(values: Values) -> Floats:
    return np.where(np.abs(values) < _ROUNDED_BELOW, np.round(values, _DECIMALS), values)
