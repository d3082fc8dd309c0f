"""Noisy counts of neighbouring values made less jagged, and ranges cut where nothing but noise is left: post-processing, and free."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from engine.privacy.number_domains import significant
from engine.synthesis.domains.base import Floats

_NEAR, _AROUND = 1.5, 3.0
"""Standard deviations of the kernels, in values: of what is smooth, and of how rough it is there."""
_MEDIAN = 3
"""Values on either side that the first guess is the median of."""
_ROUNDS = 2
_OUTLIER = 3.0
"""So many standard deviations of the noise from the smooth curve no count has a say in it."""
_SPIKE = 1.5
_TINY = 1e-9
_FAINT = 2.0
_BY_CHANCE = 0.15
"""The chance that noise makes a range too long by the value next to its end; a quarter of it by each further one."""
_FARTHEST = 16
_PART = 0.15
"""The value next to the last of a range has at least such a part of its count."""


def smoothed(counts: Floats, scale: float) -> Floats:
    """Each count drawn to the smooth curve of its neighbours, by how much of its distance from it noise of deviation `scale`
    explains: a spike that is clear of the noise stays, and where neighbours differ by more than noise so does the rest."""
    curve = _curve(counts, scale)
    apart = counts - curve
    rough = _kernel(len(counts), _AROUND) @ np.minimum(apart**2, (_OUTLIER * scale) ** 2)
    kept = np.maximum(_beyond(rough, scale), _beyond(apart**2, _SPIKE * scale))
    found: Floats = curve + kept * apart
    return found


def faint(counts: Floats, scale: float) -> Floats:
    """Counts that noise of deviation `scale` alone could be, each drawn to their mean by how much of their spread is noise: together
    they may be clear of it. Where they are not they are none."""
    small = counts < _FAINT * scale
    among = counts[small]
    if not len(among) or among.sum() < _FAINT * scale * len(among) ** 0.5:
        return np.where(small, 0.0, counts)
    kept = float(_beyond(np.array([among.var()]), scale)[0])
    return np.where(small, np.maximum(among.mean() + kept * (counts - among.mean()), 0.0), counts)


def ends(counts: Floats, scale: float) -> tuple[int, int] | None:
    """The values (first, end) beyond which there is nothing to be seen; None where nothing is seen at all.

    What is clear of the noise tells where the range is. Next to it a value needs less to be believed, the less the nearer it is.
    """
    clear = significant(counts, scale)
    if clear is None:
        return None
    first, end = clear
    below, above = counts[:first][::-1], counts[end:]
    return first - _further(below, counts[first], scale), end + _further(above, counts[end - 1], scale)


def _further(counts: Floats, last: float, scale: float) -> int:
    """How many of these, going outwards from the `last` that is clear, are still in the range."""
    away = np.arange(1, min(len(counts), _FARTHEST) + 1)
    bar = scale * np.array([NormalDist().inv_cdf(1 - _BY_CHANCE * 0.25 ** (place - 1)) for place in away.tolist()])
    seen = np.flatnonzero(counts[: len(away)] > np.maximum(bar, _PART / away * last))
    return int(seen[-1]) + 1 if len(seen) else 0


def _curve(counts: Floats, scale: float) -> Floats:
    """What is smooth of the counts, spikes left out."""
    padded = np.pad(counts, _MEDIAN, mode="edge")
    curve: Floats = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _MEDIAN + 1), axis=1)
    near = _kernel(len(counts), _NEAR)
    for _ in range(_ROUNDS):
        curve = near @ np.where(np.abs(counts - curve) > _OUTLIER * scale, curve, counts)
    return np.maximum(curve, 0.0)


def _kernel(size: int, width: float) -> Floats:
    """(values, values) weights of neighbours, each row adding up to 1."""
    places = np.arange(size)
    weights: Floats = np.exp(-0.5 * ((places[:, None] - places) / width) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _beyond(square: Floats, scale: float) -> Floats:
    """The share of a square that is more than a deviation explains."""
    return np.asarray(np.maximum(0.0, 1 - scale**2 / np.maximum(square, _TINY * scale**2)))
