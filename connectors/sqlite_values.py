"""From what SQLite stores to Arrow columns, and back.

SQLite's storage class belongs to the value, not to the column. The connection hands text as `bytearray` and blobs as `bytes`,
so nothing is decoded behind our back: invalid UTF-8 and NUL in text survive.

Form `wire`: int64, float64, or binary (text and blob told apart by the field's format) where all values of the table's column
are of one class; otherwise binary whose first byte says the class (format `mixed`).

Form `arrow`: the carrier of the column's kind. What the column's kind cannot read (text in an INTEGER column, a date that does not
exist) becomes NULL and is counted; in a column without NULL it becomes the empty text. Numbers in a text column become their text.
How dates, UUIDs, truth values and texts in blob columns were stored is the format of the field.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import carrier
from connectors.schema import Column, Kind
from connectors.sqlite_dates import Parsed, parse_numbers, parse_text

TEXT, BLOB, MIXED = "text", "blob", "mixed"
EMPTY = "empty"
"""Stored as the empty text, whatever value stands for it on the way (one that other databases take)."""
NUMBERS = {"integer": pa.int64(), "real": pa.float64()}
"""Formats of numbers in a column without a type, where they are not the texts that look like them."""
CLASSES: dict[type, str] = {int: "integer", float: "real", bytearray: TEXT, bytes: BLOB}
TRUTHS = ("true/false", "TRUE/FALSE", "True/False", "t/f", "T/F", "yes/no", "Yes/No", "YES/NO", "y/n", "Y/N", "on/off")
_ARROW: dict[type, pa.DataType] = {int: pa.int64(), float: pa.float64(), bytearray: pa.binary(), bytes: pa.binary()}
_TAGS: dict[type, bytes] = {int: b"i", float: b"r", bytearray: b"t", bytes: b"b"}
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$|^[+-]?(?:NaN|Inf(?:inity)?)$"
_UUID = r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$"


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of values as SQLite stores them, taken apart by storage class."""

    rows: int
    parts: Mapping[type, pa.Array]
    """For each class that is there (`CLASSES`) its values, NULL where the value is of another one or none: int64, float64,
    or the bytes of texts and blobs."""

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(CLASSES[type_] for type_ in self.parts)


def cells_of(values: Sequence[Any]) -> Cells:
    """The same from the driver's objects."""
    types = set(map(type, values)) - {type(None)}
    if len(types) == 1:
        return Cells(len(values), {type_: pa.array(values, _ARROW[type_]) for type_ in types})
    parts = {}
    for type_ in types:
        # Only a column of several storage classes is taken apart value by value.
        mine = [value if type(value) is type_ else None for value in values]
        parts[type_] = pa.array(mine, _ARROW[type_])
    return Cells(len(values), parts)


def wire_type(classes: frozenset[str]) -> tuple[pa.DataType, str]:
    """The Arrow type and the format of a column that holds these storage classes."""
    if len(classes) > 1:
        return pa.binary(), MIXED
    only = next(iter(classes), TEXT)
    return {"integer": (pa.int64(), ""), "real": (pa.float64(), "")}.get(only, (pa.binary(), only))


def objects(cells: Cells) -> list[Any]:
    """The driver's objects again."""
    values: list[Any] = [None] * cells.rows
    for type_, part in cells.parts.items():
        found = part.to_pylist()
        values = [old if new is None else type_(new) for old, new in zip(values, found, strict=True)]
    return values


def wire(values: Sequence[Any], classes: frozenset[str]) -> pa.Array:
    return wire_of(cells_of(values), classes)


def wire_of(cells: Cells, classes: frozenset[str]) -> pa.Array:
    type_, form = wire_type(classes)
    if not cells.parts:
        return pa.nulls(cells.rows, type_)
    parts = [_tagged(part, of) if form == MIXED else part for of, part in cells.parts.items()]
    return parts[0] if len(parts) == 1 else pc.coalesce(*parts)


def untag(value: bytes) -> int | float | bytes | bytearray:
    """The value behind a `mixed` carrier: text as bytearray, blob as bytes."""
    tag, body = value[:1], value[1:]
    if tag == b"i":
        return int(body)
    if tag == b"r":
        return float(struct.unpack("<d", body)[0])
    return bytearray(body) if tag == b"t" else body


def untagged(values: pa.Array) -> Cells:
    """A column of `mixed` carriers."""
    # Without an end, Arrow's kernel fails.
    longest = pc.max(pc.binary_length(values)).as_py() or 1
    tags, bodies = pc.binary_slice(values, 0, 1), pc.binary_slice(values, 1, longest)
    parts: dict[type, pa.Array] = {}
    for type_, tag in _TAGS.items():
        mine = pc.equal(tags, tag)
        if pc.any(mine).as_py():
            body = pc.if_else(mine, bodies, None)
            if type_ is int:
                body = body.cast(pa.string()).cast(pa.int64())
            elif type_ is float:
                body = body.cast(pa.binary(8)).view(pa.float64())
            parts[type_] = body
    return Cells(len(values), parts)


