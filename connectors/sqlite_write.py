"""Arrow columns as the values SQLite stores, and the placeholder that each column's INSERT needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DIALECT, FORMAT, form_of
from connectors.database import Form
from connectors.decimals import plain_text
from connectors.schema import Kind
from connectors.sqlite_dates import Layout, format_numbers, format_text, layout
from connectors.sqlite_special import special_text
from connectors.sqlite_values import EMPTY, MIXED, NUMBERS, TEXT, untag

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
    return PLAIN, [_arrow(array, field, kind, label)]


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


def _arrow(array: pa.Array, field: pa.Field, kind: Kind, label: str) -> list[Any]:
    type_ = array.type
    if label == EMPTY:
        return values_of(pc.if_else(array.is_valid(), "", pa.scalar(None, pa.string())))
    if pa.types.is_string(type_) and label in NUMBERS:
        return values_of(_numbers(array, NUMBERS[label]))
    if pa.types.is_boolean(type_):
        return values_of(_truths(array, label))
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_) or pa.types.is_duration(type_):
        return values_of(_moments(array, field, label))
    if pa.types.is_fixed_size_binary(type_):
        return _uuids(array, label)
    if pa.types.is_decimal(type_):
        return values_of(plain_text(array))
    if pa.types.is_floating(type_):
        return _floats(array)
    if pa.types.is_uint64(type_) and kind is Kind.DECIMAL:
        return values_of(array.cast(pa.string()))
    if pa.types.is_uint64(type_) and len(array) and (pc.max(array).as_py() or 0) >= 2**63:
        raise Unstorable("a number is greater than 9223372036854775807, the greatest that SQLite holds")
    if pa.types.is_binary(type_) and label == TEXT:
        return values_of(array.cast(pa.string()))
    return values_of(array)


def _floats(array: pa.Array) -> list[Any]:
    """NaN as its text: SQLite would make it NULL without a word."""
    values = values_of(array)
    for place in np.flatnonzero(np.asarray(pc.fill_null(pc.is_nan(array), False))):
        values[place] = "NaN"
    return values


def _numbers(array: pa.Array, type_: pa.DataType) -> pa.Array:
    """The numbers that these texts are; the texts themselves where a mask has made other ones of them."""
    try:
        return array.cast(type_)
    except pa.ArrowInvalid:
        return array


def _truths(array: pa.Array, label: str) -> pa.Array:
    if "/" not in label:
        return array.cast(pa.int64())
    true, false = label.split("/")
    return pc.if_else(array, true, false)


def _moments(array: pa.Array, field: pa.Field, label: str) -> pa.Array:
    special = None if pa.types.is_duration(array.type) else special_text(array, (field.metadata or {}).get(DIALECT))
    plain = array if special is None else pc.if_else(special.is_valid(), None, array)
    found = layout(label) if label else _usual(plain)
    if found is None:
        return format_numbers(plain, label)
    text = format_text(plain, found)
    return text if special is None else pc.coalesce(text, special)


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
