"""Keys that nobody has had: numbers in the upper key space, texts and UUIDs, every one distinct by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.arrow import carrier
from connectors.schema import Column, Kind
from engine.domains import integer_bits
from engine.fpe import Permutation
from engine.masking.integer_key import base_band
from engine.masking.literals import integer_range
from engine.synthesis.generate.repairs import GenerationError

Words = npt.NDArray[np.uint64]
_BASE32 = np.array([ord(sign) for sign in "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"], np.uint8)
"""Without I, O, 0 and 1: one case, and nothing that is read for another. Distinct under every collation."""
LONGEST = 12
"""Characters of a text key in a column without a shorter limit: 60 bits."""
_UUID_TEXT = 36
_SECONDS_2000 = 946_684_800


@dataclass(frozen=True)
class Room:
    """Which values a fresh key's column can have, by their numbers 0, 1, 2..."""

    column: Column
    """As narrow as the narrowest column that refers to it."""
    first: int
    end: int
    """One past the last number; after it the numbers from 1 up to `first` follow."""

    @property
    def size(self) -> int:
        return self.end - self.first + max(self.first - 1, 0)


def room(column: Column, first: int | None = None) -> Room:
    """Where fresh keys of a column lie: above all masked keys (`base_band`), or from 1 up where the type is too narrow for that."""
    if column.kind in (Kind.INTEGER, Kind.DECIMAL):
        return _integer_room(column, first)
    return Room(column, 0, _distinct(column))


def _integer_room(column: Column, first: int | None) -> Room:
    bits = integer_bits(column) or 64
    end = integer_range(column)[1] + 1 if column.kind is Kind.INTEGER else 1 << (bits - 1)
    if column.kind is Kind.DECIMAL and column.precision is not None:
        end = 10 ** (column.precision - (column.scale or 0))
    end = min(end, 1 << 63)
    if first is None:
        upper = base_band(32).stop
        first = upper if end > 1 << 30 else 1
        end = min(end, 1 << 31) if first == upper else end
    return Room(column, first, end)


def _distinct(column: Column) -> int:
    """How many values `fresh` can make of a column that holds no numbers."""
    if column.enum:
        return len(column.enum)
    if column.kind is Kind.BOOLEAN:
        return 2
    if column.kind is Kind.BIT:
        return 1 << min(column.length or 1, 62)
    if column.kind is Kind.DATE:
        return 2_500_000
    if column.kind is Kind.BINARY:
        return 1 << min(8 * (column.length or 16), 62)
    if column.kind is Kind.TEXT and column.length != _UUID_TEXT:
        return 1 << (5 * min(column.length or LONGEST, LONGEST))
    return 1 << 62


def fresh(room: Room, start: int, count: int, secret: bytes, rng: np.random.Generator) -> pa.Array:
    """The keys number `start` and following. Raises GenerationError where the column has no room for so many."""
    column = room.column
    if start + count > room.size:
        raise GenerationError(
            f"column {column.name} ({column.native}) has room for {room.size:,} distinct keys, and more are needed: "
            "generate fewer entities, or widen the column and all that refer to it"
        )
    numbers = np.arange(start, start + count, dtype=np.int64)
    if column.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT):
        return _numbers(room, numbers)
    if column.kind is Kind.UUID or (column.kind is Kind.TEXT and column.length == _UUID_TEXT):
        return _uuids(column, count, rng)
    if column.kind is Kind.TEXT and not column.enum:
        return pa.array(_texts(column, numbers.astype(np.uint64), secret), carrier(column))
    make = _OTHERS.get(column.kind)
    if column.enum:
        return pa.array(column.enum, pa.string()).take(pa.array(numbers))
    if make is None:
        raise GenerationError(
            f"column {column.name}: no fresh key can be made of type {column.native}; decide another rule for it in the plan"
        )
    return make(column, numbers)


