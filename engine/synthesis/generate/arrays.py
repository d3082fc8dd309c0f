"""Arrow columns by whole arrays: replaced in part, hashed, brought to common codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.canonical import canonical
from engine.keys import DomainKey

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_ODD = np.uint64(0x9E3779B97F4A7C15)


def whole(values: pa.Array | pa.ChunkedArray, type_: pa.DataType) -> pa.Array:
    """One array of this type."""
    single = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(single.type):
        single = single.dictionary_decode()
    if single.type == type_:
        return single
    # Arrow refuses integers for decimals of fewer than 19 digits, whatever their values.
    return canonical(single).cast(type_) if pa.types.is_decimal(type_) else single.cast(type_)


def taken(values: pa.Array, places: Places) -> pa.Array:
    """The values at these places; NULL where a place is negative."""
    if not (places < 0).any():
        return values.take(pa.array(places))
    return values.take(pa.array(places, mask=places < 0))


def put(values: pa.Array, mask: Mask, new: pa.Array) -> pa.Array:
    """The values with those of the mask's rows replaced, in order."""
    return pc.replace_with_mask(values, pa.array(mask), whole(new, values.type))


def nulled(values: pa.Array, mask: Mask) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)


def nulls_of(values: pa.Array) -> Mask:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False))


def hashed(values: pa.Array, key: DomainKey) -> Words:
    """A 64-bit word of each value, equal for equal ones of the same type; NULL is a value like another."""
    if pa.types.is_integer(values.type) and values.type.bit_width == 64:
        words = key.cmac_ints(_numbers(values), "unique")[:, 0]
    else:
        words = key.cmac(canonical(values), "unique")[:, 0]
    return np.where(nulls_of(values), np.uint64(1), words)


def _numbers(values: pa.Array) -> npt.NDArray[np.int64] | Words:
    filled: npt.NDArray[np.int64] | Words = values.fill_null(0).to_numpy(zero_copy_only=False)
    return filled


def mixed(words: Sequence[Words]) -> Words:
    """One word for several."""
    out = words[0]
    for more in words[1:]:
        out = (out ^ (out >> np.uint64(29))) * _ODD + more
    return out


def common_codes(left: Sequence[pa.Array], right: Sequence[pa.Array]) -> tuple[Places, Places]:
    """Rows of two sides as whole numbers, equal where all their columns are; -1 where one is NULL. Types may differ as those of a
    foreign key and its parent may."""
    size = len(left[0])
    codes = np.zeros(size + len(right[0]), np.int64)
    missing = np.zeros(len(codes), np.bool_)
    for ours, theirs in zip(left, right, strict=True):
        pair = [ours, theirs] if ours.type == theirs.type else [canonical(ours), canonical(theirs)]
        both = pa.chunked_array(pair).combine_chunks().dictionary_encode()
        own = np.asarray(both.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
        missing |= own < 0
        codes = np.unique(codes * (len(both.dictionary) + 1) + own, return_inverse=True)[1].astype(np.int64)
    codes[missing] = -1
    return codes[:size], codes[size:]


def joined(*codes: Places) -> Places:
    """One whole number for several of each row; -1 where one of them is negative."""
    out = codes[0]
    for more in codes[1:]:
        missing = (out < 0) | (more < 0)
        top = int(more.max(initial=0)) + 1
        out = np.where(missing, -1, out * top + more)
    return out


def ordinals(groups: Places) -> Places:
    """Each row's place among those of its group, in the rows' own order."""
    order = np.argsort(groups, kind="stable")
    ranked = groups[order]
    begins = np.searchsorted(ranked, ranked, "left")
    out = np.empty(len(groups), np.int64)
    out[order] = np.arange(len(groups)) - begins
    return out
