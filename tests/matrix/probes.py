"""The judge of the matrix: values asked in plain SQL of each engine, with none of the product's reading."""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from connectors.names import TableName
from tests.matrix.cases import Shape
from tests.oracle import reader

Values = dict[int, str | None]
"""id -> canonical text, NULL as None."""

_HEX_TEXT = {
    "postgresql": "encode(convert_to({}::text, 'UTF8'), 'hex')",
    "mariadb": "lower(hex(convert({} using utf8mb4)))",
    "sqlite": "lower(hex(cast({} as blob)))",
}
_EXPRESSIONS: dict[str, dict[Shape, str]] = {
    "postgresql": {
        Shape.FLOAT: "encode(float8send({}::float8), 'hex')",
        Shape.BYTES: "encode({}, 'hex')",
        Shape.BOOLEAN: "({}::int)::text",
        Shape.TIMESTAMP: "to_char({} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    },
    "mariadb": {
        Shape.BYTES: "lower(hex({}))",
        Shape.BIT: "lpad(bin({}), {bits}, '0')",
        Shape.TIMESTAMP: "date_format({}, '%Y-%m-%d %H:%i:%s.%f')",
        Shape.DATE: "date_format({}, '%Y-%m-%d')",
    },
    "sqlite": {Shape.BYTES: "lower(hex({}))", Shape.FLOAT: "{}"},
}


def canonical(url: str, engine: str, table: str, shape: Shape) -> Values:
    """The column `c` of a table by its id, in the canonical text of its shape."""
    if shape in (Shape.TEXT, Shape.OWN):
        expression = _HEX_TEXT[engine]
    else:
        expression = _EXPRESSIONS[engine].get(shape, "cast({} as char)" if engine == "mariadb" else "cast({} as text)")
    read = reader(url)
    name = read.relation(TableName(table))
    if "{bits}" in expression:
        expression = expression.replace("{bits}", _bits(read, table))
    if engine == "postgresql" and shape is Shape.TIMESTAMP:
        expression = _pg_timestamp(read, table)
    rows = read.rows(f"select {read.q('id')}, {expression.format(read.q('c'))} from {name}")
    polish = _POLISH.get(shape, lambda text: text)
    return {int(key): None if value is None else polish(_plain(value)) for key, value in rows}


def native(url: str, engine: str, table: str) -> Values:
    """The same, as the engine itself tells two values apart: PostgreSQL's text and `typsend` bytes, MariaDB's bytes, SQLite's
    storage class and bytes."""
    read = reader(url)
    expression = _NATIVE[engine](read, table)
    rows = read.rows(f"select {read.q('id')}, {expression} from {read.relation(TableName(table))}")
    return {int(key): None if value is None else _plain(value) for key, value in rows}


def notes(url: str, table: str) -> list[str | None]:
    """The neighbour column, to see that it was masked."""
    read = reader(url)
    name = read.relation(TableName(table))
    rows = read.rows(f"select {read.q('note')} from {name} order by {read.q('id')}")
    return [None if row[0] is None else _plain(row[0]) for row in rows]


def _plain(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    return repr(value) if isinstance(value, float) else str(value)


def _number(text: str) -> str:
    """Its value: `1.50` and `1.5` are one number, `NaN` is itself."""
    number = Decimal(text)
    return str(number) if not number.is_finite() else format(number.normalize() + 0, "f")


def _bytes_of_float(text: str) -> str:
    return text if len(text) == 16 and "." not in text and "e" not in text else struct.pack(">d", float(text)).hex()


def _fraction(text: str) -> str:
    """Six digits of a second's fraction."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<6}"


def _compact(text: str) -> str:
    return text.lower()


_POLISH: dict[Shape, Callable[[str], str]] = {
    Shape.NUMBER: _number,
    Shape.FLOAT: _bytes_of_float,
    Shape.TIME: _fraction,
    Shape.TIMESTAMP: _fraction,
    Shape.UUID: _compact,
}


def _bits(read: Any, table: str) -> str:
    return str(
        next(
            iter(
                read.rows(
                    "select numeric_precision from information_schema.columns where table_schema = database() "
                    f"and table_name = '{table}' and column_name = 'c'"
                )
            )
        )[0]
    )


def _pg_timestamp(read: Any, table: str) -> str:
    kind = next(iter(read.rows(f'select pg_typeof(c)::text from "{table}" limit 1')))[0]
    moment = "{} at time zone 'UTC'" if "with time zone" in kind else "{}"
    # to_char does not print infinity and BC as themselves.
    plain = "isfinite({}) and {} >= '0001-01-01'"
    shown = f"to_char({moment}, 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"case when {plain} then {shown} else {{}}::text end".replace("{}", '"c"')


def _pg_native(read: Any, table: str) -> str:
    """The text, and the bytes where a function gives some that are the same in every database."""
    send = next(
        iter(
            read.rows(
                "select case when t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A' and t.oid < 16384 "
                "and t.typname !~ '^reg' then t.typsend::text end "
                f"from pg_attribute a join pg_type t on t.oid = a.atttypid where attrelid = '\"{table}\"'::regclass and attname = 'c'"
            )
        )
    )[0]
    return f"encode({send}(c), 'hex') || ' ' || c::text" if send and send != "-" else "c::text"


_NATIVE: dict[str, Callable[[Any, str], str]] = {
    "postgresql": _pg_native,
    "mariadb": lambda read, table: "concat(lower(hex(c)), ' ', coalesce(hex(cast(c as char)), ''))",
    "sqlite": lambda read, table: "typeof(c) || ' ' || coalesce(hex(c), '')",
}
