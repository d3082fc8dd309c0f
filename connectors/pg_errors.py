"""PostgreSQL's errors as our sentences: SQLSTATE, names of tables, columns and constraints; never a value, never a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg

from connectors.errors import AskedError, DatabaseError, DdlError, Lost, ReadError, TargetError, WriteError
from connectors.names import TableName

_STATES = {
    "23505": "two rows are equal under a unique key",
    "23503": "a row refers to a parent that is not there",
    "23502": "a column that must not be NULL is NULL",
    "23514": "a row breaks a CHECK",
    "23P01": "two rows break an exclusion constraint",
    "22001": "a text is longer than its column",
    "22003": "a number is out of its column's range",
    "22007": "a date or time is not one",
    "22008": "a date or time is out of range",
    "22021": "a text holds a NUL character or is no text in this database's encoding",
    "22P02": "a value is not of its column's type",
    "22P03": "a column's type differs from the source's",
    "08P01": "a column's type differs from the source's",
    "42501": "this login lacks the right",
    "42804": "a column's type differs from the source's",
    "53100": "the disk is full",
    "53200": "the server is out of memory",
    "57014": "the statement was cancelled",
    "55P03": "another session holds a lock on it",
    "40P01": "a deadlock with another session",
    "42P01": "the table is not there",
    "42703": "a column is not there",
    "25006": "the database is read-only",
}
_CLASSES = {
    "08": "the connection broke", "22": "a value does not fit", "23": "a constraint is broken",
    "40": "the transaction was rolled back",
    "53": "the server is out of resources", "54": "a limit of the server is exceeded", "55": "an object is in use or not ready",
    "57": "the server is stopping", "58": "the server met a system error", "XX": "the server met an internal error",
}  # fmt: skip
_CONDITIONS = {
    "25006": "it writes",
    "42501": "this login lacks the right",
    "42601": "its SQL is not well formed",
    "42703": "it names a column that is not there",
    "42P01": "it names a table that is not there",
    "42702": "a column's name is ambiguous in it",
    "42803": "it uses an aggregate where none can be",
    "42804": "it is neither true nor false, or a type in it does not fit",
    "42883": "it calls a function that is not there, or compares types that cannot be compared",
    "22012": "it divides by zero",
    "22": "a value does not fit a type in it",
    "42": "its SQL is not valid",
    "21": "a subquery in it gives several rows",
    "25": "it changes the transaction",
    "57": "it was cancelled",
}
"""Of what a person wrote, by state or class."""

_NAMES_ONLY = ("3D", "3F", "42", "0A", "58", "55", "2B")
"""Classes of errors whose text names objects and never a value."""


def sentence(error: psycopg.Error) -> str:
    """What happened, without any of the words in which the server quotes data."""
    state = error.sqlstate or ""
    text = _STATES.get(state) or _CLASSES.get(state[:2]) or "the database refused"
    return f"{text} (SQLSTATE {state})" if state else "the connection to the database broke"


def read_error(error: psycopg.Error, table: TableName | None = None) -> DatabaseError:
    if is_lost(error):
        return Lost("the connection to the source broke, and its snapshot with it", table=table, code=error.sqlstate)
    where = f"{table} cannot be read" if table else "the catalog cannot be read"
    return ReadError(f"{where}: {sentence(error)}", table=table, code=error.sqlstate)


def condition_error(state: str | None, table: TableName) -> DatabaseError:
    """A person's condition or expression that the server does not take, without a word of its own."""
    code = state or ""
    reason = _CONDITIONS.get(code) or _CONDITIONS.get(code[:2]) or "it cannot be computed"
    return AskedError(
        f"{table}: the database refuses a condition or expression on this table: {reason} (SQLSTATE {code})",
        table=table, code=state,
    )  # fmt: skip


def write_error(error: psycopg.Error, table: TableName, columns: Sequence[str] = ()) -> DatabaseError:
    """Names what refused the row: the constraint and the column, where the server says."""
    if is_lost(error):
        return Lost(f"the connection to the target broke while {table} was loaded", table=table, code=error.sqlstate)
    constraint = error.diag.constraint_name
    column = error.diag.column_name or _column_of(error.diag.context, columns)
    places = [f"column {column}" if column else "", f"constraint {constraint}" if constraint else ""]
    where = ", ".join(place for place in places if place)
    return WriteError(
        f"{table}: the target refused a row{f' ({where})' if where else ''}: {sentence(error)}",
        table=table, column=column, constraint=constraint, code=error.sqlstate,
    )  # fmt: skip


def ddl_error(error: psycopg.Error, kind: str, name: str, table: TableName | None = None) -> DatabaseError:
    if is_lost(error):
        return Lost(f"the connection to the target broke at {kind} {name}", table=table, code=error.sqlstate)
    return DdlError(
        f"{kind} {name} could not be made: {ddl_reason(error)}",
        table=table, constraint=error.diag.constraint_name, code=error.sqlstate,
    )  # fmt: skip


@contextmanager
def mapping(doing: str, kind: type[DatabaseError] = TargetError) -> Iterator[None]:
    """psycopg's errors become ours: `doing`, and why not."""
    try:
        yield
    except psycopg.Error as error:
        if is_lost(error):
            raise Lost(f"{doing}: the connection to the server broke", code=error.sqlstate) from None
        raise kind(f"{doing}: {sentence(error)}", code=error.sqlstate) from None


def ddl_reason(error: psycopg.Error) -> str:
    """The server's own first line where it can only name objects, else our sentence."""
    state, text = error.sqlstate or "", error.diag.message_primary
    # 42601 is a syntax error and repeats a piece of the text, which may be a default or a comment with data in it.
    if text and state.startswith(_NAMES_ONLY) and state != "42601":
        return f"{text} (SQLSTATE {state})"
    return sentence(error)


def is_lost(error: psycopg.Error) -> bool:
    state = error.sqlstate or ""
    return (state.startswith("08") and state != "08P01") or state in ("57P01", "57P02", "57P03") or _closed(error)


def _closed(error: psycopg.Error) -> bool:
    return error.sqlstate is None and isinstance(error, psycopg.OperationalError)


def _column_of(context: str | None, columns: Iterable[str]) -> str | None:
    """The column in COPY's context line (`COPY t, line 5, column c: "..."`), found among known names: nothing else escapes."""
    line = (context or "").partition("\n")[0]
    found = [name for name in columns if line.endswith(f", column {name}") or f", column {name}: " in line]
    return max(found, key=len, default=None)
