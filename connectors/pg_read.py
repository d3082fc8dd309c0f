"""Read PostgreSQL under one snapshot: chunk bounds on one connection, Arrow streams of the same moment on another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from connectors import arrow, pg_blocks
from connectors.database import Chunk, Derived, Form, Read
from connectors.errors import Lost, ReadError, SnapshotLost
from connectors.names import TableName
from connectors.pg_catalog import read_rows
from connectors.pg_connect import SESSION, Connection, conninfo, execute, query
from connectors.pg_describe import build
from connectors.pg_errors import read_error
from connectors.pg_sql import PgSql, literal, qualified
from connectors.pg_types import value_expression, wire_expression
from connectors.reading import sliced
from connectors.schema import Column, ForeignKey, Kind, Table
from connectors.sql import chunk_key

_OVER = "the snapshot of the source is over: nobody holds it open any more"
_UNKNOWN = ("22023", "42704")
"""Of a snapshot's name: not one, or of no snapshot that is held."""
_TEXTS = (Kind.TEXT, Kind.JSON)
_SIZE_HINT = "adbc.postgresql.batch_size_hint_bytes"


class PgSnapshot:
    """One moment, exported by a keeper connection that stays idle in its transaction and answers the small questions."""

    def __init__(self, keeper: Connection, words: Mapping[str, str], at: str | None = None) -> None:
        self._keeper, self._words = keeper, words
        execute(keeper, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if at is not None:
            _enter(keeper, at)
        self.token: str = at or query(keeper, "SELECT pg_export_snapshot()")[0][0]
        self._catalog = build(read_rows(keeper))
        self._sql = PgSql(self._catalog)
        self._reader: Any = None

    def close(self) -> None:
        self._hang_up()
        self._keeper.close()

    def unreadable_values(self, table: TableName) -> dict[str, int]:
        """None: this database keeps every value to its column's type."""
        return {}

    def touch(self) -> None:
        try:
            query(self._keeper, "SELECT 1")
        except psycopg.Error:
            raise SnapshotLost("the session that held the snapshot of the source is gone") from None

    def count(self, table: TableName) -> int:
        return self._number(self._sql.count(table), table)

    def orphans(self, table: TableName, key: ForeignKey) -> int:
        return self._number(self._sql.orphans(table, key), table)

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        """Ranges of blocks, or for small tables and old servers of the key; its bounds are texts."""
        described = self._table(table)
        if found := self._by_place(described, rows):
            return found
        key = chunk_key(described)
        if not key:
            return [Chunk(table, 0)]
        bounds: list[tuple[Any, ...] | None] = [None]
        while bound := self._next_bound(described, key, bounds[-1], rows):
            bounds.append(bound)
        bounds.append(None)
        return [Chunk(table, place, bounds[place], bounds[place + 1]) for place in range(len(bounds) - 1)]

    def read(self, request: Read) -> Iterator[pa.RecordBatch]:
        """Stream the request; whoever stops early costs the reader its connection, never the snapshot."""
        selection = Selection(self._sql, self._table(request.table), request)
        if request.chunk is not None and request.chunk.physical:
            self._refuse_rewritten(request.chunk)
        complete = False
        try:
            with self._stream(selection.sql, request.batch_bytes) as reader:
                for batch in reader:
                    yield from sliced(selection.carried(batch), request.batch_rows, request.batch_bytes)
            complete = True
        except adbc_driver_manager.Error as error:
            raise _driver_error(error, request.table) from None
        finally:
            if not complete:
                self._hang_up()

    def _table(self, name: TableName) -> Table:
        try:
            return self._catalog.schema.table(name)
        except KeyError:
            raise ReadError(f"{name} is not in the source", table=name) from None

    def _by_place(self, table: Table, rows: int) -> list[Chunk]:
        if self._keeper.info.server_version < pg_blocks.FIRST_VERSION:
            return []
        return pg_blocks.cut(table.name, self._blocks(table), rows)

    def _blocks(self, table: Table) -> pg_blocks.Blocks:
        oid = f"{literal(qualified(table.name))}::regclass"
        try:
            return pg_blocks.blocks(self._keeper, self._sql.relation(table.name), oid)
        except psycopg.Error as error:
            raise read_error(error, table.name) from None

    def _refuse_rewritten(self, chunk: Chunk) -> None:
        if self._blocks(self._table(chunk.table)).files != pg_blocks.files_of(chunk):
            raise SnapshotLost(
                f"{chunk.table} was rewritten while it was read (VACUUM FULL, CLUSTER, TRUNCATE or ALTER TABLE)"
            )

    def _number(self, sql: str, table: TableName) -> int:
        self._table(table)
        try:
            return int(query(self._keeper, sql)[0][0])
        except psycopg.Error as error:
            raise read_error(error, table) from None

    def _next_bound(
        self, table: Table, key: tuple[str, ...], previous: tuple[Any, ...] | None, rows: int
    ) -> tuple[Any, ...] | None:
        try:
            # The key's index gives a bound without sorting the table anew for each one.
            with self._keeper.transaction():
                execute(self._keeper, "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
                found = query(self._keeper, self._sql.bound_after(table, key, previous, rows))
        except psycopg.Error as error:
            raise read_error(error, table.name) from None
        return found[0] if found else None

    @contextlib.contextmanager
    def _stream(self, sql: str, size: int) -> Iterator[pa.RecordBatchReader]:
        if self._reader is None:
            self._reader = self._dial()
        with self._reader.cursor() as cursor:
            cursor.adbc_statement.set_options(**{_SIZE_HINT: str(size)})
            cursor.execute(sql)
            yield cursor.fetch_record_batch()

    def _dial(self) -> Any:
        """A second connection that reads the keeper's moment."""
        connection = adbc.connect(conninfo(self._words), autocommit=False)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                _enter_there(cursor, self.token)
                for setting in SESSION.split(";"):
                    cursor.execute(setting)
        except (adbc_driver_manager.Error, SnapshotLost):
            connection.close()
            raise
        return connection

    def _hang_up(self) -> None:
        if self._reader is not None:
            with contextlib.suppress(adbc_driver_manager.Error):
                self._reader.close()
            self._reader = None


def _enter(connection: Connection, token: str) -> None:
    """Read the moment that another session has exported. Raises SnapshotLost when that session has ended."""
    try:
        execute(connection, f"SET TRANSACTION SNAPSHOT {literal(token)}")
    except (psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject):
        raise SnapshotLost(_OVER) from None


def _enter_there(cursor: Any, token: str) -> None:
    """The same for the driver that reads tables."""
    try:
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{token}'")
    except adbc_driver_manager.Error as error:
        if error.sqlstate in _UNKNOWN:
            raise SnapshotLost(_OVER) from None
        raise


class Selection:
    """The SELECT of one request, and how each column of its answer becomes what was asked for."""

    def __init__(self, sql: PgSql, table: Table, request: Read) -> None:
        self._sql, self._table, self._request = sql, table, request
        self._joins: dict[tuple[ForeignKey, ...], str] = {}
        self._columns = [(self._asked(asked.name), asked.form) for asked in request.columns]
        self._columns += [(self._ancestor(derived), Form.ARROW) for derived in request.derived]
        self.sql = self._text()

    def carried(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch in its carriers, each field saying what it is. Raises ReadError."""
        if not self._columns:
            return batch.select([])
        arrays, fields = [], []
        for array, (column, form) in zip(batch.columns, self._columns, strict=True):
            if form is Form.WIRE:
                arrays.append(to_wire(array, column))
                fields.append(arrow.field(column, form, "postgresql", arrays[-1].type))
            else:
                fields.append(arrow.field(column, form, "postgresql"))
                arrays.append(self._value(array, column))
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def _value(self, array: pa.Array, column: Column) -> pa.Array:
        try:
            return to_carrier(array, column)
        except pa.ArrowInvalid:
            raise ReadError(
                f"{self._request.table}.{column.name} holds what its Arrow carrier cannot (NaN, no UTF-8): it can be kept, not masked",
                table=self._request.table, column=column.name,
            ) from None  # fmt: skip

    def _asked(self, name: str) -> Column:
        try:
            return self._table.column(name)
        except KeyError:
            raise ReadError(f"{self._table.name} has no column {name}", table=self._table.name, column=name) from None

    def _ancestor(self, derived: Derived) -> Column:
        parent = self._sql.catalog.schema.table(derived.path[-1].parent)
        return replace(parent.column(derived.column), name=derived.alias)

    def _text(self) -> str:
        expressions = [self._expression(self._table.name, asked.name, asked.form) for asked in self._request.columns]
        for derived in self._request.derived:
            alias = self._join(derived.path)
            parent = derived.path[-1].parent
            column = f"{alias}.{self._sql.quote(derived.column)}"
            length = self._ancestor(derived).length
            expressions.append(value_expression(column, self._sql.type_of(parent, derived.column), length))
        # A table may have no column that is stored, and rows nevertheless.
        expressions = expressions or ["true"]
        condition, order = self._range()
        limit = f" LIMIT {int(self._request.limit)}" if self._request.limit is not None else ""
        selected = ", ".join(f"{text} AS c{place}" for place, text in enumerate(expressions))
        joins = "".join(self._join_text(path, alias) for path, alias in self._joins.items())
        return f"SELECT {selected} FROM {self._sql.relation(self._table.name)} t{joins}{condition}{order}{limit}"

    def _expression(self, table: TableName, column: str, form: Form) -> str:
        declared, base = self._sql.catalog.types[table, column]
        named = f"t.{self._sql.quote(column)}"
        if form is Form.WIRE:
            return wire_expression(named, declared, base)
        return value_expression(named, base, self._sql.catalog.schema.table(table).column(column).length)

    def _join(self, path: tuple[ForeignKey, ...]) -> str:
        """The alias of the row at the end of a path; paths that begin alike share their joins."""
        for length in range(1, len(path) + 1):
            self._joins.setdefault(path[:length], f"d{len(self._joins)}")
        return self._joins[path]

    def _join_text(self, path: tuple[ForeignKey, ...], alias: str) -> str:
        key, before = path[-1], self._joins[path[:-1]] if len(path) > 1 else "t"
        pairs = zip(key.parent_columns, key.columns, strict=True)
        equal = " AND ".join(f"{alias}.{self._sql.quote(up)} = {before}.{self._sql.quote(own)}" for up, own in pairs)
        return f" LEFT JOIN {self._sql.relation(key.parent)} {alias} ON {equal}"

    def _range(self) -> tuple[str, str]:
        chunk, key = self._request.chunk, chunk_key(self._table)
        if chunk is not None and chunk.physical:
            return f" WHERE {pg_blocks.within(chunk)}", ""
        if chunk is None or not key:
            return "", ""
        condition = self._sql.range(self._table, key, chunk)
        return f" WHERE {condition}" if condition else "", f" ORDER BY {self._sql.columns(key, 't')}"


def to_wire(array: pa.Array, column: Column) -> pa.Array:
    """A driver's array as bytes, or as the bits of a fixed width: every NaN and both zeros stay what they are."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    type_ = array.type
    if pa.types.is_string(type_):
        # What came as text is text that the target has to parse, unless text is what the column holds.
        return array.view(pa.binary()) if column.kind in _TEXTS else array
    if pa.types.is_floating(type_):
        return array.view(pa.int32() if type_.bit_width == 32 else pa.int64())
    return array.view(pa.int64()) if pa.types.is_time(type_) else array


def to_carrier(array: pa.Array, column: Column) -> pa.Array:
    """A driver's array as the carrier of its column's kind. Raises ArrowInvalid where it cannot be."""
    wanted = arrow.carrier(column)
    if array.type == wanted:
        return array
    if column.kind is Kind.TIME:
        return array.view(pa.int64()).view(wanted)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return pc.cast(array, wanted)


def _driver_error(error: adbc_driver_manager.Error, table: TableName) -> Exception:
    state = error.sqlstate
    if state is None or state.startswith(("08", "57P")):
        return Lost("the connection to the source broke, and its snapshot with it", table=table, code=state)
    reason = {"42501": "this login lacks the right", "22021": "a text is not in its encoding"}.get(
        state, "the database refused"
    )
    return ReadError(f"{table} cannot be read: {reason} (SQLSTATE {state})", table=table, code=state)
