"""Arrow values as the text that the server takes, for LOAD DATA and for INSERT: whole columns at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, DAY, DIALECT, ODD_DATE, ODD_TIMESTAMP, TIMESTAMPS, form_of
from connectors.database import Form
from connectors.my_types import base_type, charset, converts_unsafely, fraction, is_raw, is_spatial
from connectors.schema import Column, Kind
from connectors.uuids import uuid_text

_DIALECTS = {b"mysql", b"mariadb"}
_SECOND = 1_000_000
_GEOMETRY = (
    "ST_GeomFromText(SUBSTRING_INDEX({}, ';', -1),"
    " IF({} LIKE 'SRID=%', SUBSTRING_INDEX(SUBSTRING({}, 6), ';', 1) + 0, 0))"
)
"""Of a text such as `SRID=4326;POINT(1 2)`; without a number in front the SRID is 0."""


class Unwritable(ValueError):
    """This column's values have no form here; the text says why, without a value."""


def assignment(field: pa.Field, column: Column) -> str:
    """How the loaded text becomes the column's value: `{}` as it is, or inside functions."""
    if form_of(field) is Form.ARROW:
        return _GEOMETRY if is_spatial(column) else "{}"
    if column.kind is Kind.ENUM:
        return "CAST({} AS UNSIGNED)"
    return f"CONVERT(UNHEX({{}}) USING {charset(column)})" if converts_unsafely(column) else "{}"


def invalid_labels(values: pa.Array, field: pa.Field, column: Column) -> int:
    """How many of these encoded values are the place 0 of an ENUM: the server keeps each of them, and warns of it."""
    if column.kind is not Kind.ENUM or base_type(column.native) == "set":
        return 0
    if form_of(field) is Form.WIRE:
        mark = b"0"
    elif "" in column.enum:
        return 0
    else:
        mark = b""
    return int(pc.sum(pc.equal(values, mark)).as_py() or 0)


def encode(values: pa.Array, field: pa.Field, column: Column) -> pa.Array:
    """The values as binary text, NULLs kept, not escaped. Raises Unwritable."""
    if form_of(field) is Form.WIRE:
        return values.cast(pa.binary())
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return _text(values, field, column).cast(pa.binary())


def tab_lines(columns: list[pa.Array]) -> memoryview:
    """Rows as LOAD DATA reads them: tabs between, a newline after, backslash before what would be read as either."""
    escaped = [_escape(column, ((b"\t", b"\\t"), (b"\n", b"\\n"))) for column in columns]
    rows = pc.binary_join_element_wise(*escaped, b"\t", null_handling="replace", null_replacement=b"\\N")
    return _content(pc.binary_join_element_wise(rows, b"", b"\n"))


def value_rows(columns: list[pa.Array], described: list[Column], templates: list[str]) -> pa.Array:
    """Rows as VALUES lists, a comma after each: `('1',NULL,_binary'..'),`."""
    literals = [
        _literal(values, column, template)
        for values, column, template in zip(columns, described, templates, strict=True)
    ]
    rows = pc.binary_join_element_wise(*literals, b",") if len(literals) > 1 else literals[0]
    return pc.binary_join_element_wise(b"(", rows, b"),", b"")


def _literal(values: pa.Array, column: Column, template: str) -> pa.Array:
    # Geometry from its text is text; stored geometry, bits and blobs are in no character set.
    introducer = b"_binary'" if is_raw(column) and template == "{}" else b"'"
    literal = pc.binary_join_element_wise(introducer, _escape(values, ((b"'", b"\\'"),)), b"'", b"")
    pieces: list[Any] = [template.split("{}")[0].encode()]
    for text in template.split("{}")[1:]:
        pieces += [literal, text.encode()]
    return pc.fill_null(pc.binary_join_element_wise(*pieces, b""), b"NULL")


def _escape(values: pa.Array, marks: tuple[tuple[bytes, bytes], ...]) -> pa.Array:
    content = bytes(_content(values))
    for mark, escaped in ((b"\\", b"\\\\"), *marks):
        if mark in content:
            values = pc.replace_substring(values, pattern=mark, replacement=escaped)
    return values


def _content(values: pa.Array) -> memoryview:
    """The bytes of all values, one after the other."""
    if not len(values):
        return memoryview(b"")
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)
    start, end = offsets[values.offset], offsets[values.offset + len(values)]
    return memoryview(values.buffers()[2] or b"")[start:end]


def _text(values: pa.Array, field: pa.Field, column: Column) -> pa.Array:
    kind, type_ = column.kind, values.type
    if pa.types.is_fixed_size_binary(type_) and kind is not Kind.BINARY:
        return _uuid_text(values)
    if pa.types.is_boolean(type_):
        digits = values.cast(pa.int8()).cast(pa.string())
        return _bits(digits, column.length or 1) if kind is Kind.BIT else digits
    if pa.types.is_date(type_):
        return _date_text(values, field, column)
    if pa.types.is_timestamp(type_):
        return _timestamp_text(values, field, column)
    if pa.types.is_duration(type_):
        return _time_text(values, column)
    if kind is Kind.BIT and (pa.types.is_string(type_) or pa.types.is_large_string(type_)):
        return _bits(values.cast(pa.string()), column.length or 1)
    if base_type(column.native) == "year":
        # '0' would be the year 2000, '0000' is the year 0.
        return pc.utf8_lpad(values.cast(pa.string()), 4, "0")
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_fixed_size_binary(type_):
        return values
    return values.cast(pa.string())


