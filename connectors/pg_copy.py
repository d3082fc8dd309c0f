"""Arrow columns as PostgreSQL's COPY BINARY, vectorised: what has one width in every row is laid out by numpy, and one Arrow kernel
joins it row by row with what has not.

Column encoders give parts that, put together, are the field as COPY wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_NULL = b"\xff\xff\xff\xff"
_EPOCH_DAYS = 10_957
_EPOCH_MICROSECONDS = 946_684_800_000_000
_LONG = 1 << 30
"""Bytes of a batch from which offsets of 32 bits may not reach its end."""

Cells = tuple[str, NDArray[Any] | int]
"""One width in every row: the numpy type, and the values or the one value of all rows."""
Parts = list[Cells | pa.Array]
"""Of one column; the arrays are of binaries, without NULLs."""
Encoder = Callable[[pa.Array], Parts]


def payload(columns: Sequence[Parts], rows: int) -> memoryview:
    """The rows of a batch, without header and trailer."""
    runs = list(_runs([(">i2", len(columns)), *(part for column in columns for part in column)], rows))
    if len(runs) == 1 and isinstance(runs[0], np.ndarray):
        return memoryview(runs[0].tobytes())
    wide = any(pa.types.is_large_binary(part.type) for part in runs if isinstance(part, pa.Array))
    wide = wide or sum(part.nbytes for part in runs) > _LONG
    type_, code = (pa.large_binary(), np.int64) if wide else (pa.binary(), np.int32)
    joined = pc.binary_join_element_wise(*(_binaries(part, type_, code) for part in runs), pa.scalar(b"", type_))
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, code)
    return memoryview(data)[int(ends[joined.offset]) : int(ends[joined.offset + rows])]


def _runs(parts: Sequence[Cells | pa.Array], rows: int) -> Iterator[NDArray[Any] | pa.Array]:
    """Neighbours of one width as one numpy record for each row; arrays as they are."""
    cells: list[Cells] = []
    for part in parts:
        if isinstance(part, tuple):
            cells.append(part)
            continue
        if cells:
            yield _record(cells, rows)
        cells = []
        yield part
    if cells:
        yield _record(cells, rows)


def _record(cells: Sequence[Cells], rows: int) -> NDArray[Any]:
    made = np.empty(rows, [(str(place), code) for place, (code, _) in enumerate(cells)])
    for place, (_, values) in enumerate(cells):
        made[str(place)] = values
    return made


def _binaries(part: NDArray[Any] | pa.Array, type_: pa.DataType, code: type[np.signedinteger[Any]]) -> pa.Array:
    if isinstance(part, pa.Array):
        return part if part.type == type_ else part.cast(type_)
    width = part.dtype.itemsize
    offsets = np.arange(0, (len(part) + 1) * width, width, dtype=code)
    return pa.Array.from_buffers(type_, len(part), [None, pa.py_buffer(offsets), pa.py_buffer(part.view(np.uint8))])


def raw(array: pa.Array) -> Parts:
    """Bytes as they are: form `wire`, bytea, text."""
    array = _as_bytes(array)
    lengths = _lengths(array)
    return [(">i4", lengths), _without_nulls(array, lengths)]


def wire(array: pa.Array) -> Parts:
    """What was read in form `wire`: the values of fixed width that the driver has parsed, the bytes of all others."""
    type_ = array.type
    if pa.types.is_boolean(type_):
        return boolean(array)
    if pa.types.is_integer(type_):
        return _cells(array, _numpy(array, f"i{type_.bit_width // 8}"), f">i{type_.bit_width // 8}")
    if pa.types.is_date(type_):
        return date(array)
    if pa.types.is_timestamp(type_):
        return timestamp(array)
    return _octets(array) if pa.types.is_fixed_size_binary(type_) else raw(array)


def jsonb(array: pa.Array) -> Parts:
    """Text after the version byte of jsonb's format."""
    array = _as_bytes(array)
    if not array.null_count:
        return [(">i4", _lengths(array) + 1), ("i1", 1), array]
    version, nothing = pa.scalar(b"\x01", array.type), pa.scalar(b"", array.type)
    return raw(pc.binary_join_element_wise(version, array, nothing))


def boolean(array: pa.Array) -> Parts:
    return _cells(array, _numpy(array.cast(pa.int8()), "i1"), ">i1")


def integer(array: pa.Array, code: str) -> Parts:
    """Into `>i2`, `>i4`, `>u4` or `>i8`. Raises ArrowInvalid for a number that does not fit."""
    narrow = {">i2": pa.int16(), ">i4": pa.int32(), ">u4": pa.uint32(), ">i8": pa.int64()}[code]
    array = array.cast(narrow)
    return _cells(array, _numpy(array, code[1:]), code)


def floating(array: pa.Array, code: str) -> Parts:
    narrow = pa.float32() if code == ">f4" else pa.float64()
    array = array.cast(narrow, safe=False)
    return _cells(array, _numpy(array, code[1:]), code)


def date(array: pa.Array) -> Parts:
    """Days since 2000; the subtraction wraps, so that infinity comes out as the reader took it in."""
    days = _numpy(array.cast(pa.date32()), "i4")
    return _cells(array, days - np.int32(_EPOCH_DAYS), ">i4")


def timestamp(array: pa.Array) -> Parts:
    """Microseconds since 2000, wrapping as dates do. Raises ArrowInvalid for a fraction of a microsecond."""
    array = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)))
    moments = _numpy(array, "i8")
    return _cells(array, moments - np.int64(_EPOCH_MICROSECONDS), ">i8")


