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
    "sqlite": "case when {} is not null then lower(hex(cast({} as blob))) end",
}
_EXPRESSIONS: dict[str, dict[Shape, str]] = {
    "postgresql": {
        Shape.FLOAT: "'x' || encode(float8send({}::float8), 'hex')",
        Shape.BYTES: "encode({}, 'hex')",
        Shape.SPACED: "encode(convert_to(textin(bpcharout({})), 'UTF8'), 'hex')",
        Shape.BOOLEAN: "({}::int)::text",
        Shape.TIMESTAMP: "to_char({} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    },
    "mariadb": {
        Shape.BYTES: "lower(hex({}))",
        Shape.BIT: "lpad(bin({}), {bits}, '0')",
        Shape.TIMESTAMP: "date_format({}, '%Y-%m-%d %H:%i:%s.%f')",
        Shape.DATE: "date_format({}, '%Y-%m-%d')",
        # The text of a FLOAT alone has six digits.
        Shape.FLOAT: "cast({} * 1e0 as char)",
        Shape.SPATIAL: "if(st_srid({}) = 0, st_astext({}), concat('SRID=', st_srid({}), ';', st_astext({})))",
    },
    "sqlite": {Shape.BYTES: "case when {} is not null then lower(hex({})) end", Shape.FLOAT: "{}"},
}


class Probe:
    """Asks one database."""

    def __init__(self, url: str, engine: str) -> None:
        self._engine, self._read = engine, reader(url)

    def canonical(self, table: str, shape: Shape) -> Values:
        """The column `c` of a table by its id, in the canonical text of its shape."""
        if shape in (Shape.TEXT, Shape.OWN) or (shape is Shape.SPACED and self._engine != "postgresql"):
            expression = _HEX_TEXT[self._engine]
        elif self._engine == "postgresql" and shape is Shape.TIMESTAMP:
            expression = _pg_timestamp(self._read, table)
        else:
            usual = "cast({} as char)" if self._engine == "mariadb" else "cast({} as text)"
            expression = _EXPRESSIONS[self._engine].get(shape, usual)
        if "{bits}" in expression:
            expression = expression.replace("{bits}", _bits(self._read, table))
        polish = _POLISH.get(shape, lambda text: text)
        found = self._ask(table, expression.replace("{}", self._read.q("c")))
        return {key: None if value is None else polish(value) for key, value in found.items()}

    def native(self, table: str) -> Values:
        """The same, as the engine itself tells two values apart: PostgreSQL's text and `typsend` bytes, MariaDB's bytes,
        SQLite's storage class and bytes."""
        return self._ask(table, _NATIVE[self._engine](self._read, table))

    def notes(self, table: str) -> list[str | None]:
        """The neighbour column, to see that it was masked."""
        return list(self._ask(table, self._read.q("note")).values())

    def _ask(self, table: str, expression: str) -> Values:
        name = self._read.relation(TableName(table))
        rows = self._read.rows(f"select {self._read.q('id')}, {expression} from {name} order by {self._read.q('id')}")
        return {int(key): None if value is None else _plain(value) for key, value in rows}


def _plain(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    return repr(value) if isinstance(value, float) else str(value)


def _number(text: str) -> str:
    """Its value: `1.50` and `1.5` are one number, `NaN` is itself."""
    number = Decimal(text)
    return str(number) if not number.is_finite() else format(number.normalize() + 0, "f")


def _bytes_of_float(text: str) -> str:
    return text.removeprefix("x") if text.startswith("x") else struct.pack(">d", float(text)).hex()


def _fraction(text: str) -> str:
    """Six digits of a second's fraction."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<6}"


def _in_utc(text: str) -> str:
    return _fraction(text.removesuffix("+00:00").removesuffix("+00"))


def _compact(text: str) -> str:
    return text.lower()


_POLISH: dict[Shape, Callable[[str], str]] = {
    Shape.NUMBER: _number,
    Shape.FLOAT: _bytes_of_float,
    Shape.TIME: _fraction,
    Shape.TIMESTAMP: _in_utc,
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


def _my_native(read: Any, table: str) -> str:
    """Bytes and text; of a label its place, of a float all digits."""
    kind = _my_type(read, table)
    if kind in ("enum", "set"):
        return "concat(lower(hex(c)), ' ', cast(c as unsigned))"
    if kind in ("float", "double"):
        return "cast(c * 1e0 as char)"
    return (
        "lower(hex(c))"
        if kind in ("point", "geometry")
        else "concat(lower(hex(c)), ' ', coalesce(hex(cast(c as char)), ''))"
    )


def _my_type(read: Any, table: str) -> str:
    asked = "select data_type from information_schema.columns where table_schema = database()"
    return str(next(iter(read.rows(f"{asked} and table_name = '{table}' and column_name = 'c'")))[0])


_NATIVE: dict[str, Callable[[Any, str], str]] = {
    "postgresql": _pg_native,
    "mariadb": _my_native,
    "sqlite": lambda read, table: "case when c is not null then typeof(c) || ' ' || hex(c) end",
}
