"""What stands behind the point of a number, as part of a key: a keyed bijection of fractions.

A fraction becomes one of as many digits as its column has behind the point; without a declared scale one of nine digits, longer ones
of eighteen, and so on. Each of these lengths is permuted onto itself, so distinct fractions stay distinct, and a short one becomes one
of a thousand million.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.fpe import MINIMUM, to_number, to_numerals
from engine.keys import DomainKey

STEP = 9
"""Digits by which the lengths grow where no scale is declared."""

Digits = npt.NDArray[np.int64]


def permute_fractions(fractions: Sequence[str], scale: int | None, key: DomainKey) -> list[str]:
    """Another fraction for each. They are digits, the last of them not 0, and so are the images."""
    widths = np.array([_width(len(digits), scale or 0) for digits in fractions], np.int64)
    out = list(fractions)
    for width in np.unique(widths).tolist():
        rows = np.flatnonzero(widths == width).tolist()
        digits = np.array([list(map(int, fractions[row].ljust(width, "0"))) for row in rows], np.int64)
        for row, image in zip(rows, _image(digits, _shortest(width, scale or 0), key), strict=True):
            out[row] = "".join(map(str, image)).rstrip("0")
    return out


def _width(digits: int, scale: int) -> int:
    return scale if digits <= scale else -(-digits // STEP) * STEP


def _shortest(width: int, scale: int) -> int:
    """The most digits that a fraction of the next shorter length can have."""
    return 0 if width == scale else max(scale, width - STEP)


def _image(digits: Digits, shortest: int, key: DomainKey) -> list[list[int]]:
    """A bijection of all digits of this length, walked until the image is too long for the next shorter one, and not zero."""
    out, waiting = digits.copy(), np.arange(len(digits))
    while len(waiting):
        out[waiting] = _permuted(out[waiting], key)
        waiting = waiting[~out[waiting, shortest:].any(axis=1)]
    found: list[list[int]] = out.tolist()
    return found


def _permuted(digits: Digits, key: DomainKey) -> Digits:
    width = digits.shape[1]
    if 10**width >= MINIMUM:
        return key.ff1(10, "fraction").encrypt(digits).astype(np.int64)
    permutation = key.permutation(10**width, f"fraction/{width}")
    return to_numerals(permutation.apply(to_number(digits, 10)), 10, width).astype(np.int64)
