"""What a run writes down in its target: marker, chunks, DDL steps, things to undo and things made, in a schema of our own."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import psycopg

from connectors.database import Marker, State, Statement
from connectors.errors import TargetError
from connectors.names import TableName
from connectors.pg_catalog import MARKER_SCHEMA
from connectors.pg_connect import Connection, execute, query
from connectors.pg_describe import table_name

TABLES = f"""
CREATE SCHEMA IF NOT EXISTS {MARKER_SCHEMA};
CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.marker (run text PRIMARY KEY, fingerprint text NOT NULL, state text NOT NULL,
  source text NOT NULL, started text NOT NULL, fresh boolean NOT NULL, version text NOT NULL);
CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.chunk (table_schema text, table_name text, ordinal integer, rows bigint NOT NULL,
  PRIMARY KEY (table_schema, table_name, ordinal));
CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.step (digest text PRIMARY KEY, name text NOT NULL);
CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.undo (ordinal integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, kind text NOT NULL,
  table_schema text NOT NULL, table_name text NOT NULL, name text NOT NULL, statement text NOT NULL);
CREATE TABLE IF NOT EXISTS {MARKER_SCHEMA}.made (class oid, object oid, PRIMARY KEY (class, object))
"""

MADE = f"""
INSERT INTO {MARKER_SCHEMA}.made
SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE xmin = %s::text::xid
UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.xmin = %s::text::xid AND (t.typelem = 0 OR t.typtype = 'd') AND t.typtype IN ('e', 'd', 'r', 'c', 'b')
  AND coalesce(c.relkind, 'c') = 'c'
UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class WHERE xmin = %s::text::xid AND relkind IN ('S', 'v', 'm', 'f')
UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation WHERE xmin = %s::text::xid
UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE xmin = %s::text::xid AND oprcode <> 0
UNION ALL SELECT 'pg_namespace'::regclass, oid FROM pg_namespace WHERE xmin = %s::text::xid
UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE xmin = %s::text::xid
UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE xmin = %s::text::xid
ON CONFLICT DO NOTHING
"""
"""What the current transaction put into the catalogs, so that `drop` finds it again under whatever name."""

_MAKES_NOTHING_ELSE = {"table", "index", "unique", "foreign key", "check", "default", "comment", "trigger", "table attach",
                       "index attach", "sequence owned by", "materialized view data"}  # fmt: skip


STAGED = "s_"
"""Begins the names of staging tables."""


def exists(connection: Connection, name: str = "marker") -> bool:
    return bool(query(connection, f"SELECT to_regclass('{MARKER_SCHEMA}.{name}') IS NOT NULL")[0][0])


def read(connection: Connection, name: str = "marker") -> Marker | None:
    """The marker of the target, or that of its staging."""
    if not exists(connection, name):
        return None
    columns = "run, fingerprint, state, source, started, fresh, version"
    rows = query(connection, f"SELECT {columns} FROM {MARKER_SCHEMA}.{name}")
    if not rows:
        return None
    run, fingerprint, state, source, started, fresh, version = rows[0]
    return Marker(run, fingerprint, State(state), source, started, fresh, version)


def prepare(connection: Connection) -> None:
    """Make our schema and its tables where they are missing. Raises TargetError without the right to."""
    try:
        with connection.transaction():
            execute(connection, "SET LOCAL client_min_messages = error")
            execute(connection, TABLES)
    except psycopg.errors.InsufficientPrivilege:
        raise TargetError(
            f"this login may not make the schema {MARKER_SCHEMA} in the target: GRANT CREATE ON DATABASE to it",
            code="42501",
        ) from None


def claim(connection: Connection, marker: Marker) -> None:
    """Write the marker over whatever stands there, except another run's claim. Chunks and steps of an older run go."""
    prepare(connection)
    with connection.transaction():
        execute(connection, f"LOCK TABLE {MARKER_SCHEMA}.marker IN EXCLUSIVE MODE")
        holder = read(connection)
        if holder is not None and holder.run != marker.run:
            if holder.state is State.LOADING:
                raise TargetError(
                    f"run {holder.run} has claimed the target and has not finished: resume or release it first"
                )
            for table in ("chunk", "step", "marker"):
                execute(connection, f"DELETE FROM {MARKER_SCHEMA}.{table}")
        write(connection, replace(marker, state=State.LOADING))


def write(connection: Connection, marker: Marker, name: str = "marker") -> None:
    execute(
        connection,
        f"INSERT INTO {MARKER_SCHEMA}.{name} VALUES (%s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (run) DO UPDATE SET state = excluded.state",
        (
            marker.run,
            marker.fingerprint,
            marker.state.value,
            marker.source,
            marker.started,
            marker.fresh,
            marker.version,
        ),
    )


def set_state(connection: Connection, state: State) -> None:
    """The new state; `complete` needs chunks and steps no more."""
    with connection.transaction():
        execute(connection, f"UPDATE {MARKER_SCHEMA}.marker SET state = %s", (state.value,))
        if state is State.COMPLETE:
            execute(connection, f"DROP TABLE IF EXISTS {MARKER_SCHEMA}.chunk, {MARKER_SCHEMA}.step")


def done(connection: Connection) -> dict[tuple[TableName, int], int]:
    if not query(connection, f"SELECT to_regclass('{MARKER_SCHEMA}.chunk') IS NOT NULL")[0][0]:
        return {}
    rows = query(connection, f"SELECT table_schema, table_name, ordinal, rows FROM {MARKER_SCHEMA}.chunk")
    return {(table_name(schema, name), ordinal): count for schema, name, ordinal, count in rows}


def chunk_rows(connection: Connection, schema: str, name: str, ordinal: int) -> int | None:
    """Rows of a chunk that is committed, None where it is not."""
    where = "table_schema = %s AND table_name = %s AND ordinal = %s"
    found = query(connection, f"SELECT rows FROM {MARKER_SCHEMA}.chunk WHERE {where}", (schema, name, ordinal))
    return found[0][0] if found else None


def add_chunk(connection: Connection, schema: str, name: str, ordinal: int, rows: int) -> None:
    execute(connection, f"INSERT INTO {MARKER_SCHEMA}.chunk VALUES (%s, %s, %s, %s)", (schema, name, ordinal, rows))


def forget(connection: Connection, schema: str, name: str) -> None:
    """The chunks of this table were never loaded."""
    where = "table_schema = %s AND table_name = %s"
    execute(connection, f"DELETE FROM {MARKER_SCHEMA}.chunk WHERE {where}", (schema, name))


def is_its_own(error: psycopg.Error) -> bool:
    """Was the chunk row itself refused, because another session has just committed the same chunk?"""
    return isinstance(error, psycopg.errors.UniqueViolation) and error.diag.schema_name == MARKER_SCHEMA


def digest(statement: Statement) -> str:
    """What a DDL step is recognised by after a crash."""
    text = "\0".join((statement.phase, statement.kind, statement.name, statement.sql))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def add_step(connection: Connection, statement: Statement) -> None:
    """Record the step, and what the current transaction has made beside tables."""
    execute(connection, f"INSERT INTO {MARKER_SCHEMA}.step VALUES (%s, %s)", (digest(statement), statement.name))
    if statement.kind in _MAKES_NOTHING_ELSE:
        return
    transaction = query(connection, "SELECT txid_current() % 4294967296")[0][0]
    execute(connection, MADE, (str(transaction),) * MADE.count("%s"))
