"""Read MySQL and MariaDB: one consistent snapshot on one connection, streamed as Arrow columns; and the counting questions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa
from pymysql import err

from connectors.arrow import field
from connectors.database import Chunk, Derived, Form, Read, ReadColumn
from connectors.errors import ReadError, SnapshotLost
from connectors.my_connect import mapped
from connectors.my_decode import decode, expression
from connectors.my_sql import MySqlText, from_text
from connectors.my_wire import Wire, bind
from connectors.names import TableName
from connectors.reading import Bound, Counts, key_ranges
from connectors.schema import Column, Schema, Table
from connectors.sql import chunk_key

SNAPSHOT = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


class MySqlCounts(Counts):
    _sql: MySqlText

    def __init__(self, wire: Wire, sql: MySqlText) -> None:
        super().__init__(sql)
        self._wire = wire

    def _row(self, table: TableName, sql: str) -> tuple[Any, ...]:
        return self._ask(table, sql)[0]

    def _ask(self, table: TableName, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._wire.select(sql, *values)
        except err.MySQLError as error:
            raise mapped(error, ReadError, f"{table} could not be read", table) from None


class MySqlSnapshot(MySqlCounts):
    """One moment of the source. What it needs of the schema it asks of that moment too."""

    token: str | None = None

    def __init__(self, wire: Wire, sql: MySqlText, dialect: str, schema: Schema) -> None:
        super().__init__(wire, sql)
        self._dialect, self._schema = dialect, schema

    @cached_property
    def _tables(self) -> dict[TableName, Table]:
        return self._schema.by_name

    def unreadable_values(self, table: TableName) -> dict[str, int]:
        """None: this database keeps every value to its column's type."""
        return {}

    def touch(self) -> None:
        try:
            self._wire.value("SELECT 1")
        except err.MySQLError:
            raise SnapshotLost("the session that held the snapshot of the source is gone") from None

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        described = self._table(table)
        key = chunk_key(described)
        return key_ranges(table, lambda lower: self._bound(described, key, lower, rows) if key else None)

    def read(self, request: Read) -> Iterator[pa.RecordBatch]:
        table = self._table(request.table)
        columns = [(table.column(wanted.name), wanted.form) for wanted in request.columns]
        fields = [self._field(column, form) for column, form in columns]
        for derived in request.derived:
            ancestor = self._table(derived.path[-1].parent).column(derived.column)
            columns.append((ancestor, Form.ARROW))
            fields.append(self._field(ancestor, Form.ARROW).with_name(derived.alias))
        stream = self._wire.stream(self._select(table, request), request.batch_rows, request.batch_bytes)
        try:
            for cells in stream:
                if not columns:
                    # Made of no arrays a batch would have no rows.
                    yield pa.RecordBatch.from_arrays(cells, names=["nothing"]).select([])
                    continue
                values = [
                    self._values(text, column, form, table) for text, (column, form) in zip(cells, columns, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(values, schema=pa.schema(fields))
        except err.MySQLError as error:
            raise mapped(error, ReadError, f"{table.name} could not be read", table) from None
        finally:
            stream.close()

    def _select(self, table: Table, request: Read) -> str:
        sql, key = self._sql, chunk_key(table)
        relation = sql.relation(table.name)
        selected = [self._selected(table, column) for column in request.columns]
        selected += [self._derived(derived, relation) for derived in request.derived]
        where, parameters = sql.within(table, key, request.chunk) if request.chunk else ("", ())
        return bind(
            f"SELECT {', '.join(selected) or 'NULL'} FROM {relation}"
            + (f" WHERE {where}" if where else "")
            + (f" ORDER BY {sql.columns(key)}" if key else "")
            + (f" LIMIT {request.limit}" if request.limit is not None else ""),
            parameters,
        )

    def _selected(self, table: Table, wanted: ReadColumn) -> str:
        return expression(table.column(wanted.name), self._sql.quote(wanted.name), wanted.form is Form.ARROW)

    def _derived(self, derived: Derived, relation: str) -> str:
        return self._sql.derived(derived, self._tables, relation)

    def _bound(self, table: Table, key: tuple[str, ...], lower: Bound | None, rows: int) -> Bound | None:
        """The key `rows` places after `lower`, or None where there is none."""
        values = self._sql.repeat(lower) if lower is not None else ()
        sql = self._sql.next_bound(table, key, after=lower is not None)
        found = self._ask(table.name, sql, *values, rows - 1)
        if not found:
            return None
        return tuple(from_text(table, column, value) for column, value in zip(key, found[0], strict=True))

    def _field(self, column: Column, form: Form) -> pa.Field:
        return field(column, form, self._dialect, pa.binary() if form is Form.WIRE else None)

    def _values(self, text: pa.BinaryArray, column: Column, form: Form, table: Table) -> pa.Array:
        if form is Form.WIRE:
            return text
        try:
            return decode(text, column)
        except pa.ArrowInvalid:
            # Arrow quotes the value that it could not take.
            raise ReadError(
                f"{table.name}.{column.name} holds a value that is not of its type {column.native}",
                table=table.name,
                column=column.name,
            ) from None

    def _table(self, name: TableName) -> Table:
        found = self._tables.get(name)
        if found is None:
            raise ReadError(f"{name} is not a table of this database", table=name)
        return found
