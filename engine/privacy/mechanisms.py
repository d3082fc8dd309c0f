"""Noise on counts and sums, and thresholds: the arithmetic of what is released. No mechanism here writes an event; its caller has."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.privacy.entropy import entropy

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

EXACT_CELLS = 100_000
"""So many counts are noised exactly (10 microseconds each); more of them by rounded floating-point noise."""
EXACT_SCALE = 2.0
"""Below, a discrete Gaussian is not as private as the continuous one that accountants price (from here on they differ by less
than 1e-30)."""


def noisy_counts(counts: Counts, scale: float) -> Floats:
    """Counts with discrete Gaussian noise of this standard deviation, drawn exactly by OpenDP (Canonne, Kamath, Steinke 2020: the same
    zCDP as the continuous one). Beyond `EXACT_CELLS`, or below
    `EXACT_SCALE`: continuous noise from OS entropy, rounded to whole numbers."""
    if scale == 0 or not counts.size:
        return counts.astype(np.float64)
    if counts.size > EXACT_CELLS or scale < EXACT_SCALE:
        return np.rint(counts + scale * entropy().standard_normal(counts.shape))
    noised = _discrete_gaussian(scale)(counts.ravel().tolist())
    return np.array(noised, np.float64).reshape(counts.shape)


def noisy_sums(sums: Floats, scale: float) -> Floats:
    """Sums with continuous Gaussian noise of this standard deviation from OS entropy."""
    return np.asarray(sums + scale * entropy().standard_normal(sums.shape))


def clipped(vectors: Floats, bound: float) -> Floats:
    """Each row scaled down to an L2 norm of `bound` where it is longer; a row that is not finite counts as zero."""
    vectors = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0.0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors * np.minimum(1.0, bound / np.maximum(norms, np.finfo(np.float64).tiny)))


def selection_threshold(scale: float, delta: float, cells: int) -> float:
    """The noisy count from which a value may be named, where one entity adds 1 to at most `cells` counts of noise `scale`.

    The values that one entity alone holds have count 1, and any of them comes through with a chance of at most `delta`: the
    stability histogram (Korolova et al. 2009; Wilson et al. 2019, theorem 3 for Gaussian noise). A discrete Gaussian reaches m at
    most as often as the continuous one reaches m - 1 (Canonne, Kamath, Steinke 2020, proposition 25): hence 2 and not 1.
    """
    if scale == 0:
        return 1.0
    # 1 - (1 - delta)^(1/cells), without losing the digits of a small delta.
    each = -np.expm1(np.log1p(-delta) / cells)
    return float(np.ceil(2 - scale * NormalDist().inv_cdf(each)))


@cache
def _discrete_gaussian(scale: float) -> Any:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    return dp.m.make_gaussian(dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64"), scale)
