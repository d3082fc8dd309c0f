"""Order-independent checksums of a column: the sum of a keyed hash of every value, so two tables compare without being sorted.

MSet-Add-Hash (Clarke et al., Incremental Multiset Hash Functions, ASIACRYPT 2003, section 4; doi 10.1007/978-3-540-40061-5_12)
with AES-CMAC as the keyed hash and two lanes modulo 2^64: a swapped, lost, doubled or changed value is missed with probability
2^-128. The key keeps a checksum from being tried against guessed values.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, TIMESTAMPS
from connectors.schema import Column, Kind
from engine.keys import DomainKey
from engine.prf import BLOCK

_WRAP = 1 << 64


class Canon(StrEnum):
    """The spelling in which two databases' values are compared; `wire` compares what one dialect sends, byte for byte."""

    WIRE = "wire"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    """Text without a plus sign, exponent or trailing zeros."""
    FLOAT = "float"
    TEXT = "text"
    PADDED = "padded"
    """Text without trailing spaces: CHAR(n) is padded in one database and not in another."""
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    """Microseconds since 1970; of a zoned one in UTC."""
    UUID = "uuid"
    JSON = "json"
    """Parsed, printed with sorted keys."""
    BINARY = "binary"


_CANONS = {
    Kind.BOOLEAN: Canon.BOOLEAN,
    Kind.INTEGER: Canon.INTEGER,
    Kind.DECIMAL: Canon.DECIMAL,
    Kind.FLOAT: Canon.FLOAT,
    Kind.DATE: Canon.DATE,
    Kind.TIME: Canon.TIME,
    Kind.TIMESTAMP: Canon.TIMESTAMP,
    Kind.TIMESTAMPTZ: Canon.TIMESTAMP,
    Kind.UUID: Canon.UUID,
    Kind.JSON: Canon.JSON,
    Kind.BINARY: Canon.BINARY,
}


OFFSET = 4
"""Bytes that Arrow keeps for each text beside its own."""
PROBE = 1024
"""Values that are looked at before a column is taken for one that repeats."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of some rows of one column; checksums of parts add up to that of the whole."""

    values: int = 0
    nulls: int = 0
    high: int = 0
    low: int = 0

    def __add__(self, other: Checksum) -> Checksum:
        return Checksum(
            self.values + other.values,
            self.nulls + other.nulls,
            (self.high + other.high) % _WRAP,
            (self.low + other.low) % _WRAP,
        )

    def digest(self, secret: bytes) -> str:
        """A keyed hash of it, safe to print: equal content, equal digest."""
        text = f"{self.values} {self.nulls} {self.high} {self.low}".encode()
        return hashlib.blake2b(text, key=secret, digest_size=16).hexdigest()


def canon_of(column: Column) -> Canon:
    """The spelling in which values of this column are compared across dialects."""
    if column.kind is Kind.TEXT and column.native.lower().startswith(("char", "nchar", "bpchar")):
        varying = "var" in column.native.lower()
        return Canon.TEXT if varying else Canon.PADDED
    return _CANONS.get(column.kind, Canon.TEXT)


def checksum(key: DomainKey, values: pa.Array, canon: Canon) -> Checksum:
    """The checksum of one column of a batch."""
    if _many_blocks(values) and repeats(values):
        encoded = values.drop_null().dictionary_encode()
        times = np.bincount(encoded.indices.to_numpy(), minlength=len(encoded.dictionary)).astype(np.uint64)
        hashed, count = hashes(key, encoded.dictionary, canon) * times[:, None], len(encoded)
    else:
        hashed = hashes(key, values, canon)
        count = len(hashed)
    # Lane by lane: numpy sums an array of two columns ten times slower.
    high, low = (int(hashed[:, lane].sum(dtype=np.uint64)) for lane in range(2))
    return Checksum(count, len(values) - count, high, low)


def repeats(values: pa.Array) -> bool:
    """Is each distinct value better hashed once? Told by the first ones, for finding the distinct ones has its cost too."""
    if pa.types.is_union(values.type) or len(values) <= PROBE:
        return False
    return len(pc.unique(values.slice(0, PROBE))) * 2 < PROBE


def _many_blocks(values: pa.Array) -> bool:
    """Does hashing all values cost more than finding the distinct ones? Numbers, and texts of one block on average, are cheaper."""
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        return bool(values.nbytes > (BLOCK + OFFSET) * len(values))
    return bool(pa.types.is_decimal(values.type))


def hashes(key: DomainKey, values: pa.Array, canon: Canon) -> npt.NDArray[np.uint64]:
    """A keyed 128-bit hash of each value that is not NULL, shape (n, 2); values that compare equal hash equal."""
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_union(values.type):
        return _union_hashes(key, values, canon)
    if values.null_count:
        values = values.drop_null()
    return _typed_hashes(key, canonical(values, canon))


