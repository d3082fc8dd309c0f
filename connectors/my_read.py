"""Read MySQL and MariaDB: one consistent snapshot on one connection, streamed as Arrow columns; and the counting questions."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
from pymysql import err

from connectors.arrow import field
from connectors.database import Chunk, Derived, Form, Read, ReadColumn
from connectors.errors import DatabaseError, ReadError, SnapshotLost
from connectors.my_connect import mapped
from connectors.my_decode import decode, expression
from connectors.my_ids import Filter, Ids, decode_ids, ids_of
from connectors.my_sql import MySqlText, from_text
from connectors.my_wire import Wire, bind
from connectors.names import TableName
from connectors.reading import Bound, Counts, key_ranges
from connectors.rows import ID
from connectors.schema import Column, Schema, Table
from connectors.sql import chunk_key

SNAPSHOT = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A column of an answer."""

    column: Column
    form: Form
    alias: str | None = None


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


class MySqlReader(MySqlCounts):
    """Tables at one moment of the source. What it needs of the schema it asks of that moment too."""

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
        ids = ids_of(table, self._sql)
        wanted = ids.wanted(request.among)
        named = ids.named.types if request.identified or wanted else ()
        columns = [Answered(table.column(column.name), column.form) for column in request.columns]
        columns += [self._ancestor(derived) for derived in request.derived]
        statements = self._statements(table, ids, request, ids.select() if named else ())
        batches = self._batches(table, statements, named, columns, request.batch_rows, request.batch_bytes)
        # Of several statements together, a LIMIT of each says nothing.
        with closing(chosen(batches, wanted, request.limit)) as found:
            for batch in found:
                yield batch if request.identified else batch.select(range(len(named), batch.num_columns))

    def _statements(self, table: Table, ids: Ids, request: Read, named: Sequence[str]) -> Iterator[str]:
        sql, key = self._sql, chunk_key(table)
        relation = sql.relation(table.name)
        selected = [*named, *(self._selected(table, column) for column in request.columns)]
        selected += [sql.derived(derived, self._tables, relation) for derived in request.derived]
        within, parameters = sql.within(table, key, request.chunk) if request.chunk else ("", ())
        for condition in ids.conditions(request.among):
            where = " AND ".join(text for text in (within, condition) if text)
            yield bind(
                f"SELECT {', '.join(selected) or 'NULL'} FROM {relation}"
                + (f" WHERE {where}" if where else "")
                + (f" ORDER BY {sql.columns(key)}" if key else "")
                + (f" LIMIT {request.limit}" if request.limit is not None and request.among is None else ""),
                parameters,
            )

    def _batches(
        self,
        table: Table,
        statements: Iterable[str],
        named: Sequence[pa.DataType],
        columns: Sequence[Answered],
        rows: int,
        size: int,
    ) -> Generator[pa.RecordBatch, None, None]:
        """What these statements answer: an id's columns, then the others."""
        fields = [pa.field(ID.format(place), type_) for place, type_ in enumerate(named)]
        fields += [self._field(answered) for answered in columns]
        with closing(self._cells(table, statements, rows, size)) as answers:
            for cells in answers:
                if not fields:
                    # Made of no arrays a batch would have no rows.
                    yield pa.RecordBatch.from_arrays(cells, names=["nothing"]).select([])
                    continue
                values = decode_ids(cells[: len(named)], named)
                values += [self._values(c, a, table) for c, a in zip(cells[len(named) :], columns, strict=True)]
                yield pa.RecordBatch.from_arrays(values, schema=pa.schema(fields))

    def _cells(
        self, table: Table, statements: Iterable[str], rows: int, size: int
    ) -> Generator[list[pa.Array], None, None]:
        """The server's bytes, batch by batch. Raises ReadError."""
        for statement in statements:
            stream = self._wire.stream(statement, rows, size)
            try:
                yield from stream
            except err.MySQLError as error:
                raise self._unread(error, table) from None
            finally:
                stream.close()

    def _unread(self, error: err.MySQLError, table: Table) -> DatabaseError:
        return mapped(error, ReadError, f"{table.name} could not be read", table)

    def _selected(self, table: Table, wanted: ReadColumn) -> str:
        return expression(table.column(wanted.name), self._sql.quote(wanted.name), wanted.form is Form.ARROW)

    def _ancestor(self, derived: Derived) -> Answered:
        return Answered(self._table(derived.path[-1].parent).column(derived.column), Form.ARROW, derived.alias)

    def _bound(self, table: Table, key: tuple[str, ...], lower: Bound | None, rows: int) -> Bound | None:
        """The key `rows` places after `lower`, or None where there is none."""
        values = self._sql.repeat(lower) if lower is not None else ()
        sql = self._sql.next_bound(table, key, after=lower is not None)
        found = self._ask(table.name, sql, *values, rows - 1)
        if not found:
            return None
        return tuple(from_text(table, column, value) for column, value in zip(key, found[0], strict=True))

    def _field(self, answered: Answered) -> pa.Field:
        wire = pa.binary() if answered.form is Form.WIRE else None
        made = field(answered.column, answered.form, self._dialect, wire)
        return made.with_name(answered.alias) if answered.alias is not None else made

    def _values(self, text: pa.BinaryArray, answered: Answered, table: Table) -> pa.Array:
        if answered.form is Form.WIRE:
            return text
        column = answered.column
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


def chosen(
    batches: Generator[pa.RecordBatch, None, None], wanted: Filter | None, limit: int | None = None
) -> Generator[pa.RecordBatch, None, None]:
    """The rows whose ids are wanted, at most so many. Batches that none is left of are passed over."""
    left = limit
    with closing(batches):
        for batch in batches:
            kept = batch if wanted is None else batch.filter(wanted(batch.columns))
            kept = kept.slice(0, left)
            if left is not None:
                left -= kept.num_rows
            if kept.num_rows:
                yield kept
            if left == 0:
                return
