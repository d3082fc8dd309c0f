"""How SQL Server writes its SQL: text only, no driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.rowwise import RowText, Switch, from_text
from connectors.schema import Column, Kind, Schema, Table
from connectors.uuids import uuid_text

_ROWS = 1000
"""Most rows of one VALUES list."""


class SqlServerText(RowText):
    dialect = "mssql"
    quotes = ("[", "]")
    any_order = "(SELECT NULL)"
    marker_types = {"text": "nvarchar(400)", "long": "nvarchar(max)", "number": "bigint", "small": "smallint"}  # noqa: RUF012
    exists = frozenset({"2714", "1913", "1779"})

    def literal(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bytes):
            return "0x" + value.hex()
        return "N'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)

    def count(self, name: TableName) -> str:
        return f"SELECT count_big(*) FROM {self.relation(name)}"

    def selected(self, column: Column, quoted: str) -> str:
        base = base_type(column.native)
        match column.kind:
            case Kind.DECIMAL:
                return f"CONVERT(varchar(60), {quoted}{', 2' if 'money' in base else ''})"
            case Kind.DATE:
                return f"CONVERT(char(10), {quoted}, 23)"
            case Kind.TIME:
                return f"DATEDIFF_BIG(microsecond, CAST('00:00:00' AS time), {quoted})"
            case Kind.TIMESTAMP:
                return f"CONVERT(char(26), CAST({quoted} AS datetime2(6)), 121)"
            case Kind.TIMESTAMPTZ:
                return f"CONVERT(char(26), CAST(SWITCHOFFSET({quoted}, '+00:00') AS datetime2(6)), 121)"
            case Kind.UUID:
                return f"CONVERT(char(36), {quoted})"
            case Kind.XML | Kind.JSON:
                return f"CAST({quoted} AS nvarchar(max))"
            case Kind.OTHER:
                return _other(base, quoted)
            case _:
                return quoted

    def cut(self, column: Column, selected: str, most: int) -> str:
        if column.kind is Kind.BINARY:
            return f"SUBSTRING({selected}, 1, {most})"
        # What is older than nvarchar(max) knows no LEFT.
        return f"LEFT(CAST({selected} AS nvarchar(max)), {most})"

    def some_blocks(self, relation: str, alias: str, share: float) -> str:
        return f"{relation} {alias} TABLESAMPLE SYSTEM ({share:.6f} PERCENT) REPEATABLE (1)"

    def decoded(self, values: list[Any], column: Column) -> pa.Array:
        return from_text(values, column)

    def key(self, table: Table, column: str) -> str:
        described = table.column(column)
        if described.kind is Kind.BINARY:
            return f"CONVERT(varchar(max), {self.quote(column)}, 2)"
        if described.kind is Kind.FLOAT:
            return f"CONVERT(varchar(40), {self.quote(column)}, 3)"
        if described.kind in (Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
            # All seven digits of a second: rounded bounds would lose rows between chunks.
            return f"CONVERT(varchar(40), {self.quote(column)}, 121)"
        return self.selected(described, self.quote(column))

    def bound(self, table: Table, column: str) -> str:
        described = table.column(column)
        if described.kind is Kind.BINARY:
            return f"CONVERT(varbinary(max), {self.parameter}, 2)"
        if described.kind in (Kind.INTEGER, Kind.TEXT):
            return self.parameter
        return f"CAST({self.parameter} AS {described.native})"

    def insert(self, connection: Any, table: Table, batch: pa.RecordBatch) -> None:
        with connection.cursor() as cursor:
            for statement in self.inserts(table, batch):
                cursor.execute(statement)

    def inserts(self, table: Table, batch: pa.RecordBatch) -> Iterator[str]:
        """INSERT of at most a thousand rows each; values of an identity column are ours."""
        columns = [table.column(name) for name in batch.schema.names]
        relation = self.relation(table.name)
        head = f"INSERT INTO {relation} ({self.columns(batch.schema.names)}) VALUES "
        if any(column.identity for column in columns):
            head = f"SET IDENTITY_INSERT {relation} ON; {head}"
        tail = f"; SET IDENTITY_INSERT {relation} OFF" if head.startswith("SET") else ""
        literals = [_literals(values, column) for values, column in zip(batch.columns, columns, strict=True)]
        rows = pc.binary_join_element_wise(*literals, ", ") if len(literals) > 1 else literals[0]
        lists = pc.binary_join_element_wise("(", rows, ")", "")
        for start in range(0, len(lists), _ROWS):
            yield head + ", ".join(lists.slice(start, _ROWS).to_pylist()) + tail

    def switches(self, schema: Schema, select: Callable[..., list[tuple[Any, ...]]]) -> list[Switch]:
        found = []
        for table in schema.tables:
            relation = self.relation(table.name)
            for key in table.foreign_keys:
                if key.enforced:
                    name = self.quote(key.name)
                    plain = f"ALTER TABLE {relation} CHECK CONSTRAINT {name}"
                    checked = f"ALTER TABLE {relation} WITH CHECK CHECK CONSTRAINT {name}"
                    off = f"ALTER TABLE {relation} NOCHECK CONSTRAINT {name}"
                    found.append(Switch(off, checked if key.validated else plain, plain, f"foreign key {key.name}"))
        names = {table.name for table in schema.tables}
        for trigger in schema.triggers:
            if trigger.enabled and trigger.table in names:
                place = (
                    f"{self.relation(TableName(trigger.name, trigger.table.schema))} ON {self.relation(trigger.table)}"
                )
                found.append(
                    Switch(f"DISABLE TRIGGER {place}", f"ENABLE TRIGGER {place}", None, f"trigger {trigger.name}")
                )
        return found

    def advance(self, table: Table, column: Column, highest: int) -> list[str]:
        return [f"DBCC CHECKIDENT ({self.literal(self.relation(table.name))}, RESEED, {highest}) WITH NO_INFOMSGS"]

    def advance_sequence(self, name: TableName, highest: int) -> str:
        return f"ALTER SEQUENCE {self.relation(name)} RESTART WITH {highest + 1}"

    def drop(self, schema: Schema) -> list[str]:
        keys = [
            f"ALTER TABLE {self.relation(table.name)} DROP CONSTRAINT IF EXISTS {self.quote(key.name)}"
            for table in schema.tables
            for key in table.foreign_keys
        ]
        return [
            *(f"DROP VIEW IF EXISTS {self.relation(view.name)}" for view in schema.views),
            *keys,
            *(f"DROP TABLE IF EXISTS {self.relation(table.name)}" for table in schema.tables),
            *(f"DROP SEQUENCE IF EXISTS {self.relation(sequence.name)}" for sequence in schema.sequences),
        ]

    def table_exists(self, name: str) -> str:
        schema = self.literal(self.default_schema or "dbo")
        return f"SELECT count(*) FROM sys.tables WHERE schema_id = SCHEMA_ID({schema}) AND name = {self.literal(name)}"


def base_type(native: str) -> str:
    """`nvarchar` of `nvarchar(20)`."""
    return re.split(r"[\s(]", native.lower(), maxsplit=1)[0]


def _other(base: str, quoted: str) -> str:
    if base in ("geometry", "geography"):
        return f"{quoted}.STAsText()"
    return f"{quoted}.ToString()" if base == "hierarchyid" else f"CAST({quoted} AS nvarchar(4000))"


def _literals(values: pa.Array, column: Column) -> pa.Array:
    """Each value as SQL text, `NULL` among them."""
    type_ = values.type
    if pa.types.is_dictionary(type_):
        return _literals(values.dictionary_decode(), column)
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_fixed_size_binary(type_):
        if column.kind is not Kind.UUID:
            # Arrow has no function that writes hexadecimal digits.
            return pa.array(["NULL" if value is None else "0x" + value.hex() for value in values.to_pylist()])
        text = _quoted(uuid_text(values))
    elif pa.types.is_boolean(type_):
        text = values.cast(pa.int8()).cast(pa.string())
    elif pa.types.is_timestamp(type_):
        target = "datetimeoffset(7)" if column.kind is Kind.TIMESTAMPTZ else "datetime2(6)"
        iso = _quoted(values.cast(pa.timestamp("us", type_.tz)).cast(pa.timestamp("us")).cast(pa.string()))
        text = pc.binary_join_element_wise("CAST(", iso, f" AS {target})", "")
    elif pa.types.is_duration(type_):
        # Of 24:00 and more Arrow makes no time of day, so the server refuses it.
        text = _quoted(values.cast(pa.duration("us")).cast(pa.int64()).cast(pa.time64("us")).cast(pa.string()))
    elif pa.types.is_integer(type_) or pa.types.is_floating(type_):
        text = values.cast(pa.string())
    else:
        text = _wrapped(_quoted(values.cast(pa.string())), base_type(column.native))
    return pc.fill_null(text, "NULL")


def _quoted(text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise("N'", pc.replace_substring(text, "'", "''"), "'", "")


def _wrapped(text: pa.Array, base: str) -> pa.Array:
    """Inside the function that makes a value of this type of its text."""
    makers = {
        "geometry": ("geometry::STGeomFromText(", ", 0)"),
        "geography": ("geography::STGeomFromText(", ", 4326)"),
        "hierarchyid": ("hierarchyid::Parse(", ")"),
    }
    before, after = makers.get(base, ("", ""))
    return pc.binary_join_element_wise(before, text, after, "") if before else text