def canonical(values: pa.Array, canon: Canon) -> pa.Array:
    """The values in the spelling; what cannot be spelt so goes as text, and then equals nothing but itself."""
    if canon is Canon.WIRE:
        return values
    try:
        return _SPELLINGS[canon](values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        return _text(values)


def _typed_hashes(key: DomainKey, values: pa.Array) -> npt.NDArray[np.uint64]:
    """By the family of the Arrow type, so that the same value hashes alike in any batch that carries it."""
    type_ = values.type
    if pa.types.is_null(type_) or not len(values):
        return np.empty((0, 2), np.uint64)
    if pa.types.is_dictionary(type_):
        values, type_ = values.dictionary_decode(), type_.value_type
    if pa.types.is_boolean(type_):
        return key.cmac_ints(values.cast(pa.int64()).to_numpy(), "boolean")
    if pa.types.is_integer(type_):
        return key.cmac_ints(values.cast(pa.uint64() if pa.types.is_uint64(type_) else pa.int64()).to_numpy())
    if pa.types.is_floating(type_):
        return key.cmac_ints(_float_bits(values), "float")
    if pa.types.is_temporal(type_):
        wide = pa.int32() if type_.bit_width == 32 else pa.int64()
        return key.cmac_ints(values.view(wide).cast(pa.int64()).to_numpy(), "temporal")
    if pa.types.is_decimal(type_):
        return key.cmac(values.cast(pa.string()), "decimal")
    binary = pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_fixed_size_binary(type_)
    return key.cmac(values, "bytes" if binary else "text")


def _union_hashes(key: DomainKey, values: pa.UnionArray, canon: Canon) -> npt.NDArray[np.uint64]:
    """Each row by the member of the union that holds it (SQLite's per-value types)."""
    codes = values.type_codes.to_numpy()
    dense = values.type.mode == "dense"
    parts = [np.empty((0, 2), np.uint64)]
    for place, code in enumerate(values.type.type_codes):
        rows = np.flatnonzero(codes == code)
        if len(rows):
            member = values.field(place).take(pa.array(values.offsets.to_numpy()[rows] if dense else rows))
            parts.append(hashes(key, member, canon))
    return np.concatenate(parts)


def _float_bits(values: pa.Array) -> npt.NDArray[np.int64]:
    """The bits of each number; all NaNs are one, and -0 is 0, as comparison has it."""
    numbers = values.cast(pa.float64()).to_numpy() + 0.0
    numbers[np.isnan(numbers)] = np.nan
    bits: npt.NDArray[np.int64] = numbers.view(np.int64)
    return bits


def _text(values: pa.Array) -> pa.Array:
    if pa.types.is_binary(values.type) or pa.types.is_fixed_size_binary(values.type):
        return values
    return values.cast(pa.string())


def _boolean(values: pa.Array) -> pa.Array:
    return values if pa.types.is_boolean(values.type) else pc.not_equal(values.cast(pa.int64()), 0)


def _integer(values: pa.Array) -> pa.Array:
    if pa.types.is_uint64(values.type):
        return values
    whole = _decimal(values) if pa.types.is_string(values.type) else values
    try:
        return whole.cast(pa.int64())
    except pa.ArrowInvalid:
        # MySQL's unsigned 64-bit numbers, in an engine that keeps them as decimals.
        return whole.cast(pa.uint64())


def _decimal(values: pa.Array) -> pa.Array:
    text = values.cast(pa.string())
    shorter = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    text = pc.if_else(pc.match_substring(text, "."), shorter, text)
    return pc.if_else(pc.is_in(text, value_set=pa.array(["-0", ""])), "0", text)


def _uuid(values: pa.Array) -> pa.Array:
    """32 lower-case hexadecimal digits."""
    if pa.types.is_fixed_size_binary(values.type) or pa.types.is_binary(values.type):
        # pyarrow has no kernel that prints bytes; kept UUID columns that change engine are rare.
        return pa.array([value.hex() for value in values.to_pylist()], pa.string())
    return pc.utf8_lower(pc.replace_substring_regex(values, "[{}-]", ""))


def _json(values: pa.Array) -> pa.Array:
    """A loop over the distinct values: nothing vectorised parses JSON of any shape, and only a change of engine needs it."""
    encoded = values.cast(pa.string()).dictionary_encode()
    printed = [_json_text(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(printed, pa.string()).take(encoded.indices)


def _json_text(text: str) -> str:
    try:
        parsed: Any = json.loads(text)
    except ValueError:
        return text
    return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _temporal(type_: pa.DataType) -> Any:
    def convert(values: pa.Array) -> pa.Array:
        if pa.types.is_timestamp(values.type) and pa.types.is_timestamp(type_):
            whole = values.cast(pa.timestamp(type_.unit, values.type.tz), safe=False).view(pa.int64())
        else:
            whole = values.cast(type_, safe=False).view(pa.int32() if type_.bit_width == 32 else pa.int64())
        return whole if pa.types.is_duration(type_) else _from_the_beginning(whole)

    return convert


def _from_the_beginning(whole: pa.Array) -> pa.Array:
    """What is before the calendar as one value: each dialect writes "never" in its own way."""
    first = (DATES if whole.type == pa.int32() else TIMESTAMPS)[0]
    return pc.if_else(pc.less(whole, first), pa.scalar(first - 1, whole.type), whole)


_SPELLINGS: dict[Canon, Any] = {
    Canon.BOOLEAN: _boolean,
    Canon.INTEGER: _integer,
    Canon.DECIMAL: _decimal,
    Canon.FLOAT: lambda values: values.cast(pa.float64(), safe=False),
    Canon.TEXT: _text,
    Canon.PADDED: lambda values: pc.utf8_rtrim(_text(values), " "),
    Canon.DATE: _temporal(pa.date32()),
    Canon.TIME: _temporal(pa.duration("us")),
    Canon.TIMESTAMP: _temporal(pa.timestamp("us")),
    Canon.UUID: _uuid,
    Canon.JSON: _json,
    Canon.BINARY: lambda values: values.cast(pa.binary()),
}
