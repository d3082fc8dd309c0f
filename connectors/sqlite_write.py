"""Arrow columns as the values that SQLite stores, and how they are bound one by one where they must be."""

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
from connectors.sqlite_values import EMPTY, MIXED, NUMBERS, TEXT, Cells, untagged

PLAIN, CAST, EITHER = "?", "CAST(? AS TEXT)", "iif(?, CAST(? AS TEXT), ?)"
"""EITHER binds three values: is it text that is not UTF-8, and the value twice."""

_US = pa.timestamp("us")


class Unstorable(ValueError):
    """A value that SQLite has no place for; the text says what, without the value."""


def stored(array: pa.Array, field: pa.Field, kind: Kind) -> Cells:
    """What SQLite is to store for this column. Raises Unstorable."""
    label = (field.metadata or {}).get(FORMAT, b"").decode()
    if form_of(field) is Form.WIRE:
        return untagged(array) if label == MIXED else _cells(array, label)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return _arrow(array, field, kind, label)


def bound(cells: Cells) -> tuple[str, list[list[Any]]]:
    """The placeholder of this column, and one list of the driver's values for each `?` in it."""
    raw, values = False, [None] * cells.rows
    for type_, part in cells.parts.items():
        found, is_raw = _objects(part, type_)
        raw |= is_raw
        values = (
            found
            if len(cells.parts) == 1
            else [new if new is not None else old for new, old in zip(found, values, strict=True)]
        )
    if not raw:
        return PLAIN, [values]
    if len(cells.parts) == 1:
        return CAST, [values]
    return EITHER, [np.asarray(cells.parts[bytearray].is_valid()).tolist(), values, values]


def _objects(part: pa.Array, type_: type) -> tuple[list[Any], bool]:
    """The driver's objects, and whether they are texts as bytes, since not all are UTF-8."""
    if type_ is not bytearray:
        return values_of(part), False
    try:
        return values_of(part.cast(pa.string())), False
    except pa.ArrowInvalid:
        return values_of(part), True


def _cells(array: pa.Array, label: str = "") -> Cells:
    """An array of one storage class; bytes are a text where the format says so."""
    type_ = array.type
    if array.null_count == len(array):
        return Cells(len(array), {})
    if pa.types.is_integer(type_):
        return Cells(len(array), {int: array.cast(pa.int64())})
    if pa.types.is_floating(type_):
        return Cells(len(array), {float: array.cast(pa.float64())})
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_):
        return Cells(len(array), {bytearray if label == TEXT else bytes: array.cast(pa.binary())})
    return Cells(len(array), {bytearray: array.cast(pa.string()).cast(pa.binary())})


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


def _arrow(array: pa.Array, field: pa.Field, kind: Kind, label: str) -> Cells:
    type_ = array.type
    if label == EMPTY:
        return _cells(pc.if_else(array.is_valid(), "", pa.scalar(None, pa.string())))
    if pa.types.is_string(type_) and label in NUMBERS:
        return _cells(_numbers(array, NUMBERS[label]))
    if pa.types.is_boolean(type_):
        return _cells(_truths(array, label))
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_) or pa.types.is_duration(type_):
        return _cells(_moments(array, field, label))
    if pa.types.is_fixed_size_binary(type_):
        return _uuids(array, label)
    if pa.types.is_decimal(type_):
        return _cells(plain_text(array))
    if pa.types.is_floating(type_):
        return _floats(array)
    if pa.types.is_uint64(type_) and kind is Kind.DECIMAL:
        return _cells(array.cast(pa.string()))
    if pa.types.is_uint64(type_) and len(array) and (pc.max(array).as_py() or 0) >= 2**63:
        raise Unstorable("a number is greater than 9223372036854775807, the greatest that SQLite holds")
    if pa.types.is_binary(type_) and label == TEXT:
        return _cells(array.cast(pa.string()))
    return _cells(array)


def _floats(array: pa.Array) -> Cells:
    """NaN as its text: SQLite would make it NULL without a word."""
    nan = pc.fill_null(pc.is_nan(array), False)
    if not pc.any(nan).as_py():
        return _cells(array)
    texts = pc.if_else(nan, b"NaN", pa.scalar(None, pa.binary()))
    return Cells(len(array), {float: pc.if_else(nan, None, array).cast(pa.float64()), bytearray: texts})


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


def _uuids(array: pa.Array, label: str) -> Cells:
    if label == "blob":
        return _cells(array.cast(pa.binary()))
    present = array.drop_null()
    digits = (
        pc.binary_join(pa.ListArray.from_arrays([0, len(present)], present.cast(pa.binary())), b"")[0].as_py() or b""
    )
    written = (digits.hex().upper() if label.isupper() else digits.hex()).encode()
    text = pa.Array.from_buffers(pa.binary(32), len(present), [None, pa.py_buffer(written)]).cast(pa.binary())
    if label.lower() != "hex":
        parts = [pc.binary_slice(text, a, b) for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))]
        text = pc.binary_join_element_wise(*parts, b"-")
    valid = np.asarray(array.is_valid())
    return _cells(text.take(pa.array(np.cumsum(valid) - 1, mask=~valid)), TEXT)
