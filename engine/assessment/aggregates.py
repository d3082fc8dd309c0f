"""What a person's rows of another table come to: how many, sums and means, first and last moments, rarest and most frequent values.

Everything is asked of whole columns: `owner` says for each row whose it is, by place.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.assessment.view import Places

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]


def counts(owner: Places, size: int) -> Floats:
    """Rows of each."""
    return np.bincount(owner, minlength=size).astype(np.float64)


def sums(owner: Places, values: Floats, size: int) -> tuple[Floats, Floats]:
    """Of the values that are there: each one's sum (NaN without any), and how many."""
    there = ~np.isnan(values)
    number = np.bincount(owner[there], minlength=size)
    total = np.bincount(owner[there], values[there], minlength=size)
    return np.where(number > 0, total, np.nan), number.astype(np.float64)


def ends(owner: Places, values: Floats, size: int) -> tuple[Floats, Floats]:
    """The least and the greatest value of each; NaN without any."""
    there = ~np.isnan(values)
    least, greatest = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, owner[there], values[there])
    np.maximum.at(greatest, owner[there], values[there])
    return np.where(np.isinf(least), np.nan, least), np.where(np.isinf(greatest), np.nan, greatest)


def mean(total: Floats, number: Floats) -> Floats:
    """NaN where nothing was counted."""
    found: Floats = np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)
    return found


def gap(first: Floats, last: Floats, number: Floats) -> Floats:
    """The mean time between one moment and the next; NaN for fewer than two."""
    return mean(last - first, np.where(number > 1, number - 1, 0))


def distinct(owner: Places, codes: Codes, size: int) -> Floats:
    """Different values of each."""
    pairs, _ = _pairs(owner, codes)
    return np.bincount(pairs[:, 0], minlength=size).astype(np.float64)


def most_frequent(owner: Places, codes: Codes, size: int) -> Codes:
    """The code that each has most often, the least of several; -1 without any."""
    pairs, number = _pairs(owner, codes)
    order = np.lexsort((pairs[:, 1], -number, pairs[:, 0]))
    owners, first = np.unique(pairs[order, 0], return_index=True)
    found = np.full(size, -1, np.int32)
    found[owners] = pairs[order[first], 1]
    return found


def rarity(codes: Codes, labels: int) -> Floats:
    """Of each code the negative logarithm of its share; that of a single one where a code does not occur."""
    number = np.bincount(codes[codes >= 0], minlength=labels)
    found: Floats = -np.log(np.maximum(number, 1) / max(number.sum(), 1))
    return found


def rarest(owner: Places, codes: Codes, rare: Floats, size: int) -> Floats:
    """How rare the rarest value of each is; NaN without any."""
    there = codes >= 0
    found = np.full(size, -np.inf)
    np.maximum.at(found, owner[there], rare[codes[there]])
    return np.where(np.isinf(found), np.nan, found)


def _pairs(owner: Places, codes: Codes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Every owner with each of its codes, and how often."""
    there = codes >= 0
    width = int(codes.max(initial=0)) + 1
    joined, number = np.unique(owner[there] * width + codes[there], return_counts=True)
    return np.stack([joined // width, joined % width], axis=1), number
