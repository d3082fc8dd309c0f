"""Read PostgreSQL under one snapshot: chunk bounds on one connection, Arrow streams of the same moment on another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa

from connectors import pg_blocks, pg_rows, pg_sample
from connectors.database import Chunk, Read
from connectors.errors import Lost, ReadError, SnapshotLost
from connectors.names import TableName
from connectors.pg_catalog import read_rows
from connectors.pg_connect import SESSION, Connection, conninfo, execute, query
from connectors.pg_describe import Catalog, build
from connectors.pg_errors import condition_error, is_lost, read_error
from connectors.pg_ids import Naming, naming
from connectors.pg_selection import Selection
from connectors.pg_sql import PgSql, literal, qualified
from connectors.pg_types import quote
from connectors.reading import sliced
from connectors.rows import Follow, RowIds, Rows, Size
from connectors.schema import ForeignKey, Table
from connectors.sql import chunk_key

_OVER = "the snapshot of the source is over: nobody holds it open any more"
_UNKNOWN = ("22023", "42704")
"""Of a snapshot's name: not one, or of no snapshot that is held."""
_PATH = "public"
"""As SESSION says: names of other schemas are qualified in the texts that are read."""
_BATCH_BYTES = 4 << 20
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
        self._namings: dict[TableName, Naming] = {}
        self._source = pg_rows.Source(keeper, self._sql, self._table, self._naming, self._answers)
        self._reader: Any = None
        self._path, self._operators = _PATH, operators_path(self._catalog)

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

    def unusable(self, view: TableName) -> str | None:
        try:
            # A refusal ends this savepoint, not the snapshot.
            with self._keeper.transaction():
                query(self._keeper, f"SELECT count(*) FROM {qualified(view)} WHERE false")
        except psycopg.Error as error:
            if is_lost(error):
                raise read_error(error, view) from None
            return error.sqlstate or "error"
        return None

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
        table = self._table(request.table)
        if request.chunk is not None and request.chunk.physical:
            self._refuse_rewritten(request.chunk)
        for selection in self._selections(table, request):
            for batch in self._batches(selection.sql, request.table, request.batch_bytes):
                yield from sliced(selection.carried(batch), request.batch_rows, request.batch_bytes)

    def sample(self, table: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
        return pg_sample.sample(self._source, table, columns, rows, cut)

    def row_ids(self, table: TableName) -> RowIds:
        return self._naming(table).ids

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        return pg_rows.rows(self._source, request)

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        return pg_rows.follow(self._source, step)

    def sizes(self, tables: Sequence[TableName]) -> dict[TableName, Size]:
        return pg_rows.sizes(self._source, tables, self.count)

    def _selections(self, table: Table, request: Read) -> Iterator[Selection]:
        naming = self._naming(table.name) if request.identified or request.among is not None else None
        if naming is None or request.among is None:
            yield Selection(self._sql, table, request, naming)
            return
        for part in naming.parts(request.among.slice(0, request.limit), "t"):
            yield Selection(self._sql, table, request, naming, part)

    def _naming(self, name: TableName) -> Naming:
        if name not in self._namings:
            table = self._table(name)
            try:
                # A refusal ends this savepoint, not the snapshot.
                with self._keeper.transaction():
                    self._namings[name] = naming(self._keeper, self._sql, table)
            except psycopg.Error as error:
                raise read_error(error, name) from None
        return self._namings[name]

    def _answers(self, sql: str, table: TableName, persons: bool) -> Iterator[pa.RecordBatch]:
        """What a statement gives whose comparisons find the operators of every type. `persons`: a person wrote a part of it."""
        return self._batches(sql, table, _BATCH_BYTES, self._operators, persons)

    def _batches(
        self, sql: str, table: TableName, size: int, path: str = _PATH, persons: bool = False
    ) -> Iterator[pa.RecordBatch]:
        complete = False
        try:
            with self._stream(sql, size, path) as reader:
                yield from reader
            complete = True
        except adbc_driver_manager.Error as error:
            raise _driver_error(error, table, persons) from None
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
            # A question that is refused leaves the snapshot's transaction as it was.
            with self._keeper.transaction():
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
    def _stream(self, sql: str, size: int, path: str) -> Iterator[Iterable[pa.RecordBatch]]:
        if self._reader is None:
            self._reader, self._path = self._dial(), _PATH
        with self._reader.cursor() as cursor:
            if path != self._path:
                cursor.execute(f"SET search_path = {path}")
                self._path = path
            cursor.adbc_statement.set_options(**{_SIZE_HINT: str(size)})
            cursor.execute(sql)
            # What `fetch_record_batch` gives raises errors of Arrow's, which quote rows and know no SQLSTATE.
            yield cursor._results.reader

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


def operators_path(catalog: Catalog) -> str:
    """The search path on which `=` of every type is found: extensions may live in a schema of their own."""
    made = {base.schema for _, base in catalog.types.values() if base.typtype == "b" and not base.builtin}
    return ", ".join([_PATH, *(quote(schema) for schema in sorted(made - {_PATH}))])


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


def _driver_error(error: adbc_driver_manager.Error, table: TableName, persons: bool) -> Exception:
    state = error.sqlstate
    if state is None or state.startswith(("08", "57P")):
        return Lost("the connection to the source broke, and its snapshot with it", table=table, code=state)
    if persons:
        return condition_error(state, table)
    reason = {"42501": "this login lacks the right", "22021": "a text is not in its encoding"}.get(
        state, "the database refused"
    )
    return ReadError(f"{table} cannot be read: {reason} (SQLSTATE {state})", table=table, code=state)
