"""Columns with an order as plain numbers and back: days of a date, microseconds of a moment, what a decimal is worth. NULL is NaN."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.synthesis.domains.base import Flags, Floats, flat

Scalar = str | int | float | bool
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$"
_DECIMAL = re.compile(r"decimal128\((\d+), (-?\d+)\)")
_MOST_DIGITS = 18
"""Of a decimal that still fits 64 bits."""
FARTHEST = 1e200
"""Beyond it numbers are no longer told apart: infinity among them."""
_LARGEST = 2.0**63 - 1024.0
"""The greatest float below 2^63."""


def type_named(name: str) -> pa.DataType:
    """The Arrow type that prints so: what a codebook's file holds."""
    if found := _DECIMAL.fullmatch(name):
        return pa.decimal128(int(found[1]), int(found[2]))
    if name.startswith("timestamp[us, tz="):
        return pa.timestamp("us", tz=name.removeprefix("timestamp[us, tz=").removesuffix("]"))
    return pa.type_for_alias("date32" if name == "date32[day]" else name)


def numbers_of(values: pa.Array | pa.ChunkedArray) -> Floats:
    """Numbers as they are, dates as days since 1970, moments and times as microseconds. NULL, NaN and texts that are none are NaN."""
    values = flat(values)
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = _read(values)
    elif pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
    elif pa.types.is_duration(kind):
        values = values.cast(pa.duration("us"), safe=False).cast(pa.int64())
    elif pa.types.is_date32(kind):
        values = values.cast(pa.int32())
    elif pa.types.is_boolean(kind):
        values = values.cast(pa.int8())
    found: Floats = np.clip(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), -FARTHEST, FARTHEST)
    return found


def values_of(numbers: Floats, name: str) -> pa.Array:
    """Values of the type of this name; NaN is NULL. Rounded to what the type can hold and clipped to it."""
    kind = type_named(name)
    null = np.isnan(numbers)
    if pa.types.is_floating(kind):
        return pa.array(numbers, kind, mask=null)
    known = np.where(null, 0.0, numbers)
    if pa.types.is_decimal(kind):
        return _decimals(known, null, kind)
    if pa.types.is_string(kind):
        return _texts(known, null)
    if pa.types.is_boolean(kind):
        return pa.array(known > 0.5, kind, mask=null)
    if pa.types.is_uint64(kind):
        return pa.array(np.clip(np.rint(known), 0, _LARGEST).astype(np.uint64), kind, mask=null)
    if pa.types.is_date32(kind):
        return pa.array(np.clip(np.rint(known), -(2**31), 2**31 - 1).astype(np.int32), pa.int32(), mask=null).cast(kind)
    whole = np.clip(np.rint(known), -_LARGEST, _LARGEST).astype(np.int64)
    return pa.array(whole, pa.int64(), mask=null).cast(kind)


def number_of(value: Scalar | date | time | Decimal, name: str) -> float:
    """A declared value on the same scale. Raises ValueError."""
    kind = type_named(name)
    if pa.types.is_date32(kind):
        day = value if isinstance(value, date) else datetime.fromisoformat(str(value)).date()
        return float(
            (day - date(1970, 1, 1)).days if not isinstance(day, datetime) else (day.date() - date(1970, 1, 1)).days
        )
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)
    if pa.types.is_duration(kind):
        at = time.fromisoformat(str(value))
        return (at.hour * 3600 + at.minute * 60 + at.second) * 1e6 + at.microsecond
    return float(value)  # type: ignore[arg-type]


def unit_of(name: str) -> float | None:
    """The distance of two neighbouring values that the type alone says; None for floats."""
    kind = type_named(name)
    if pa.types.is_floating(kind):
        return None
    if pa.types.is_decimal(kind):
        return float(10.0**-kind.scale)
    if pa.types.is_string(kind):
        return 0.01
    return 1e6 if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) else 1.0


def _read(texts: pa.Array) -> pa.Array:
    texts = texts.cast(pa.string())
    is_number = pc.match_substring_regex(texts, _NUMBER)
    return pc.utf8_trim_whitespace(pc.if_else(is_number, texts, pa.scalar(None, pa.string()))).cast(pa.float64())


def _decimals(numbers: Floats, null: Flags, kind: pa.Decimal128Type) -> pa.Array:
    most = float(10 ** min(kind.precision, _MOST_DIGITS) - 1)
    most = min(most, float(np.nextafter(10.0**_MOST_DIGITS, 0)))
    units = np.clip(np.rint(numbers * 10.0**kind.scale), -most, most).astype(np.int64)
    words = np.stack([units, units >> 63], axis=1)
    values = pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(words)])
    return pc.if_else(pa.array(null), pa.scalar(None, kind), values) if null.any() else values


def _texts(numbers: Floats, null: Flags) -> pa.Array:
    """Hundredths, as a decimal without a declared precision is written; whole numbers without a point."""
    cents = _decimals(numbers, null, pa.decimal128(_MOST_DIGITS, 2)).cast(pa.string())
    return pc.replace_substring_regex(cents, r"\.00$", "")
