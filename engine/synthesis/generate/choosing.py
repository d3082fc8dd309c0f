"""Which row of another table each row refers to: drawn uniformly among those that its other columns allow."""

from __future__ import annotations

import numpy as np

from engine.synthesis.generate.arrays import Places

NONE = -1


def candidates(groups: Places, targets: Places, limits: Places | None = None) -> tuple[Places, Places, Places]:
    """For rows of these groups where the target rows of the same group stand, as (order, first, count): the candidates of a row
    are `order[first : first + count]`. `limits`: only target rows before that place."""
    order = np.argsort(targets, kind="stable")
    step = len(targets) + 1
    keys = targets[order] * step + order
    first = np.searchsorted(keys, groups * step, "left")
    last = np.searchsorted(keys, groups * step + (len(targets) if limits is None else limits), "left")
    count = np.where(groups < 0, 0, last - first)
    return order, first, np.maximum(count, 0)


def drawn(order: Places, first: Places, count: Places, rng: np.random.Generator) -> Places:
    """One candidate for each row, as likely as the next; NONE without any."""
    offset = (rng.random(len(first)) * count).astype(np.int64)
    return _at(order, first, np.minimum(offset, count - 1), count)


def without_replacement(
    order: Places, first: Places, count: Places, sets: Places, ordinal: Places, rng: np.random.Generator
) -> Places:
    """One candidate for each row, other ones for all rows of a set (`ordinal`: the row's place in its set); NONE for rows beyond
    the number of candidates. All rows of a set have the same candidates."""
    size = int(sets.max(initial=0)) + 1
    start = rng.random(size)[sets]
    stride = _coprime(count, rng.integers(1, 1 << 31, size)[sets])
    offset = ((start * count).astype(np.int64) + ordinal * stride) % np.maximum(count, 1)
    return np.where(ordinal < count, _at(order, first, offset, count), NONE)


def _at(order: Places, first: Places, offset: Places, count: Places) -> Places:
    if not len(order):
        return np.full(len(first), NONE, np.int64)
    return np.where(count > 0, order[np.clip(first + offset, 0, len(order) - 1)], NONE)


def _coprime(count: Places, wanted: Places) -> Places:
    """A step through 0..count-1 that meets each of them once, from the wanted one on."""
    stride = wanted % np.maximum(count, 1) + 1
    shared = np.gcd(stride, count) > 1
    while shared.any():
        stride = np.where(shared, stride % np.maximum(count, 1) + 1, stride)
        shared = (np.gcd(stride, count) > 1) & (count > 1)
    return stride
