"""Rows that join those of a PostgreSQL database: staged in our own schema, then merged and marked in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg
import pyarrow as pa

from connectors import pg_marker
from connectors.database import Chunk, Issue, Marker, State, Written
from connectors.errors import TargetError, WriteError
from connectors.merge_sql import ASIDE, HELD, MergeText, merge_staged, plain_uniques
from connectors.merging import Beside, Incoming, Merge, Merged, is_merged, refuse_changed, renamed, touching
from connectors.names import TableName
from connectors.pg_catalog import MARKER_SCHEMA
from connectors.pg_connect import Connection, execute, query
from connectors.pg_describe import DEFAULT_SCHEMA, table_name
from connectors.pg_errors import mapping, write_error
from connectors.pg_existing import restore, suspend
from connectors.pg_load import PgTarget
from connectors.pg_marker import STAGED
from connectors.pg_sequences import advance
from connectors.pg_sql import qualified
from connectors.pg_types import quote
from connectors.schema import ForeignKey, Schema, Table
from connectors.sql import Sql

STRATEGY = "staged, then merged in one transaction"
_STAGING = f"CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.staging (LIKE {MARKER_SCHEMA}.marker INCLUDING ALL)"
_MERGED = f"""
CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.merged (table_schema text, table_name text, inserted bigint, updated bigint, kept bigint,
  reserved bigint, orphans text, PRIMARY KEY (table_schema, table_name))
