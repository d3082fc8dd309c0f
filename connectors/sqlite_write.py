"""Arrow columns as the values SQLite stores, and the placeholder that each column's INSERT needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, FORMAT, TIMESTAMPS, form_of
from connectors.database import Form
from connectors.schema import Kind
from connectors.sqlite_dates import Layout, format_numbers, format_text, layout
from connectors.sqlite_values import MIXED, TEXT, untag

PLAIN, CAST, EITHER = "?", "CAST(? AS TEXT)", "iif(?, CAST(? AS TEXT), ?)"
"""EITHER binds three values: is it text that is not UTF-8, and the value twice."""

_US = pa.timestamp("us")


class Unstorable(ValueError):
    """A value that SQLite has no place for; the text says what, without the value."""


def stored(array: pa.Array, field: pa.Field, kind: Kind) -> tuple[str, list[list[Any]]]:
    """The placeholder of this column and one list of values for each `?` in it. Raises Unstorable."""
    label = (field.metadata or {}).get(FORMAT, b"").decode()
    if form_of(field) is Form.WIRE:
        return _wire(array, label)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return PLAIN, [_arrow(array, kind, label)]


def _wire(array: pa.Array, label: str) -> tuple[str, list[list[Any]]]:
    if label == MIXED:
        return _mixed(array)
    if label == TEXT:
        try:
            return PLAIN, [values_of(array.cast(pa.string()))]
        except pa.ArrowInvalid:
            return CAST, [values_of(array)]
    return PLAIN, [values_of(array)]


def _mixed(array: pa.Array) -> tuple[str, list[list[Any]]]:
    """Columns of several storage classes, value by value; `?` as long as every text is UTF-8."""
    values: list[Any] = [None if value is None else untag(value) for value in array.to_pylist()]
    try:
        return PLAIN, [[value.decode() if type(value) is bytearray else value for value in values]]
    except UnicodeDecodeError:
        as_text = [type(value) is bytearray for value in values]
        plain = [bytes(value) if type(value) is bytearray else value for value in values]
        return EITHER, [list(as_text), plain, plain]


def values_of(array: pa.Array) -> list[Any]:
    """The Python objects that the driver takes, with None for NULL."""
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        values: list[Any] = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).tolist()
        for place in np.flatnonzero(np.asarray(array.is_null())):
            values[place] = None
        return values
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        found: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
        return found
    return list(array.to_pylist())


def _arrow(array: pa.Array, kind: Kind, label: str) -> list[Any]:
    type_ = array.type
    if pa.types.is_boolean(type_):
        return values_of(_truths(array, label))
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_) or pa.types.is_duration(type_):
        return values_of(_moments(array, label))
    if pa.types.is_fixed_size_binary(type_):
        return _uuids(array, label)
    if pa.types.is_decimal(type_):
        return values_of(array.cast(pa.string()))
    if pa.types.is_uint64(type_) and len(array) and (pc.max(array).as_py() or 0) >= 2**63:
        raise Unstorable("a number is greater than 9223372036854775807, the greatest that SQLite holds")
    if pa.types.is_binary(type_) and label == TEXT:
        return values_of(array.cast(pa.string()))
    return values_of(array)


def _truths(array: pa.Array, label: str) -> pa.Array:
    if "/" not in label:
        return array.cast(pa.int64())
    true, false = label.split("/")
    return pc.if_else(array, true, false)


def _moments(array: pa.Array, label: str) -> pa.Array:
    if not label:
        _refuse_special(array)
        return format_text(array, _usual(array))
    found = layout(label)
    return format_text(array, found) if found is not None else format_numbers(array, label)


def _refuse_special(array: pa.Array) -> None:
    if pa.types.is_duration(array.type):
        low, high = 0, 86_400_000_000 - 1
    else:
        low, high = DATES if pa.types.is_date(array.type) else TIMESTAMPS
    whole = array.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date(array.type) else array.cast(pa.int64())
    bounds = pc.min_max(whole)
    if bounds["min"].is_valid and (bounds["min"].as_py() < low or bounds["max"].as_py() > high):
        raise Unstorable("a date or time lies outside the years 1 to 9999 (infinity, zero date, BC) or the day")


def _usual(array: pa.Array) -> Layout:
    """ISO text; with microseconds where any value of the batch has them."""
    if pa.types.is_date(array.type):
        return Layout(True, "", "", 0, "")
    whole = pc.fill_null(array.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    digits = 6 if (whole % 1_000_000).any() else 0
    if pa.types.is_duration(array.type):
        return Layout(False, "", "%H:%M:%S", digits, "")
    return Layout(True, " ", "%H:%M:%S", digits, "+00:00" if array.type.tz else "")


def _uuids(array: pa.Array, label: str) -> list[Any]:
    if label == "blob":
        return values_of(array.cast(pa.binary()))
    present = array.drop_null()
    digits = b"".join(present.to_numpy(zero_copy_only=False).tolist()).hex()
    text = pa.Array.from_buffers(
        pa.binary(32), len(present), [None, pa.py_buffer((digits.upper() if label.isupper() else digits).encode())]
    ).cast(pa.binary())
    if label.lower() != "hex":
        parts = [pc.binary_slice(text, a, b) for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))]
        text = pc.binary_join_element_wise(*parts, b"-")
    values: list[Any] = [None] * len(array)
    for place, value in zip(
        np.flatnonzero(np.asarray(array.is_valid())), values_of(text.cast(pa.string())), strict=True
    ):
        values[place] = value
    return values