def _date_text(values: pa.Array, field: pa.Field, column: Column) -> pa.Array:
    days = values.cast(pa.date32()).cast(pa.int32())
    odd = _outside(days, DATES, field, column)
    if odd is None:
        return values.cast(pa.date32()).cast(pa.string())
    plain = pc.if_else(odd, None, days).cast(pa.date32()).cast(pa.string())
    code = pc.subtract(ODD_DATE, pc.if_else(odd, days, None).cast(pa.int64()))
    return pc.coalesce(plain, _odd_text(code, column))


def _timestamp_text(values: pa.Array, field: pa.Field, column: Column) -> pa.Array:
    width = 19 if not fraction(column) else 20 + fraction(column)
    micros = values.cast(pa.timestamp("us", values.type.tz)).cast(pa.int64())
    odd = _outside(micros, TIMESTAMPS, field, column)
    plain = micros if odd is None else pc.if_else(odd, None, micros)
    text = pc.utf8_slice_codeunits(plain.cast(pa.timestamp("us")).cast(pa.string()), 0, width)
    if odd is None:
        return text
    packed = pc.subtract(ODD_TIMESTAMP, pc.if_else(odd, micros, None))
    code = pc.divide(packed, DAY)
    clock = pc.subtract(packed, pc.multiply(code, DAY)).cast(pa.time64("us")).cast(pa.string())
    whole = pc.binary_join_element_wise(_odd_text(code, column), clock, " ")
    return pc.coalesce(text, pc.utf8_slice_codeunits(whole, 0, width))


def _outside(numbers: pa.Array, limits: tuple[int, int], field: pa.Field, column: Column) -> pa.Array | None:
    """Which values are no date of the calendar; None when all are. Raises Unwritable for another dialect's infinities."""
    odd = pc.or_(pc.less(numbers, limits[0]), pc.greater(numbers, limits[1]))
    if not pc.any(odd).as_py():
        return None
    dialect = (field.metadata or {}).get(DIALECT)
    known = dialect in _DIALECTS or (dialect == b"sqlite" and _all_zero(numbers.filter(odd)))
    if not known or pc.any(pc.greater(numbers, limits[1])).as_py():
        raise Unwritable(f"{column.native} holds the years 1 to 9999 and no infinity")
    return odd


def _all_zero(odd: pa.Array) -> bool:
    """Are all of these 0000-00-00, which SQLite has from here and reads again?"""
    zero = ODD_DATE if pa.types.is_int32(odd.type) else ODD_TIMESTAMP
    return bool(pc.all(pc.equal(odd, zero)).as_py())


def _odd_text(code: pa.Array, column: Column) -> pa.Array:
    """`YYYY-MM-DD` of year*10000 + month*100 + day."""
    if pc.any(pc.or_(pc.less(code, 0), pc.greater(code, 9999_99_99))).as_py():
        raise Unwritable(f"{column.native} holds the years 1 to 9999")
    digits = pc.utf8_lpad(code.cast(pa.string()), 8, "0")
    parts = [pc.utf8_slice_codeunits(digits, start, stop) for start, stop in ((0, 4), (4, 6), (6, 8))]
    return pc.binary_join_element_wise(*parts, "-")


def _time_text(values: pa.Array, column: Column) -> pa.Array:
    micros = values.cast(pa.duration("us")).cast(pa.int64())
    size = pc.abs(micros)
    rest, parts = size, []
    for unit, width in ((3600 * _SECOND, 2), (60 * _SECOND, 2), (_SECOND, 2)):
        whole = pc.divide(rest, unit)
        rest = pc.subtract(rest, pc.multiply(whole, unit))
        parts.append(pc.utf8_lpad(whole.cast(pa.string()), width, "0"))
    text = pc.binary_join_element_wise(*parts, ":")
    if digits := fraction(column):
        micro = pc.utf8_slice_codeunits(pc.utf8_lpad(rest.cast(pa.string()), 6, "0"), 0, digits)
        text = pc.binary_join_element_wise(text, micro, ".")
    sign = pc.if_else(pc.less(micros, 0), "-", "")
    return pc.binary_join_element_wise(sign, text, "")


def _uuid_text(values: pa.Array) -> pa.Array:
    if values.type.byte_width != 16:
        raise Unwritable("these fixed-size bytes are no UUID")
    return uuid_text(values)


def _bits(values: pa.Array, length: int) -> pa.Array:
    """The stored bytes of texts of 0 and 1. Raises Unwritable."""
    width = (length + 7) // 8 * 8
    present = pc.utf8_lpad(values.drop_null(), width, "0")
    if not pc.all(pc.match_substring_regex(present, f"^[01]{{{width}}}$")).as_py() and len(present):
        raise Unwritable(f"bit({length}) holds at most {length} digits 0 and 1")
    cells = np.frombuffer(bytes(_content(present)), dtype=np.uint8).reshape(-1, width) - ord("0")
    packed = np.packbits(cells, axis=1)
    made = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width // 8), len(packed), [None, pa.py_buffer(packed)])
    valid = values.is_valid().to_numpy(zero_copy_only=False)
    return made.cast(pa.binary()).take(pa.array(np.cumsum(valid) - 1, mask=~valid))
