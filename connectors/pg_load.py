"""Load PostgreSQL: DDL by ledgered steps, rows by COPY BINARY, a chunk and its chunk row in one transaction."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
import pyarrow as pa

from connectors import pg_clear, pg_marker
from connectors.database import Chunk, Issue, Marker, State, Statement, Written
from connectors.errors import Lost, TargetError, WriteError
from connectors.names import TableName
from connectors.pg_catalog import MARKER_SCHEMA, read_tables
from connectors.pg_connect import Connection, execute, query
from connectors.pg_copy import HEADER, TRAILER, payload
from connectors.pg_describe import DEFAULT_SCHEMA, table_name
from connectors.pg_encode import encode, staged
from connectors.pg_errors import ddl_error, ddl_reason, is_lost, mapping, write_error
from connectors.pg_existing import REPLICA_ROLE, add_key, replica_role, restore, suspend
from connectors.pg_sequences import advance
from connectors.pg_sql import qualified
from connectors.pg_types import PgType, base_type, from_text, quote, read_types
from connectors.schema import Schema, Table

CONSTRAINTS_LATER = "constraints after data"

_LOCK = 0x6C6F6F6B_616C696B
"""One loader at a time: `lookalik`, as an advisory lock."""
LOCK_TIMEOUT = "10s"
"""A killed run's session may still be ending; a living one holds the lock for longer."""

_LOSES_NO_ROW = {
    "view", "materialized view", "materialized view data", "rule", "trigger", "event trigger", "function", "procedure",
    "aggregate", "comment", "policy", "row security", "extension", "publication", "publication table",
    "publication tables in schema", "subscription", "server", "user mapping", "foreign table", "foreign data wrapper",
    "statistics", "text search configuration", "text search dictionary", "text search parser", "text search template",
    "cast", "operator", "operator class", "operator family", "conversion", "transform", "procedural language", "language",
    "security label", "collation",
}  # fmt: skip
"""Kinds whose failure is an Issue: a table that needs one of them fails on its own and names itself."""


