"""Try a CHECK that nobody could prove on a masked sample, in a database of our own in memory: neither side is written."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.database import Database
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Check, Table
from engine.check_conditions import Trial
from engine.condition_text import SQLGLOT
from engine.keys import SECRET_BYTES, MaskingKey
from engine.masking.base import MaskError
from engine.plan import Plan
from engine.preview import preview
from engine.problems import PlanError

ROWS = 500


def sample_trial(plan: Plan, source: Database, key: MaskingKey | None = None) -> Trial:
    """Asks of a condition whether masked sample rows pass it. None where there are no rows, or nobody here can evaluate it.

    Without a key a random one serves: a condition that holds under one key holds under another, or it is not proven at all.
    """
    key = key or MaskingKey("trial", os.urandom(SECRET_BYTES))
    samples: dict[TableName, pa.RecordBatch | None] = {}

    def tried(table: Table, check: Check) -> bool | None:
        if table.name not in samples:
            samples[table.name] = _sample(plan, source, key, table.name)
        rows = samples[table.name]
        return passes(rows, check.expression, source.dialect) if rows is not None else None

    return tried


def _sample(plan: Plan, source: Database, key: MaskingKey, table: TableName) -> pa.RecordBatch | None:
    try:
        return preview(plan, source, key, table, ROWS).after
    except (PlanError, DatabaseError, MaskError, ValueError, TypeError, LookupError):
        # The plan is being checked, so it may be wrong in any way; the check itself says in which.
        return None


def passes(rows: pa.RecordBatch, expression: str, dialect: str) -> bool | None:
    """Is the condition true or unknown for every row, as SQL's CHECK has it?"""
    count = failing(rows, expression, dialect)
    return None if count is None else count == 0


def failing(rows: pa.RecordBatch, expression: str, dialect: str) -> int | None:
    """Rows for which the condition is false; None where there are no rows, or nobody here can evaluate it."""
    if not rows.num_rows:
        return None
    try:
        condition = _unqualified(sqlglot.parse_one(expression, read=SQLGLOT.get(dialect, dialect))).sql("sqlite")
        return _failing(rows, condition)
    except (SqlglotError, sqlite3.Error, OverflowError, ValueError):
        # The condition, or a value (a number beyond 64 bits, a day before the year 1), is not for SQLite or Python.
        return None


def _unqualified(condition: exp.Expr) -> exp.Expr:
    """Names without their table, and quoted, for the sample has one table and the source's spelling."""
    for column in condition.find_all(exp.Column):
        column.set("table", None)
        column.this.set("quoted", True)
    return condition


def _failing(rows: pa.RecordBatch, condition: str) -> int:
    connection = sqlite3.connect(":memory:")
    try:
        connection.create_function("regexp", 2, _matches, deterministic=True)
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in rows.schema.names)
        connection.execute(f"CREATE TABLE sample ({names})")
        marks = ", ".join("?" * rows.num_columns)
        connection.executemany(f"INSERT INTO sample VALUES ({marks})", _plain(rows))
        return int(connection.execute(f"SELECT count(*) FROM sample WHERE NOT ({condition})").fetchone()[0])
    finally:
        connection.close()


def _plain(rows: pa.RecordBatch) -> Sequence[tuple[Any, ...]]:
    """A screenful of rows as SQLite compares them: numbers as numbers, moments as ISO text."""
    return list(zip(*([_value(value) for value in column.to_pylist()] for column in rows.columns), strict=True))


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(datetime.min + value)[11:]
    return value


def _matches(pattern: str | None, value: Any) -> bool | None:
    return None if pattern is None or value is None else re.search(pattern, str(value)) is not None