def _tagged(values: pa.Array, type_: type) -> pa.Array:
    """Integers by their digits, reals by their eight bytes, the lowest first."""
    if type_ is int:
        values = values.cast(pa.string()).cast(pa.binary())
    elif type_ is float:
        values = values.view(pa.binary(8)).cast(pa.binary())
    return pc.binary_join_element_wise(pa.scalar(_TAGS[type_]), values, b"")


def arrow(values: Sequence[Any], column: Column) -> tuple[Parsed, int]:
    return arrow_of(cells_of(values), column)


def arrow_of(cells: Cells, column: Column) -> tuple[Parsed, int]:
    """The values in their carrier, split by how they were stored, and how many could not be read."""
    parsed: Parsed = []
    for type_, part in cells.parts.items():
        parsed += _parse(part, type_, column)
    if not parsed:
        parsed = [("", pa.nulls(cells.rows, carrier(column)))]
    present = sum(len(part) - part.null_count for part in cells.parts.values())
    unreadable = present - sum(len(part) - part.null_count for _, part in parsed)
    if unreadable and not column.nullable:
        parsed = [*parsed, (EMPTY, _standing_in(cells, parsed))]
    return parsed, unreadable


def _standing_in(cells: Cells, parsed: Parsed) -> pa.Array:
    """A nought of the carrier for each value that no part could read."""
    type_ = parsed[0][1].type
    missing = np.zeros(cells.rows, np.bool_)
    for part in cells.parts.values():
        missing |= np.asarray(part.is_valid())
    for _, part in parsed:
        missing &= np.asarray(part.is_null())
    zero = pa.scalar(_nought(type_), type_)
    return pc.if_else(pa.array(missing), zero, pa.scalar(None, type_))


def _nought(type_: pa.DataType) -> Any:
    if pa.types.is_string(type_):
        return ""
    if pa.types.is_fixed_size_binary(type_):
        return bytes(16)
    return b"" if pa.types.is_binary(type_) else False if pa.types.is_boolean(type_) else 0


def merge(parsed: Parsed) -> tuple[pa.Array, list[str], np.ndarray[Any, Any] | None]:
    """One array, its formats, and which of them each value has (None: all the first)."""
    filled = [(label, part) for label, part in parsed if part.null_count < len(part)] or parsed[:1]
    labels = list(dict.fromkeys(label for label, _ in filled))
    array = filled[0][1] if len(filled) == 1 else pc.coalesce(*(part for _, part in filled))
    if len(labels) == 1:
        return array, labels, None
    codes = np.full(len(array), -1, dtype=np.int16)
    for label, part in filled:
        codes[np.asarray(part.is_valid())] = labels.index(label)
    # A NULL has no format: it goes with the commonest.
    codes[codes < 0] = np.bincount(codes[codes >= 0]).argmax()
    return array, labels, codes


def _parse(values: pa.Array, type_: type, column: Column) -> Parsed:
    text = _decode(values) if type_ is bytearray else None
    match column.kind:
        case Kind.DATE | Kind.TIMESTAMP | Kind.TIMESTAMPTZ | Kind.TIME:
            return _moments(values, text, type_, column)
        case Kind.BOOLEAN:
            return _truths(values, text, type_)
        case Kind.INTEGER | Kind.FLOAT | Kind.DECIMAL:
            return [("", _number(values, text, type_, column))]
        case Kind.UUID:
            return _uuids(values, text, type_)
        case Kind.BINARY:
            if type_ in (bytes, bytearray):
                return [(TEXT if type_ is bytearray else "", values)]
            return []
    if type_ is bytes:
        return []
    if text is None and column.kind is Kind.OTHER:
        return [(CLASSES[type_], values.cast(pa.string()))]
    return [("", text if text is not None else values.cast(pa.string()))]


