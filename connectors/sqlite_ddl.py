"""The DDL of a SQLite file, as SQLite keeps it: every statement of `sqlite_schema` that made these tables and what hangs on them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from connectors.database import Issue, Phase, Script, Statement
from connectors.names import TableName
from connectors.schema import Schema
from connectors.sqlite_describe import OURS
from connectors.sqlite_text import tokens

_OBJECTS = """
    SELECT type, name, tbl_name, sql FROM sqlite_schema
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"""
PAGES = "pages"
"""The kind of a statement that lays out the pages of a file: for one that holds next to nothing yet, and in no transaction."""
_DEFAULT_PAGES = {"page_size": 4096, "auto_vacuum": 0}
_MODULE = re.compile(r"create\s+virtual\s+table\b.*?\busing\s+(\w+)", re.IGNORECASE | re.DOTALL)
_EXTERNAL = re.compile(r"\bcontent\s*=\s*[\"']?[^\s\"',)]", re.IGNORECASE)


def script(connection: sqlite3.Connection, schema: Schema) -> Script:
    """Tables before the rows; indexes, views, virtual tables and triggers after them."""
    wanted = {table.name.name for table in schema.tables}
    views = {view.name.name for view in schema.views}
    statements = list(_settings(connection))
    issues = list(_encoding(connection))
    for type_, name, owner, sql in connection.execute(_OBJECTS):
        if name.lower().startswith(OURS):
            continue
        if type_ == "table" and _MODULE.match(sql):
            statements.extend(_virtual(name, sql))
            issues.append(_virtual_issue(name, sql))
        elif (type_ == "table" and name in wanted) or (type_ == "view" and name in views):
            phase = Phase.BEFORE if type_ == "table" else Phase.AFTER
            statements.append(Statement(phase, type_, name, sql, TableName(name) if type_ == "table" else None))
        elif type_ in ("index", "trigger") and owner in wanted | views:
            kind = "unique" if type_ == "index" and tokens(sql)[1].word == "UNIQUE" else type_
            statements.append(Statement(Phase.AFTER, kind, name, sql, TableName(owner)))
    # Triggers last: filling a full-text table anew must fire none.
    statements.sort(key=lambda statement: statement.kind == "trigger")
    return Script(tuple(statements), tuple(issues), tool="sqlite_schema")


def _settings(connection: sqlite3.Connection) -> Iterator[Statement]:
    """What the file says of itself: the application's numbers, and how its pages lie."""
    for name in ("user_version", "application_id"):
        if value := _pragma(connection, name):
            yield Statement(Phase.BEFORE, "setting", name, f"PRAGMA {name} = {int(value)}")
    pages = {name: _pragma(connection, name) for name in _DEFAULT_PAGES}
    if pages != _DEFAULT_PAGES:
        words = [f"PRAGMA {name} = {int(value)}" for name, value in pages.items()]
        yield Statement(Phase.BEFORE, PAGES, "pages", "; ".join([*words, "VACUUM"]))


def _encoding(connection: sqlite3.Connection) -> Iterator[Issue]:
    encoding = _pragma(connection, "encoding")
    if encoding != "UTF-8":
        message = f"The file keeps its texts in {encoding}, the target in UTF-8: the same texts, unless they are none."
        yield Issue("encoding", message, "Nothing to do.")


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _virtual(name: str, sql: str) -> Iterator[Statement]:
    yield Statement(Phase.AFTER, "virtual table", name, sql)
    if _rebuilds(sql):
        quoted = '"' + name.replace('"', '""') + '"'
        rebuild = f"INSERT INTO {quoted} ({quoted}) VALUES ('rebuild')"
        yield Statement(Phase.AFTER, "virtual table", name, rebuild)


def _virtual_issue(name: str, sql: str) -> Issue:
    filled = "is filled anew from the target's rows" if _rebuilds(sql) else "is made empty: its rows are not copied"
    return Issue(
        code="virtual-table",
        message=f"The virtual table {name} {filled}.",
        remedy="Nothing to do." if _rebuilds(sql) else "Fill it from the target's own tables.",
    )


def _rebuilds(sql: str) -> bool:
    module = _MODULE.match(sql)
    return module is not None and module[1].lower() in ("fts4", "fts5") and bool(_EXTERNAL.search(sql))
