"""Integer keys: a keyed bijection of each of a few bands of numbers onto itself.

The bands' edges are those of the integer types, and powers of ten for DECIMAL; none is learned from data. So every value fits the
column it came from, and columns of different types agree. The lowest band ends at three quarters of what the narrowest column of
the domain holds (at most 32 bits): what lies above is room for clones, synthetic rows and the application's next values.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from engine.keys import DomainKey
from engine.masking.units import Units

_WIDTHS = (8, 16, 24, 32, 64)
_SIGNED = tuple(1 << (width - 1) for width in _WIDTHS)
_UNSIGNED = tuple(1 << width for width in _WIDTHS)
_TENS = tuple(10**power for power in range(1, 20))
WORD = 1 << 64
"""From here on, in DECIMAL columns only, the leading digit stays and the others are encrypted."""


def base_band(bits: int) -> range:
    """The numbers that keys of a domain normally are."""
    return range(1, 3 << (min(bits, 32) - 3))


@lru_cache
def edges(bits: int) -> tuple[int, ...]:
    """The first number of every band, and the end of the last."""
    base = base_band(bits)
    return base.start, base.stop, *sorted({edge for edge in _SIGNED + _UNSIGNED + _TENS if edge > base.stop})


@lru_cache
def negative_edges(bits: int) -> tuple[int, ...]:
    """The same for sizes of negative numbers. A signed type holds one more of them than positive ones: a band of its own."""
    return tuple(sorted({*edges(bits), *(edge + 1 for edge in _SIGNED if edge >= base_band(bits).stop)}))


def permute_integers(units: Units, bits: int, key: DomainKey) -> Units:
    """The image of each number. 0 stays; negative numbers are permuted among themselves, the smallest of each type staying."""
    positive, negative = np.flatnonzero(units > 0), np.flatnonzero(units < 0)
    out = units.copy()
    out[positive] = _permute(units[positive], edges(bits), key, "positive")
    out[negative] = -_permute(-units[negative].astype(object), negative_edges(bits), key, "negative")
    return out


def _permute(numbers: Units, bounds: tuple[int, ...], key: DomainKey, label: str) -> Units:
    out = numbers.copy()
    largest = int(numbers.max()) if len(numbers) else 0
    for first, end in pairwise(bounds):
        if first > largest:
            return out
        rows = np.flatnonzero((numbers >= first) & (numbers < end))
        image = key.permutation(end - first, f"{label}/{first}").apply((numbers[rows] - first).astype(np.uint64))
        out[rows] = image.astype(numbers.dtype) + first
    beyond = np.flatnonzero(numbers >= WORD)
    # One by one: such keys are rare, and no machine word holds them.
    out[beyond] = [_permute_digits(int(number), key, label) for number in numbers[beyond]]
    return out


def _permute_digits(number: int, key: DomainKey, label: str) -> int:
    digits = np.array([[int(digit) for digit in str(number)]], dtype=np.uint32)
    cipher = key.ff1(10, label)
    while True:
        digits[:, 1:] = cipher.encrypt(digits[:, 1:])
        image = int("".join(map(str, digits[0])))
        if image >= WORD:
            return image
