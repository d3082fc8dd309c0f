"""Empty tables, and take away what a fresh load has made."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from connectors.pg_catalog import MARKER_SCHEMA
from connectors.pg_connect import Connection, execute, query
from connectors.pg_errors import write_error
from connectors.pg_existing import KEYS_DROPPED, restore, suspend
from connectors.pg_sql import qualified
from connectors.schema import Schema, Table

_AT_ONCE = 500
_ON_TRUNCATE = """
SELECT EXISTS (SELECT FROM pg_trigger WHERE tgtype & 32 > 0 AND tgenabled <> 'D' AND tgrelid = ANY(
  SELECT to_regclass(n) FROM unnest(%s::text[]) n))
"""


def empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Delete every row of these tables and fire no trigger: one TRUNCATE, or DELETEs where others refer to them."""
    if not tables:
        return
    names = ", ".join(_rows_of(table) for table in tables)
    try:
        if query(connection, _ON_TRUNCATE, ([qualified(table.name) for table in tables],))[0][0]:
            _delete(connection, tables)
        else:
            execute(connection, f"TRUNCATE {names}")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.InsufficientPrivilege):
        _delete(connection, tables)
    except psycopg.Error as error:
        raise write_error(error, tables[0].name) from None


def clear(connection: Connection, table: Table) -> None:
    """Delete every row of one table, inside the caller's transaction."""
    try:
        with connection.transaction():
            execute(connection, f"TRUNCATE {_rows_of(table)}")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.InsufficientPrivilege):
        execute(connection, f"DELETE FROM {_rows_of(table)}")


def drop(connection: Connection, schema: Schema) -> None:
    """Drop these tables, and every view, sequence, type and function that our own steps made.

    What others have built upon the tables since (a view of a tester's own) goes with them; all else of theirs stays.
    """
    names = [qualified(table.name) for table in schema.tables]
    with connection.transaction():
        execute(connection, "SET LOCAL client_min_messages = warning")
        for start in range(0, len(names), _AT_ONCE):
            execute(connection, f"DROP TABLE IF EXISTS {', '.join(names[start : start + _AT_ONCE])} CASCADE")
        _drop_made(connection)


def _delete(connection: Connection, tables: Sequence[Table]) -> None:
    # The undo table makes this safe to interrupt; begin() finds foreign keys gone and leaves them to finish().
    try:
        with connection.transaction():
            strategy = suspend(connection, tables, referrers=True)
            for table in tables:
                execute(connection, f"DELETE FROM {_rows_of(table)}")
        if strategy == KEYS_DROPPED:
            restore(connection)
    except psycopg.Error as error:
        raise write_error(error, tables[0].name) from None


def _rows_of(table: Table) -> str:
    return f"{'' if table.partition_key else 'ONLY '}{qualified(table.name)}"


def _drop_made(connection: Connection) -> None:
    """Latest first, so that nothing is asked to go before what needs it; what others need by now stays."""
    if not query(connection, f"SELECT to_regclass('{MARKER_SCHEMA}.made') IS NOT NULL")[0][0]:
        return
    made = query(
        connection,
        f"SELECT i.type, i.identity FROM {MARKER_SCHEMA}.made m, pg_identify_object(m.class, m.object, 0) i "
        "WHERE i.identity IS NOT NULL ORDER BY m.class = 'pg_namespace'::regclass, m.object DESC",
    )
    for kind, identity in made:
        try:
            with connection.transaction():
                execute(connection, f"DROP {kind.upper()} {identity}")
        except (
            psycopg.errors.DependentObjectsStillExist,
            psycopg.errors.UndefinedObject,
            psycopg.errors.UndefinedFunction,
        ):
            continue
    execute(connection, f"DELETE FROM {MARKER_SCHEMA}.made")
