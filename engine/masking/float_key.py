"""Floating-point numbers as keys: a keyed bijection of the digits, between the same two powers of two."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.keys import DomainKey

_DIGITS, _SINGLE = 52, 23
"""Bits of the fraction of a double, and of the part of it that a single has too."""
_REST = _DIGITS - _SINGLE
_FRACTION, _EXPONENT = np.uint64((1 << _DIGITS) - 1), np.uint64(0x7FF)


def permute_floats(values: pa.Array, key: DomainKey) -> pa.Array:
    """Another number of the same sign and size for each. What a single holds becomes what one holds; 0, infinities and NaN stay."""
    bits = values.to_numpy(zero_copy_only=False).astype(np.float64).view(np.uint64)
    exponent, fraction = (bits >> np.uint64(_DIGITS)) & _EXPONENT, bits & _FRACTION
    moves = (exponent != 0) & (exponent != _EXPONENT)
    image = np.where(_is_single(fraction), _singles(fraction, key), _doubles(fraction, key))
    out = np.where(moves, (bits & ~_FRACTION) | image, bits).view(np.float64)
    return pa.array(out, values.type)


def _is_single(fraction: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    single: npt.NDArray[np.bool_] = fraction & np.uint64((1 << _REST) - 1) == 0
    return single


def _singles(fraction: npt.NDArray[np.uint64], key: DomainKey) -> npt.NDArray[np.uint64]:
    image = key.permutation(1 << _SINGLE, "float/single").apply(fraction >> np.uint64(_REST))
    return image << np.uint64(_REST)


def _doubles(fraction: npt.NDArray[np.uint64], key: DomainKey) -> npt.NDArray[np.uint64]:
    permutation = key.permutation(1 << _DIGITS, "float/double")
    out = fraction.copy()
    walking = np.flatnonzero(~_is_single(fraction))
    while len(walking):
        out[walking] = permutation.apply(out[walking])
        walking = walking[_is_single(out[walking])]
    return out