def time(array: pa.Array) -> Parts:
    """Microseconds since midnight, 24:00 included."""
    return _cells(array, _numpy(array.cast(pa.duration("us")), "i8"), ">i8")


def uuid(array: pa.Array) -> Parts:
    return _octets(array.cast(pa.binary(16)))


def numeric(array: pa.Array) -> Parts:
    """decimal128 as base-10000 digits: always as many as its precision has, the server drops the zeros."""
    scale = array.type.scale
    whole, fraction = -(-(array.type.precision - scale) // 4), -(-scale // 4)
    values = _numpy(array, "V16").view(np.uint64).reshape(-1, 2)
    negative = values[:, 1] >> np.uint64(63) == 1
    digits = _base_10000(_magnitude(values, negative), 4 * fraction - scale, whole + fraction)
    places = whole + fraction
    size = 2 * (4 + places)
    cells: list[Cells] = [
        (">i4", size), (">i2", places), (">i2", whole - 1), (">i2", np.where(negative, 0x4000, 0)), (">i2", scale),
        (f"({places},)>i2", digits),
    ]  # fmt: skip
    return _nullable(array, cells)


def _magnitude(values: NDArray[np.uint64], negative: NDArray[np.bool_]) -> list[NDArray[np.uint64]]:
    """The absolute values of 128-bit two's complement numbers, as limbs of 32 bits, lowest first."""
    low, high = values[:, 0], values[:, 1]
    flipped = np.where(negative, ~low, low) + negative.astype(np.uint64)
    carry = negative & (flipped == 0)
    low, high = flipped, np.where(negative, ~high, high) + carry.astype(np.uint64)
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    return [low & mask, low >> half, high & mask, high >> half]


def _base_10000(limbs: list[NDArray[np.uint64]], padding: int, places: int) -> NDArray[np.int16]:
    """The digits, highest first, of the limbs times 10 ** padding."""
    limbs = _times(limbs, np.uint64(10**padding))
    digits = np.empty((len(limbs[0]), places), np.int16)
    base, half = np.uint64(10_000), np.uint64(32)
    for place in range(places - 1, -1, -1):
        rest = np.zeros_like(limbs[0])
        for number in range(len(limbs) - 1, -1, -1):
            part = rest << half | limbs[number]
            limbs[number], rest = part // base, part % base
        digits[:, place] = rest
        while len(limbs) > 1 and not limbs[-1].any():
            limbs.pop()
    return digits


def _times(limbs: list[NDArray[np.uint64]], factor: np.uint64) -> list[NDArray[np.uint64]]:
    product, carry = [], np.zeros_like(limbs[0])
    for limb in limbs:
        part = limb * factor + carry
        product.append(part & np.uint64(0xFFFFFFFF))
        carry = part >> np.uint64(32)
    return [*product, carry]


def _cells(array: pa.Array, values: NDArray[Any], code: str) -> Parts:
    return _nullable(array, [(">i4", np.dtype(code).itemsize), (code, values)])


def _octets(array: pa.Array) -> Parts:
    """Binaries of one width."""
    width = array.type.byte_width
    return _cells(array, _numpy(array, f"V{width}"), f"V{width}")


def _nullable(array: pa.Array, cells: Sequence[Cells]) -> Parts:
    """The cells, or where the array has NULLs binaries of which some say NULL."""
    if not array.null_count:
        return [*cells]
    made = _binaries(_record(cells, len(array)), pa.binary(), np.int32)
    return [pc.if_else(array.is_valid(), made, pa.scalar(_NULL, pa.binary()))]


def _lengths(array: pa.Array) -> NDArray[Any]:
    """Of each value of a binary array; -1 for NULL."""
    if not len(array):
        return np.empty(0, np.int32)
    code = np.int64 if pa.types.is_large_binary(array.type) else np.int32
    ends = np.frombuffer(array.buffers()[1], code)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(ends)
    if array.null_count:
        lengths[array.is_null().to_numpy(zero_copy_only=False)] = -1
    return lengths


def _without_nulls(array: pa.Array, lengths: NDArray[Any]) -> pa.Array:
    """The same bytes with nothing in place of NULL."""
    if not array.null_count:
        return array
    _, offsets, data = array.buffers()
    if int(lengths[lengths > 0].sum()) == _span(array):
        # Nothing lies under a NULL, so that it is empty as soon as it is no longer marked.
        return pa.Array.from_buffers(array.type, len(array), [None, offsets, data], offset=array.offset)
    return array.fill_null(b"")


def _span(array: pa.Array) -> int:
    """Bytes from the first value to the end of the last."""
    code = np.int64 if pa.types.is_large_binary(array.type) else np.int32
    ends = np.frombuffer(array.buffers()[1], code)
    return int(ends[array.offset + len(array)] - ends[array.offset])


def _as_bytes(array: pa.Array) -> pa.Array:
    """As binaries, without a copy where the bytes lie so already."""
    type_ = array.type
    if pa.types.is_string(type_):
        return array.view(pa.binary())
    if pa.types.is_large_string(type_):
        return array.view(pa.large_binary())
    return array if pa.types.is_binary(type_) or pa.types.is_large_binary(type_) else array.cast(pa.binary())


def _numpy(array: pa.Array, code: str) -> NDArray[Any]:
    """The values of a fixed-width array as they lie in memory; whatever lies under a NULL comes along."""
    return np.frombuffer(array.buffers()[1], code)[array.offset : array.offset + len(array)]
