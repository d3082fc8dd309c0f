"""SQLite's errors as sentences of ours: its own texts may quote what a cell holds."""

from __future__ import annotations

import re
import sqlite3

_SENTENCES = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the file cannot be written",
    "SQLITE_BUSY": "another program holds the database locked",
    "SQLITE_LOCKED": "another connection holds the table locked",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_NOTADB": "the file is not a SQLite database",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_IOERR": "reading or writing the file failed",
    "SQLITE_PERM": "access to the file is not permitted",
    "SQLITE_AUTH": "access to the file is not permitted",
    "SQLITE_TOOBIG": "a value is larger than SQLite allows",
    "SQLITE_NOMEM": "there is not enough memory",
    "SQLITE_CONSTRAINT_UNIQUE": "a value is there twice",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "a key is there twice",
    "SQLITE_CONSTRAINT_ROWID": "a key is there twice",
    "SQLITE_CONSTRAINT_NOTNULL": "a value is missing where the column demands one",
    "SQLITE_CONSTRAINT_CHECK": "a CHECK is not fulfilled",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "a foreign key finds no parent",
    "SQLITE_CONSTRAINT_DATATYPE": "a value is of a type that this STRICT table refuses",
    "SQLITE_CONSTRAINT_TRIGGER": "a trigger refused the row",
    "SQLITE_MISMATCH": "the key is not a whole number",
}
_NAMES = re.compile(r"(?:UNIQUE|NOT NULL) constraint failed: (.+)\Z|CHECK constraint failed: (\w+)\Z")


def code(error: BaseException) -> str:
    """`SQLITE_FULL`, `SQLITE_CONSTRAINT_UNIQUE`...; empty where the driver itself complained."""
    return str(getattr(error, "sqlite_errorname", "") or "")


def sentence(error: BaseException) -> str:
    """What happened, without a value."""
    name = code(error)
    for length in (3, 2):
        found = _SENTENCES.get("_".join(name.split("_")[:length]))
        if found:
            return found
    return f"SQLite reports {name or type(error).__name__}"


def constraint(error: BaseException) -> str | None:
    """The columns or the CHECK that refused a row, as SQLite names them."""
    match = _NAMES.match(str(error)) if isinstance(error, sqlite3.IntegrityError) else None
    return next((group for group in match.groups() if group), None) if match else None