def _decode(values: pa.Array) -> pa.Array:
    """Text; what is not UTF-8 becomes NULL."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        # Arrow has no kernel that says which value is not UTF-8.
        return pa.array([_decoded(value) for value in values.to_pylist()], pa.string())


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _moments(values: pa.Array, text: pa.Array | None, type_: type, column: Column) -> Parsed:
    if text is not None:
        return parse_text(text, carrier(column))
    if type_ is bytes or column.kind is Kind.TIME:
        return []
    return parse_numbers(values, carrier(column))


def _truths(values: pa.Array, text: pa.Array | None, type_: type) -> Parsed:
    if type_ in (int, float):
        known = pc.is_in(values, pa.array([0, 1], values.type))
        return [("", pc.if_else(known, values, None).cast(pa.bool_()))]
    parsed: Parsed = []
    for label in TRUTHS if text is not None else ():
        truth = pc.index_in(text, pa.array(label.split("/")[::-1]))
        parsed.append((label, truth.cast(pa.bool_())))
    return parsed


def _number(values: pa.Array, text: pa.Array | None, type_: type, column: Column) -> pa.Array:
    wanted = carrier(column)
    if pa.types.is_decimal(wanted):
        return _decimal(values, text, type_, wanted)
    if pa.types.is_string(wanted):
        if text is not None:
            return pc.if_else(pc.match_substring_regex(text, _NUMBER), text, None)
        return values.cast(pa.string()) if type_ is not bytes else pa.nulls(len(values), wanted)
    if text is not None and pa.types.is_floating(wanted):
        return pc.if_else(pc.equal(text, "NaN"), float("nan"), None).cast(wanted)
    if type_ in (bytes, bytearray):
        return pa.nulls(len(values), wanted)
    if type_ is float and pa.types.is_integer(wanted):
        whole = pc.and_(pc.equal(pc.trunc(values), values), pc.less(pc.abs(values), 2.0**63))
        return pc.if_else(whole, values, None).cast(wanted)
    return values.cast(wanted, safe=False)


def _decimal(values: pa.Array, text: pa.Array | None, type_: type, wanted: pa.DataType) -> pa.Array:
    """Rounded to the declared scale; NULL where the declared precision is too small."""
    before = wanted.precision - wanted.scale
    if type_ is bytes:
        return pa.nulls(len(values), wanted)
    if text is not None:
        fits = pc.match_substring_regex(text, rf"^[+-]?0*[0-9]{{0,{before}}}(?:\.[0-9]{{0,{wanted.scale}}}0*)?$")
        fits = pc.and_(fits, pc.match_substring_regex(text, "[0-9]"))
        return _digits(pc.if_else(fits, text, None), wanted)
    fits = pc.less(pc.abs_checked(values) if type_ is float else _magnitude(values), float(10**before))
    if type_ is int:
        return _digits(pc.if_else(fits, values, None).cast(pa.string()), wanted)
    rounded = pc.round(pc.if_else(fits, values, None), wanted.scale) if wanted.scale <= 15 else values
    fits = pc.less(pc.abs(rounded), float(10**before))
    return pc.if_else(fits, rounded, None).cast(wanted)


def _magnitude(values: pa.Array) -> pa.Array:
    return pc.abs(values.cast(pa.float64(), safe=False))


def _digits(text: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Decimal text to decimals, by way of a type wide enough for its trailing zeros."""
    plain = pc.replace_substring_regex(text, r"(\.[0-9]*?)0+$", r"\1")
    return pc.replace_substring_regex(plain, r"\.$", "").cast(wanted)


def _uuids(values: pa.Array, text: pa.Array | None, type_: type) -> Parsed:
    fixed = pa.binary(16)
    if type_ is bytes:
        fits = pc.equal(pc.binary_length(values), 16)
        return [("blob", pc.if_else(fits, values, None).cast(fixed))]
    if text is None:
        return []
    parsed: Parsed = []
    valid = pc.match_substring_regex(text, _UUID)
    dashed, upper = pc.match_substring(text, "-"), pc.not_equal(pc.utf8_lower(text), text)
    for label, mine in (
        ("text", pc.and_(dashed, pc.invert(upper))),
        ("TEXT", pc.and_(dashed, upper)),
        ("hex", pc.and_(pc.invert(dashed), pc.invert(upper))),
        ("HEX", pc.and_(pc.invert(dashed), upper)),
    ):
        hexadecimal = pc.if_else(pc.and_(valid, mine), pc.replace_substring(text, "-", ""), None)
        parsed.append((label, _unhex(hexadecimal)))
    return parsed


def _unhex(text: pa.Array) -> pa.Array:
    """32 hexadecimal digits to 16 bytes: all of them in one call."""
    present = text.drop_null()
    data = bytes.fromhex(pc.binary_join(pa.ListArray.from_arrays([0, len(present)], present), "")[0].as_py() or "")
    found = pa.Array.from_buffers(pa.binary(16), len(present), [None, pa.py_buffer(data)])
    places = np.where(np.asarray(text.is_valid()), np.cumsum(np.asarray(text.is_valid())) - 1, -1)
    return found.take(pa.array(places, mask=places < 0))
