"""Noise on counts and sums, and thresholds: the arithmetic of what is released. No mechanism here writes an event; its caller has."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.privacy.entropy import normals

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_GRID = 2.0**-30
"""Of a noise's deviation: sums are whole numbers of it, and so is their noise."""
_SNAPPED = 1 + 2.0**-14
"""More noise for what rounding to that grid, and the order in which floats were added, may move a sum: far less than this."""


def noisy_counts(counts: Counts, scale: float) -> Floats:
    """Counts with Gaussian noise of this standard deviation, rounded to whole numbers.

    The noise is rounded before it is added, so it is a whole number that no count has a say in: nothing of a count shows in low bits
    (Mironov 2012), however many counts there are. As the rounding of a continuous Gaussian it is no less private than one at any
    scale, which a discrete Gaussian is only for zCDP, not for every (epsilon, delta).
    """
    if scale == 0 or not counts.size:
        return counts.astype(np.float64)
    return np.asarray(counts + np.rint(scale * normals(counts.size)).reshape(counts.shape), np.float64)


def noisy_count(count: int, epsilon: float) -> int:
    """A count with discrete Laplace noise, drawn exactly by OpenDP: epsilon-DP and no delta, where one entity adds 1."""
    return int(_discrete_laplace(1 / epsilon)(count))


def noisy_sums(sums: Floats, scale: float) -> Floats:
    """Sums with continuous Gaussian noise of this standard deviation, both as whole numbers of one grid that the noise alone sets."""
    if scale == 0:
        return sums
    grid = scale * _GRID
    return np.asarray(
        (np.rint(sums / grid) + np.rint(normals(sums.size).reshape(sums.shape) * _SNAPPED / _GRID)) * grid
    )


def clipped(vectors: Floats, bound: float) -> Floats:
    """Each row scaled down to an L2 norm of `bound` where it is longer; a row that is not finite counts as zero."""
    vectors = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0.0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors * np.minimum(1.0, bound / np.maximum(norms, np.finfo(np.float64).tiny)))


def selection_threshold(scale: float, delta: float, cells: int) -> float:
    """The noisy count from which a value may be named, where one entity adds 1 to at most `cells` counts of noise `scale`.

    The values that one entity alone holds have count 1, and any of them comes through with a chance of at most `delta`: the
    stability histogram (Korolova et al. 2009; Wilson et al. 2019, theorem 3 for Gaussian noise). Rounded noise reaches m - 1 at most
    as often as the continuous one reaches m - 3/2: less than m - 2 is not asked of it.
    """
    if scale == 0:
        return 1.0
    # 1 - (1 - delta)^(1/cells), without losing the digits of a small delta.
    each = -np.expm1(np.log1p(-delta) / cells)
    return float(np.ceil(2 - scale * NormalDist().inv_cdf(each)))


@cache
def _discrete_laplace(scale: float) -> Any:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    return dp.m.make_laplace(dp.atom_domain(T="i64"), dp.absolute_distance(T="i64"), scale)
