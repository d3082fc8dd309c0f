"""Arrow columns as PostgreSQL's COPY BINARY, vectorised: every field is a column of lengths and a column of bytes, and one
Arrow kernel joins them row by row.

Column encoders give parts: binary arrays without NULLs that, put together, are the field as COPY wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_BYTES = pa.large_binary()
_NULL = pa.scalar(b"\xff\xff\xff\xff", _BYTES)
_EPOCH_DAYS = 10_957
_EPOCH_MICROSECONDS = 946_684_800_000_000

Parts = list[pa.Array]
Encoder = Callable[[pa.Array], Parts]


def payload(columns: Sequence[Parts], rows: int) -> memoryview:
    """The rows of a batch, without header and trailer."""
    parts: list[pa.Array | pa.Scalar] = [pa.scalar(len(columns).to_bytes(2, "big"), _BYTES)]
    parts += [part for column in columns for part in column]
    if len(parts) == 1:
        return memoryview(bytes(2 * rows))
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", _BYTES))
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, np.int64)
    return memoryview(data)[int(ends[joined.offset]) : int(ends[joined.offset + rows])]


def raw(array: pa.Array) -> Parts:
    """Bytes as they are: form `wire`, bytea, text."""
    array = _as_bytes(array)
    lengths = pc.fill_null(pc.binary_length(array), -1)
    return [_fixed(_numpy(lengths.cast(pa.int64()), "i8").astype(">i4"), 4), array.fill_null(b"")]


def jsonb(array: pa.Array) -> Parts:
    """Text after the version byte of jsonb's format."""
    array = _as_bytes(array)
    version = pa.scalar(b"\x01", _BYTES)
    return raw(pc.binary_join_element_wise(version, array, pa.scalar(b"", _BYTES)))


def boolean(array: pa.Array) -> Parts:
    return _records(array, _numpy(array.cast(pa.int8()), "i1"), ">i1")


def integer(array: pa.Array, code: str) -> Parts:
    """Into `>i2`, `>i4`, `>u4` or `>i8`. Raises ArrowInvalid for a number that does not fit."""
    narrow = {">i2": pa.int16(), ">i4": pa.int32(), ">u4": pa.uint32(), ">i8": pa.int64()}[code]
    array = array.cast(narrow)
    return _records(array, _numpy(array, code[1:]), code)


def floating(array: pa.Array, code: str) -> Parts:
    narrow = pa.float32() if code == ">f4" else pa.float64()
    array = array.cast(narrow, safe=False)
    return _records(array, _numpy(array, code[1:]), code)


def date(array: pa.Array) -> Parts:
    """Days since 2000; the subtraction wraps, so that infinity comes out as the reader took it in."""
    days = _numpy(array.cast(pa.date32()), "i4")
    return _records(array, days - np.int32(_EPOCH_DAYS), ">i4")


def timestamp(array: pa.Array) -> Parts:
    """Microseconds since 2000, wrapping as dates do. Raises ArrowInvalid for a fraction of a microsecond."""
    array = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)))
    moments = _numpy(array, "i8")
    return _records(array, moments - np.int64(_EPOCH_MICROSECONDS), ">i8")


def time(array: pa.Array) -> Parts:
    """Microseconds since midnight, 24:00 included."""
    return _records(array, _numpy(array.cast(pa.duration("us")), "i8"), ">i8")


def uuid(array: pa.Array) -> Parts:
    return raw(array.cast(pa.binary(16)).cast(pa.binary()))


def numeric(array: pa.Array) -> Parts:
    """decimal128 as base-10000 digits: always as many as its precision has, the server drops the zeros."""
    scale = array.type.scale
    whole, fraction = -(-(array.type.precision - scale) // 4), -(-scale // 4)
    values = _numpy(array, "V16").view(np.uint64).reshape(-1, 2)
    negative = values[:, 1] >> np.uint64(63) == 1
    digits = _base_10000(_magnitude(values, negative), 4 * fraction - scale, whole + fraction)
    places = whole + fraction
    record = np.dtype([("length", ">i4"), ("head", ">i2", (4,)), ("digits", ">i2", (places,))])
    records = np.empty(len(array), record)
    records["length"] = record.itemsize - 4
    records["head"][:, 0], records["head"][:, 1] = places, whole - 1
    records["head"][:, 2], records["head"][:, 3] = np.where(negative, 0x4000, 0), scale
    records["digits"] = digits
    return _masked(array, _fixed(records, record.itemsize))


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


def _records(array: pa.Array, values: NDArray[Any], code: str) -> Parts:
    width = np.dtype(code).itemsize
    records = np.empty(len(array), [("length", ">i4"), ("value", code)])
    records["length"], records["value"] = width, values
    return _masked(array, _fixed(records, 4 + width))


def _masked(array: pa.Array, records: pa.Array) -> Parts:
    return [pc.if_else(array.is_valid(), records, _NULL)] if array.null_count else [records]


def _fixed(values: NDArray[Any], width: int) -> pa.Array:
    """An array of binaries, all of one width, over a numpy buffer."""
    offsets = np.arange(0, (len(values) + 1) * width, width, dtype=np.int64)
    return pa.Array.from_buffers(_BYTES, len(values), [None, pa.py_buffer(offsets), pa.py_buffer(values.tobytes())])


def _as_bytes(array: pa.Array) -> pa.Array:
    if pa.types.is_fixed_size_binary(array.type):
        array = array.cast(pa.binary())
    return array.cast(_BYTES)


def _numpy(array: pa.Array, code: str) -> NDArray[Any]:
    """The values of a fixed-width array as they lie in memory; whatever lies under a NULL comes along."""
    return np.frombuffer(array.buffers()[1], code)[array.offset : array.offset + len(array)]
