"""Nearest records of the target by Gower's distance (Biometrics 27, 1971), for many sets of features in one pass.

A number or a time adds its difference over the spread of the target's (first to last percentile, at most 1), a category 0 or 1,
no value 0 against none and 1 against any. What a feature adds is computed once for all sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.view import FeatureKind, Frame, Places, Values, View
from engine.jobs.control import Control

Single = npt.NDArray[np.float32]
CELLS = 400_000
"""Distances in memory at once: so many that they stay in the processor's cache."""
CHUNKS = 128
TIE = 1e-4
"""Distances no further apart than this are the same, and chance decides."""
MISSING = -3.0


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """The target's records, ready to be asked for their distances."""

    features: tuple[int, ...]
    category: tuple[bool, ...]
    low: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    records: Single
    """(Features, records)."""

    def spelt(self, frame: Frame) -> Single:
        """Records of another side as this space has them: (features, records)."""
        return np.stack(
            [
                _scaled(frame.columns[feature], low, spread)
                for feature, low, spread in zip(self.features, self.low, self.spread, strict=True)
            ]
        )


def space(view: View, features: Sequence[int]) -> Space:
    """The target's records with these features."""
    category = tuple(view.features[feature].kind is FeatureKind.CATEGORY for feature in features)
    scales = [
        (0.0, 1.0) if code else _scale(view.target.columns[feature])
        for feature, code in zip(features, category, strict=True)
    ]
    low, spread = np.array(scales, np.float64).T
    columns = [_scaled(view.target.columns[f], *scale) for f, scale in zip(features, scales, strict=True)]
    return Space(tuple(features), category, low, spread, np.stack(columns))


def nearest(
    within: Space,
    asked: Single,
    sets: npt.NDArray[np.bool_],
    k: int,
    rng: np.random.Generator,
    control: Control,
) -> Places:
    """Places of each asked record's `k` nearest by each set of features, the nearest first: (sets, asked, k).

    `sets` is (sets, features). Among records at the same distance each set and each asked record has its own
    order by chance: ties speak for nobody, and what one finds among them is no sign of what another finds. Raises Cancelled.
    """
    n = within.records.shape[1]
    k, room = min(k, n), -(-n // CHUNKS) * CHUNKS
    # An order of its own costs each asked record a place to begin in a longer one.
    orders = np.lib.stride_tricks.sliding_window_view(rng.random((len(sets), 2 * n), np.float32) * TIE, n, axis=1)
    each = np.arange(len(sets))[:, None]
    found = np.empty((len(sets), asked.shape[1], k), np.int64)
    step = max(1, CELLS // max(1, len(sets) * n))
    for start in range(0, asked.shape[1], step):
        control.check()
        block = asked[:, start : start + step]
        distances = np.full((len(sets), block.shape[1], room), np.inf, np.float32)
        distances[:, :, :n] = orders[each, rng.integers(0, n + 1, (len(sets), block.shape[1]))]
        _add_up(within, block, sets, distances[:, :, :n])
        smallest = _smallest(distances.reshape(-1, room), k)
        found[:, start : start + step] = smallest.reshape(len(sets), -1, k)
    return found


def apart(within: Space, asked: Single, feature: int) -> Single:
    """What one feature adds to the distances: (asked, records)."""
    out = np.empty((asked.shape[1], within.records.shape[1]), np.float32)
    _add(asked[feature][:, None], within.records[feature][None, :], within.category[feature], out)
    return out


def _add_up(within: Space, block: Single, sets: npt.NDArray[np.bool_], distances: Single) -> None:
    # A set of more than half the features is what all add, less what the others do: fewer sums.
    most = sets.sum(axis=1) > sets.shape[1] / 2
    few = np.where(most[:, None], ~sets, sets)
    total = np.zeros((block.shape[1], within.records.shape[1]), np.float32)
    for feature in range(len(within.features)):
        adds = apart(within, block, feature)
        total += adds
        for at in np.flatnonzero(few[:, feature]):
            (np.subtract if most[at] else np.add)(distances[at], adds, out=distances[at])
    distances[most] += total


def _add(asked: Single, records: Single, category: bool, out: Single) -> None:
    if category:
        out[...] = asked != records
        return
    np.subtract(asked, records, out=out)
    np.abs(out, out=out)
    np.minimum(out, 1, out=out)


def _smallest(distances: Single, k: int) -> Places:
    """Places of the `k` smallest of each row, in order. The k smallest lie in the k chunks whose own smallest are smallest."""
    rows, n = distances.shape
    chunks = n // CHUNKS
    among = np.broadcast_to(np.arange(n), (rows, n))
    if chunks > 2 * k:
        # A chunk is every `chunks`-th record: its minimum is then one of whole rows, which processors do many at a time.
        best = distances.reshape(rows, CHUNKS, chunks).min(axis=1)
        taken = np.argpartition(best, k - 1, axis=1)[:, :k]
        among = (taken[:, None, :] + np.arange(CHUNKS)[None, :, None] * chunks).reshape(rows, -1)
    values = np.take_along_axis(distances, among, axis=1)
    few = np.argpartition(values, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(values, few, axis=1), axis=1, kind="stable")
    return np.take_along_axis(among, np.take_along_axis(few, order, axis=1), axis=1)


def _scale(values: Values) -> tuple[float, float]:
    there = values[np.isfinite(values)]
    if not there.size:
        return 0.0, 1.0
    low, first, last, high = np.quantile(there, [0, 0.01, 0.99, 1])
    spread = last - first if last > first else high - low
    return float(low), float(spread) if spread > 0 else 1.0


def _scaled(values: Values, low: float, spread: float) -> Single:
    if values.dtype == np.int32:
        return values.astype(np.float32)
    # Held within what 32 bits tell apart; no value lies further from all others than they may be from each other.
    scaled = np.clip((values - low) / spread, MISSING + 2, 1e4)
    return np.where(np.isnan(scaled), MISSING, scaled).astype(np.float32)
