"""The spelling in which values of masked columns are looked for in other columns: letters and digits alone, in lower case.

So `+49 (30) 123-456` is found as the number 4930123456, and `Ada@Example.org` in a search text. Only values long enough to mean one
person are spelt at all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SHORTEST = 6
"""Letters and digits, in bytes, of a value that is looked for."""
LEAST_NUMBER = 10**8
"""Numbers of fewer digits are counters and amounts."""
_MOST_EXACT = 2**53

_KEPT = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") | frozenset(range(0x80, 0x100))
_SIGNS = bytes(octet for octet in range(256) if octet not in _KEPT)
_IS_SIGN = bytes(octet not in _KEPT for octet in range(256))
_LOWER = bytes(range(256)).lower()
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def folded(values: pa.Array) -> pa.Array:
    """The values that can be looked for, in their spelling; dates, truths and bytes never are."""
    parts = [fold_texts(part) for part in texts_of(values)]
    if not parts:
        return pa.array([], pa.string())
    found = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    return found.filter(pc.greater_equal(pc.binary_length(found), SHORTEST))


def whole_names(first: pa.Array, last: pa.Array) -> Iterator[pa.Array]:
    """First and last names put together, in both orders; none where they are no texts."""
    if pa.types.is_string(first.type) and pa.types.is_string(last.type):
        yield pc.binary_join_element_wise(first, last, " ")
        yield pc.binary_join_element_wise(last, first, " ")


def texts_of(values: pa.Array) -> Iterator[pa.Array]:
    """The values as texts, NULL left out: one array for each type that they have (SQLite's per-value types)."""
    type_ = values.type
    if pa.types.is_union(type_):
        codes = np.asarray(values.type_codes)
        for place, code in enumerate(type_.type_codes):
            rows = np.flatnonzero(codes == code)
            if len(rows):
                where = np.asarray(values.offsets)[rows] if type_.mode == "dense" else rows
                yield from texts_of(values.field(place).take(pa.array(where)))
        return
    if values.null_count:
        values = values.drop_null()
    if not len(values) or pa.types.is_null(type_):
        return
    if pa.types.is_string(type_):
        yield values
    elif pa.types.is_large_string(type_) or pa.types.is_dictionary(type_):
        yield values.cast(pa.string())
    elif pa.types.is_fixed_size_binary(type_) and type_.byte_width == 16:
        yield _hexadecimal(values)
    elif pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        yield _numbers(values)


def _numbers(values: pa.Array) -> pa.Array:
    """Whole numbers of many digits."""
    if pa.types.is_floating(values.type):
        exact = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), float(_MOST_EXACT)))
        values = values.filter(exact).cast(pa.int64())
    if pa.types.is_integer(values.type):
        values = values.cast(pa.uint64() if pa.types.is_uint64(values.type) else pa.int64())
        large = pc.greater_equal(values, pa.scalar(LEAST_NUMBER, values.type))
        if not pa.types.is_unsigned_integer(values.type):
            large = pc.or_(large, pc.less_equal(values, pa.scalar(-LEAST_NUMBER, values.type)))
        return values.filter(large).cast(pa.string())
    return pc.replace_substring_regex(values.filter(pc.equal(pc.floor(values), values)).cast(pa.string()), r"\.0*$", "")


def fold_texts(texts: pa.Array) -> pa.Array:
    """Each text without its signs, in lower case."""
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        texts = pc.utf8_lower(texts)
    _, places, content = texts.buffers()
    if content is None:
        return texts
    starts = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    octets = content.slice(int(starts[0]), int(starts[-1] - starts[0])).to_pybytes()
    signs = np.flatnonzero(np.frombuffer(octets.translate(_IS_SIGN), bool))
    starts = starts - starts[0]
    moved = (starts - np.searchsorted(signs, starts)).astype(np.int32)
    left = [None, pa.py_buffer(moved), pa.py_buffer(octets.translate(_LOWER, _SIGNS))]
    return pa.Array.from_buffers(pa.string(), len(texts), left)


def _hexadecimal(values: pa.Array) -> pa.Array:
    octets = np.frombuffer(values.buffers()[1], np.uint8)[16 * values.offset :][: 16 * len(values)]
    digits = np.empty((len(octets), 2), np.uint8)
    digits[:, 0], digits[:, 1] = _HEX[octets >> 4], _HEX[octets & 15]
    places = pa.py_buffer(np.arange(0, 32 * len(values) + 1, 32, dtype=np.int32))
    return pa.Array.from_buffers(pa.string(), len(values), [None, places, pa.py_buffer(digits)])