def _numbers(room: Room, numbers: npt.NDArray[np.int64]) -> pa.Array:
    upper = room.end - room.first
    values = np.where(numbers < upper, room.first + numbers, numbers - upper + 1)
    return as_numbers(values, room.column)


def as_numbers(values: npt.NDArray[np.int64], column: Column) -> pa.Array:
    """Whole numbers in the carrier of a column of numbers."""
    type_ = carrier(column)
    whole = pa.array(values, pa.int64())
    if pa.types.is_decimal(type_) or pa.types.is_string(type_):
        return whole.cast(pa.string()).cast(type_)
    return whole.cast(type_)


def _uuids(column: Column, count: int, rng: np.random.Generator) -> pa.Array:
    """Random ones of version 4 (RFC 9562), in the column's writing."""
    octets = np.frombuffer(rng.bytes(16 * count), np.uint8).reshape(count, 16).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    if column.kind is Kind.UUID:
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(octets.tobytes())])
    signs = np.frombuffer(octets.tobytes().hex().encode(), np.uint8).reshape(count, 32)
    out = np.full((count, _UUID_TEXT), ord("-"), np.uint8)
    out[:, [place for place in range(_UUID_TEXT) if place not in (8, 13, 18, 23)]] = signs
    return pa.array(fixed_texts(out), carrier(column))


def _texts(column: Column, numbers: Words, secret: bytes) -> pa.Array:
    """The counter, permuted so that neighbours do not look alike, in base 32 of the column's length."""
    length = min(column.length or LONGEST, LONGEST)
    return base32_texts(Permutation(secret, 1 << (5 * length)).apply(numbers), length)


def base32_texts(numbers: Words, length: int) -> pa.Array:
    """Numbers below 32^length as texts of that length."""
    shifts = np.arange(length - 1, -1, -1, dtype=np.uint64) * np.uint64(5)
    return fixed_texts(_BASE32[(numbers[:, None] >> shifts & np.uint64(31)).astype(np.int64)])


def fixed_texts(signs: npt.NDArray[np.uint8]) -> pa.Array:
    """Rows of ASCII signs as texts of one length."""
    count, length = signs.shape
    offsets = np.arange(0, (count + 1) * length, length, dtype=np.int32)[: count + 1]
    return pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(signs).tobytes())
    )


def _bits(column: Column, numbers: npt.NDArray[np.int64]) -> pa.Array:
    length = column.length or 1
    shifts = np.minimum(np.arange(length - 1, -1, -1), 62)
    high = np.arange(length - 1, -1, -1) > 62
    signs = np.where(high, 0, numbers[:, None] >> shifts & 1).astype(np.uint8) + ord("0")
    return fixed_texts(signs.astype(np.uint8))


def _octets(column: Column, numbers: npt.NDArray[np.int64]) -> pa.Array:
    length = min(column.length or 16, 16)
    wide = np.zeros((len(numbers), 16), np.uint8)
    wide[:, 8:] = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    cut = np.ascontiguousarray(wide[:, 16 - length :])
    offsets = np.arange(0, (len(numbers) + 1) * length, length, dtype=np.int32)[: len(numbers) + 1]
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(numbers), [None, pa.py_buffer(offsets), pa.py_buffer(cut.tobytes())]
    )


def _moments(column: Column, numbers: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array((_SECONDS_2000 + numbers) * 1_000_000, pa.int64()).cast(carrier(column))


_OTHERS: Mapping[Kind, Callable[[Column, npt.NDArray[np.int64]], pa.Array]] = {
    Kind.BIT: _bits,
    Kind.BINARY: _octets,
    Kind.BOOLEAN: lambda _, numbers: pa.array(numbers.astype(np.bool_)),
    Kind.DATE: lambda _, numbers: pa.array(numbers.astype(np.int32) + 1, pa.int32()).cast(pa.date32()),
    Kind.TIMESTAMP: _moments,
    Kind.TIMESTAMPTZ: _moments,
    Kind.TIME: lambda _, numbers: pa.array(numbers, pa.int64()).cast(pa.duration("us")),
}