"""


class PgStaging(Beside, PgTarget):
    """One session: the one that has claimed the staging, or a further one that only writes chunks."""

    @mapping("the marker of the target cannot be read")
    def marker(self) -> Marker | None:
        own, staged = pg_marker.read(self._connection), pg_marker.read(self._connection, "staging")
        return own if staged is None or (own is not None and own.run == staged.run) else staged

    @mapping("the target cannot be claimed")
    def claim(self, marker: Marker) -> None:
        if not self._lock():
            raise TargetError("another process is loading this target now")
        pg_marker.prepare(self._connection)
        with self._connection.transaction():
            staged = pg_marker.read(self._connection, "staging")
            if staged is not None and staged.run != marker.run:
                self._clear()
                pg_marker.prepare(self._connection)
            execute(self._connection, "SET LOCAL client_min_messages = error")
            execute(self._connection, _STAGING)
            pg_marker.write(self._connection, replace(marker, state=State.LOADING), "staging")
        self._claimed = True

    @mapping("the state of what is staged cannot be written")
    def set_state(self, state: State) -> None:
        execute(self._connection, f"UPDATE {MARKER_SCHEMA}.staging SET state = %s", (state.value,))

    @mapping("the staging tables cannot be made")
    def begin(self, schema: Schema, *, fresh: bool) -> str:
        """Make the staging tables: columns of the same types, no constraints."""
        with self._connection.transaction():
            execute(self._connection, "SET LOCAL client_min_messages = error")
            for table in schema.tables:
                self._make_stage(table, [column.name for column in table.stored])
        return STRATEGY

    @mapping("the chunks of the target cannot be read")
    def done(self) -> dict[tuple[TableName, int], int]:
        return pg_marker.done(self._connection) if pg_marker.exists(self._connection, "staging") else {}

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        try:
            return super().write(table, chunk, batches)
        except WriteError as error:
            raise renamed(error, staged_name(table.name), table.name) from None

    @contextmanager
    def writer(self) -> Iterator[PgStaging]:
        with closing(PgStaging(self._dial)) as further:
            yield further

    @mapping("what is staged cannot be emptied")
    def forget(self, table: Table) -> None:
        with self._connection.transaction():
            execute(self._connection, f"DELETE FROM {qualified(staged_name(table.name))}")
            pg_marker.forget(self._connection, table.name.schema or DEFAULT_SCHEMA, table.name.name)

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        """Nothing: the merge puts back what it takes away in its own transaction."""
        return []

    @mapping("the staging tables cannot be dropped")
    def release(self) -> None:
        """The target is as if nothing had been staged."""
        with self._connection.transaction():
            self._clear()

    @mapping("the rows cannot be merged")
    def merge(self, order: Merge) -> Mapping[TableName, Merged]:
        if is_merged(pg_marker.read(self._connection), order):
            return self.merged()
        tables = [part.table for part in order.incoming]
        with self._connection.transaction():
            execute(self._connection, "SET LOCAL client_min_messages = error")
            refuse_changed(pg_marker.read(self._connection), order.before)
            self._hold_others(order)
            suspend(self._connection, tables)
            for part in order.incoming:
                self._make_ready(part)
            merged = merge_staged(_Statements(self._connection), PgMergeText(order.schema), order)
            restore(self._connection)
            advance(self._connection, (table.name for table in tables))
            if order.marker is not None:
                self._tell(merged)
                execute(self._connection, f"DELETE FROM {MARKER_SCHEMA}.marker")
                pg_marker.write(self._connection, replace(order.marker, state=State.COMPLETE))
            self._clear()
        return merged

    @mapping("what the last merge did cannot be read")
    def merged(self) -> Mapping[TableName, Merged]:
        if not pg_marker.exists(self._connection, "merged"):
            return {}
        rows = query(self._connection, f"SELECT * FROM {MARKER_SCHEMA}.merged")
        return {
            table_name(schema, name): Merged(i, u, k, r, orphans=json.loads(o)) for schema, name, i, u, k, r, o in rows
        }

    def _placed(self, table: TableName) -> TableName:
        return staged_name(table)

    def _make_ready(self, part: Incoming) -> None:
        """The tables of reserved keys and of rows that change places."""
        if part.key:
            self._make_stage(part.table, part.key, HELD)
            if plain_uniques(part):
                self._make_stage(part.table, [column.name for column in part.table.stored], ASIDE)

    def _make_stage(self, table: Table, columns: Sequence[str], purpose: str = "") -> None:
        stage, names = qualified(staged_name(table.name, purpose)), ", ".join(map(quote, columns))
        execute(
            self._connection, f"CREATE TABLE IF NOT EXISTS {stage} AS SELECT {names} FROM {rows_of(table)} WITH NO DATA"
        )

    def _hold_others(self, order: Merge) -> None:
        """Let nobody else write the tables whose rows must fit together until this is over; others may read."""
        merged = [part.table.name for part in order.incoming]
        around = {name for table, key in touching(order.schema, merged) for name in (table.name, key.parent)}
        for name in sorted(around | set(merged)):
            try:
                with self._connection.transaction():
                    execute(self._connection, f"LOCK TABLE {qualified(name)} IN SHARE ROW EXCLUSIVE MODE")
            except psycopg.errors.InsufficientPrivilege:
                # A table that this login may only read; the keys of the database itself hold there.
                if name in merged:
                    raise

    def _tell(self, merged: Mapping[TableName, Merged]) -> None:
        execute(self._connection, _MERGED)
        execute(self._connection, f"DELETE FROM {MARKER_SCHEMA}.merged")
        for name, m in merged.items():
            execute(
                self._connection,
                f"INSERT INTO {MARKER_SCHEMA}.merged VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    name.schema or DEFAULT_SCHEMA,
                    name.name,
                    m.inserted,
                    m.updated,
                    m.kept,
                    m.reserved,
                    json.dumps(dict(m.orphans)),
                ),
            )

    def _clear(self) -> None:
        """Inside a transaction."""
        names = query(
            self._connection,
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s) "
            "AND (relname LIKE %s OR relname IN ('staging', 'chunk', 'step'))",
            (MARKER_SCHEMA, STAGED.replace("_", r"\_") + "%"),
        )
        for (name,) in names:
            execute(self._connection, f"DROP TABLE {MARKER_SCHEMA}.{quote(name)}")


class PgMergeText(MergeText):
    overriding = " OVERRIDING SYSTEM VALUE"

    def __init__(self, schema: Schema) -> None:
        self._own = _OwnRows(schema)
        super().__init__(
            Sql(DEFAULT_SCHEMA),
            lambda name, purpose: qualified(staged_name(name, purpose)),
        )

    def rows(self, table: Table) -> str:
        return rows_of(table)

    def orphans(self, table: Table, key: ForeignKey) -> str:
        return self._own.orphans(table.name, key)


class _OwnRows(Sql):
    """Reads each table without its heirs, as foreign keys do."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(DEFAULT_SCHEMA)
        self._tables = schema.by_name

    def relation(self, name: TableName) -> str:
        return rows_of(self._tables[name])


class _Statements:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, table: Table, sql: str) -> int:
        try:
            return execute(self._connection, sql)
        except psycopg.Error as error:
            raise write_error(error, table.name) from None

    def number(self, table: Table, sql: str) -> int:
        try:
            return int(query(self._connection, sql)[0][0])
        except psycopg.Error as error:
            raise write_error(error, table.name) from None


def rows_of(table: Table) -> str:
    """The table's own rows: those of its partitions, not those of its heirs."""
    return f"{'' if table.partition_key else 'ONLY '}{qualified(table.name)}"


def staged_name(name: TableName, purpose: str = "") -> TableName:
    """The staging table of a table; a purpose makes it another one."""
    digest = hashlib.blake2b(f"{purpose}\0{name}".encode(), digest_size=10).hexdigest()
    return TableName(f"{STAGED}{digest}", MARKER_SCHEMA)
