"""Load tables that already have their constraints: switch foreign keys and triggers off, and put all back as it was.

What is dropped is written into the target's undo table in the same transaction, so `restore` finds it after any crash.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from connectors.database import Issue
from connectors.names import TableName
from connectors.pg_catalog import MARKER_SCHEMA
from connectors.pg_connect import Connection, execute, query
from connectors.pg_describe import DEFAULT_SCHEMA, table_name
from connectors.pg_errors import ddl_error
from connectors.pg_sql import qualified
from connectors.pg_types import quote
from connectors.schema import Table

REPLICA_ROLE = "replica role"
KEYS_DROPPED = "foreign keys dropped and re-added"

_TRIGGER_STATES = {"O": "ENABLE TRIGGER", "A": "ENABLE ALWAYS TRIGGER", "R": "ENABLE REPLICA TRIGGER"}

_FAMILY = """WITH RECURSIVE family(oid) AS (
  SELECT unnest(%s::oid[]) UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent
    JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relispartition) """
"""The tables with all their partitions."""


def suspend(connection: Connection, tables: Sequence[Table], *, referrers: bool = False) -> str:
    """Make the tables loadable in any order for this session, in the way the login's rights allow; gives its name.

    With `referrers`, keys of other tables that point here are dropped too, so that rows can be deleted in any order.
    """
    oids = _oids(connection, tables)
    with connection.transaction():
        if replica_role(connection):
            _disable_triggers(connection, oids, "AR")
            return REPLICA_ROLE
        _drop_keys(connection, oids, referrers)
        _disable_triggers(connection, oids, "OA")
    return KEYS_DROPPED


def replica_role(connection: Connection) -> bool:
    """Switch this session's foreign keys and ordinary triggers off; False where the login may not."""
    try:
        with connection.transaction():
            execute(connection, "SET session_replication_role = replica")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def held_keys(connection: Connection, tables: Sequence[Table]) -> tuple[TableName, ...]:
    """Tables whose foreign keys this login can neither ignore nor drop, so that `suspend` would fail."""
    with connection.transaction(force_rollback=True):
        if replica_role(connection):
            return ()
    sql = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = ANY(%s::oid[]) AND NOT pg_has_role(c.relowner, 'USAGE')
          AND EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') ORDER BY c.oid"""
    return tuple(table_name(schema, name) for schema, name in query(connection, sql, (_oids(connection, tables),)))


def restore(connection: Connection) -> list[Issue]:
    """Carry out and forget every line of the undo table, triggers last, each in its own transaction."""
    if query(connection, "SHOW session_replication_role")[0][0] == "replica":
        execute(connection, "RESET session_replication_role")
    issues = []
    undo = query(
        connection,
        f"SELECT ordinal, kind, table_schema, table_name, name, statement FROM {MARKER_SCHEMA}.undo ORDER BY kind, ordinal",
    )
    for ordinal, kind, schema, name, object_name, statement in undo:
        issue = _restored(connection, kind, table_name(schema, name), object_name, statement, ordinal)
        issues += [issue] if issue else []
    return issues


def add_key(connection: Connection, statement: str, table: TableName, name: str) -> Issue | None:
    """Add a foreign key; an Issue where rows without a parent are there, and the key is NOT VALID or could not be."""
    try:
        with connection.transaction():
            execute(connection, statement)
    except psycopg.errors.ForeignKeyViolation:
        return _add_unvalidated(connection, statement, table, name)
    return None


def _add_unvalidated(connection: Connection, statement: str, table: TableName, name: str) -> Issue:
    code, fate = "foreign-key-not-validated", "was added NOT VALID"
    try:
        with connection.transaction():
            execute(connection, f"{statement.rstrip().rstrip(';')} NOT VALID")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.WrongObjectType):
        # Before PostgreSQL 18 a partitioned table has no such keys.
        code, fate = "foreign-key-not-made", "was not made"
    return Issue(
        code=code,
        message=f"foreign key {name} of {table} {fate}: rows without a parent are there",
        remedy="Compare the orphans of source and target.",
        table=table,
    )


def _restored(
    connection: Connection, kind: str, table: TableName, name: str, statement: str, ordinal: int
) -> Issue | None:
    issue = None
    try:
        with connection.transaction():
            if kind == "foreign key":
                issue = add_key(connection, statement, table, name)
            else:
                execute(connection, statement)
            execute(connection, f"DELETE FROM {MARKER_SCHEMA}.undo WHERE ordinal = %s", (ordinal,))
    except psycopg.Error as error:
        raise ddl_error(error, kind, name, table) from None
    return issue


def _oids(connection: Connection, tables: Sequence[Table]) -> list[int]:
    names = [qualified(table.name) for table in tables]
    return [
        row[0]
        for row in query(connection, "SELECT to_regclass(n)::oid::int8 FROM unnest(%s::text[]) n", (names,))
        if row[0]
    ]


def _drop_keys(connection: Connection, oids: list[int], referrers: bool) -> None:
    rows = query(
        connection,
        _FAMILY
        + """SELECT n.nspname, c.relname, k.conname, c.relkind = 'p', pg_get_constraintdef(k.oid) FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid IN (SELECT oid FROM family)
          OR %s AND k.confrelid IN (SELECT oid FROM family)) ORDER BY k.oid""",
        (oids, referrers),
    )
    for schema, name, key, partitioned, definition in rows:
        table = f"{'' if partitioned else 'ONLY '}{quote(schema)}.{quote(name)}"
        statement = f"ALTER TABLE {table} ADD CONSTRAINT {quote(key)} {definition}"
        _ledger(connection, "foreign key", schema, name, key, statement)
        execute(connection, f"ALTER TABLE {table} DROP CONSTRAINT {quote(key)}")


def _disable_triggers(connection: Connection, oids: list[int], states: str) -> None:
    rows = query(
        connection,
        _FAMILY
        + """SELECT n.nspname, c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND t.tgenabled::text = ANY(%s) AND t.tgrelid IN (SELECT oid FROM family) ORDER BY t.oid""",
        (oids, list(states)),
    )
    for schema, name, trigger, state in rows:
        # ONLY: each partition's clone is a row of its own here, with a state of its own.
        table = f"ALTER TABLE ONLY {quote(schema)}.{quote(name)}"
        _ledger(connection, "trigger", schema, name, trigger, f"{table} {_TRIGGER_STATES[state]} {quote(trigger)}")
        execute(connection, f"{table} DISABLE TRIGGER {quote(trigger)}")


def _ledger(connection: Connection, kind: str, schema: str, table: str, name: str, statement: str) -> None:
    execute(
        connection,
        f"INSERT INTO {MARKER_SCHEMA}.undo (kind, table_schema, table_name, name, statement) VALUES (%s, %s, %s, %s, %s)",
        (kind, schema or DEFAULT_SCHEMA, table, name, statement),
    )