class PgTarget:
    """One session, opened by `dial`: the one that claims the target, or a further one that only writes chunks."""

    def __init__(self, dial: Callable[[], Connection], *, replica: bool = False) -> None:
        self._dial, self._connection = dial, dial()
        self._claimed, self._replica = False, replica
        if replica:
            replica_role(self._connection)
        self._types: dict[int, PgType] = {}
        self._columns: dict[TableName, dict[str, PgType]] = {}

    @mapping("the marker of the target cannot be read")
    def marker(self) -> Marker | None:
        return pg_marker.read(self._connection)

    @mapping("the tables of the target cannot be counted")
    def occupied(self) -> tuple[TableName, ...]:
        names = [table_name(schema, name) for schema, name in read_tables(self._connection)]
        held: list[TableName] = []
        for start in range(0, len(names), 200):
            some = names[start : start + 200]
            questions = (f"SELECT {n} WHERE EXISTS (SELECT FROM ONLY {qualified(name)})" for n, name in enumerate(some))
            held += [some[row[0]] for row in query(self._connection, " UNION ALL ".join(questions))]
        return tuple(held)

    def close(self) -> None:
        self._connection.close()

    @mapping("the target cannot be claimed")
    def claim(self, marker: Marker) -> None:
        """Write the marker and keep every other process from loading while this session lives."""
        if not self._lock():
            raise TargetError("another process is loading this target now")
        pg_marker.claim(self._connection, marker)
        self._claimed = True

    @mapping("the connection to the target cannot be opened again")
    def reconnect(self) -> None:
        try:
            query(self._connection, "SELECT")
        except psycopg.Error:
            self._connection.close()
            self._connection = self._dial()
            self._types, self._columns = {}, {}
            # The server may take its time to notice that the session before has gone.
            if self._claimed and not self._lock():
                raise Lost("the connection before still holds the target") from None
            if self._replica:
                replica_role(self._connection)

    @contextmanager
    def writer(self) -> Iterator[PgTarget]:
        with closing(PgTarget(self._dial, replica=self._replica)) as further:
            yield further

    @mapping("a table of the target cannot be emptied")
    def forget(self, table: Table) -> None:
        """Rows and chunk rows go together; `begin` has switched triggers and foreign keys off before."""
        with self._connection.transaction():
            pg_clear.clear(self._connection, table)
            pg_marker.forget(self._connection, table.name.schema or DEFAULT_SCHEMA, table.name.name)

    @mapping("the state of the target cannot be written")
    def set_state(self, state: State) -> None:
        pg_marker.set_state(self._connection, state)

    @mapping("the steps of the target cannot be read")
    def execute(self, statements: Sequence[Statement]) -> list[Issue]:
        """Run what is not yet recorded, each statement with its record in one transaction."""
        pg_marker.prepare(self._connection)
        done = {row[0] for row in query(self._connection, f"SELECT digest FROM {MARKER_SCHEMA}.step")}
        self._types, self._columns = {}, {}
        issues = []
        for statement in statements:
            if (digest := pg_marker.digest(statement)) not in done:
                issue = self._step(statement)
                issues += [issue] if issue else []
                done.add(digest)
        return issues

    @mapping("the constraints of the target cannot be switched off")
    def begin(self, schema: Schema, *, fresh: bool) -> str:
        if fresh:
            return CONSTRAINTS_LATER
        pg_marker.prepare(self._connection)
        strategy = suspend(self._connection, schema.tables)
        self._replica = strategy == REPLICA_ROLE
        return strategy

    @mapping("the chunks of the target cannot be read")
    def done(self) -> dict[tuple[TableName, int], int]:
        return pg_marker.done(self._connection)

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        """COPY one chunk and record it, or find it recorded. Raises WriteError."""
        schema, name, ordinal = table.name.schema or DEFAULT_SCHEMA, table.name.name, chunk.ordinal
        columns: list[str] = []
        try:
            with self._connection.transaction():
                if (rows := pg_marker.chunk_rows(self._connection, schema, name, ordinal)) is not None:
                    return Written(rows, repeated=True)
                rows = self._load(self._placed(table.name), batches, columns)
                pg_marker.add_chunk(self._connection, schema, name, ordinal, rows)
        except psycopg.Error as error:
            if pg_marker.is_its_own(error):
                raise Lost(f"another connection of this run has loaded the chunk of {table.name}") from None
            raise write_error(error, table.name, columns) from None
        return Written(rows)

    @mapping("the constraints of the target cannot be switched on")
    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        issues = [] if fresh else restore(self._connection)
        self._replica = False
        return issues + advance(self._connection, (table.name for table in schema.tables))

    @mapping("the tables of the target cannot be emptied")
    def empty(self, tables: Sequence[Table]) -> None:
        pg_marker.prepare(self._connection)
        pg_clear.empty(self._connection, tables)

    def drop(self, schema: Schema) -> None:
        try:
            pg_clear.drop(self._connection, schema)
        except psycopg.Error as error:
            raise ddl_error(error, "schema", "of an earlier run") from None

    @mapping("the marker of the target cannot be removed")
    def release(self) -> None:
        if pg_marker.exists(self._connection):
            restore(self._connection)
            execute(self._connection, f"DROP SCHEMA {MARKER_SCHEMA} CASCADE")

    def _placed(self, table: TableName) -> TableName:
        """Where the rows of this table go: into itself."""
        return table

    def _lock(self) -> bool:
        """Keep every other process from loading; False where one does."""
        try:
            with self._connection.transaction():
                execute(self._connection, f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                query(self._connection, f"SELECT pg_advisory_lock({_LOCK})")
        except psycopg.errors.LockNotAvailable:
            return False
        return True

    def _step(self, statement: Statement) -> Issue | None:
        issue = None
        try:
            with self._connection.transaction():
                execute(
                    self._connection, "SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning"
                )
                if statement.kind == "foreign key":
                    table = statement.table or TableName(statement.name)
                    issue = add_key(self._connection, statement.sql, table, statement.name)
                else:
                    execute(self._connection, statement.sql)
                pg_marker.add_step(self._connection, statement)
        except psycopg.Error as error:
            if is_lost(error) or statement.kind not in _LOSES_NO_ROW:
                raise ddl_error(error, statement.kind, statement.name, statement.table) from None
            return _not_made(statement, error)
        return issue

    def _load(self, table: TableName, batches: Iterable[pa.RecordBatch], columns: list[str]) -> int:
        """COPY the batches; `columns` learns their names, for errors."""
        iterator = iter(batches)
        first = next(iterator, None)
        if first is None:
            return 0
        columns += first.schema.names
        layout = Layout.of(table, first.schema, self._column_types(table))
        for statement in layout.before:
            execute(self._connection, statement)
        rows = self._copy(layout, itertools.chain((first,), iterator))
        taken = rows
        for statement in layout.after:
            taken = execute(self._connection, statement)
        if taken != rows:
            raise WriteError(
                f"{table}: the target took {taken} of {rows} rows (a trigger or a rule held some back)", table=table
            )
        return rows

    def _copy(self, layout: Layout, batches: Iterable[pa.RecordBatch]) -> int:
        sent = 0
        cursor = self._connection.cursor()
        with cursor.copy(layout.copy.encode()) as copy:
            copy.write(HEADER)
            for batch in batches:
                sent += batch.num_rows
                copy.write(layout.encode(batch))
            copy.write(TRAILER)
        if cursor.rowcount != sent:
            raise WriteError(f"{layout.table}: the target took {cursor.rowcount} of {sent} rows", table=layout.table)
        return sent

    def _column_types(self, table: TableName) -> dict[str, PgType]:
        """The type below each column's domain, as the target has it."""
        if not self._types:
            self._types = read_types(self._connection)
        if table not in self._columns:
            sql = (
                "SELECT attname, atttypid::int8 FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
            )
            rows = query(self._connection, sql, (qualified(table),))
            if not rows and not query(self._connection, "SELECT to_regclass(%s)", (qualified(table),))[0][0]:
                raise WriteError(f"{table} is not in the target", table=table)
            self._columns[table] = {name: base_type(self._types, oid) for name, oid in rows}
        return self._columns[table]


@dataclass(frozen=True)
class Layout:
    """How one table's batches are loaded: straight, or through a stage whose texts the server casts."""

    table: TableName
    types: tuple[PgType, ...]
    stages: tuple[bool, ...]
    before: tuple[str, ...]
    copy: str
    after: tuple[str, ...]

    @classmethod
    def of(cls, table: TableName, schema: pa.Schema, types: Mapping[str, PgType]) -> Layout:
        if missing := [name for name in schema.names if name not in types]:
            raise WriteError(f"{table} has no column {missing[0]} in the target", table=table, column=missing[0])
        found = tuple(types[name] for name in schema.names)
        stages = tuple(staged(field, type_) for field, type_ in zip(schema, found, strict=True))
        names = f" ({', '.join(map(quote, schema.names))})" if schema.names else ""
        target = qualified(table) + names
        if not any(stages):
            return cls(table, found, stages, (), _copy_into(target), ())
        columns = [*zip(map(quote, schema.names), found, stages, strict=True)]
        stage = [f"{name} {'text' if text else type_.declared}" for name, type_, text in columns]
        cast = [from_text(name, type_) if text else name for name, type_, text in columns]
        return cls(
            table, found, stages,
            (f"CREATE TEMPORARY TABLE lookalike_stage ({', '.join(stage)}) ON COMMIT DROP",),
            _copy_into("pg_temp.lookalike_stage"),
            # Written by COPY an identity needs no leave, by INSERT it does.
            (f"INSERT INTO {target} OVERRIDING SYSTEM VALUE SELECT {', '.join(cast)} FROM pg_temp.lookalike_stage",),
        )  # fmt: skip

    def encode(self, batch: pa.RecordBatch) -> memoryview:
        """The batch as COPY rows. Raises WriteError naming the column whose values are not of its type."""
        parts = []
        for array, field, type_, stage in zip(batch.columns, batch.schema, self.types, self.stages, strict=True):
            try:
                parts.append(encode(array, field, type_, stage))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError, TypeError):
                message = f"{self.table}.{field.name}: values of {field.type} do not fit the target's {type_.declared}"
                raise WriteError(message, table=self.table, column=field.name) from None
        return payload(parts, batch.num_rows)


def _copy_into(target: str) -> str:
    return f"COPY {target} FROM STDIN (FORMAT BINARY)"


def _not_made(statement: Statement, error: psycopg.Error) -> Issue:
    return Issue(
        code="object-not-made",
        message=f"{statement.kind} {statement.name} was not made: {ddl_reason(error)}",
        remedy="Make it by hand in the target, or drop what it needs from the plan.",
        table=statement.table,
    )
