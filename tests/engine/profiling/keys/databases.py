"""Small databases whose keys nobody declares."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors import open_database
from engine.profiling.finding import NotExamined
from engine.profiling.keys.infer import infer_keys
from engine.profiling.keys.inferred import InferredKey
from engine.profiling.sampling import sample_table

Inferred = tuple[tuple[InferredKey, ...], tuple[NotExamined, ...]]


def write(path: Path, script: str, rows: Mapping[str, Any]) -> str:
    """The URL of a new SQLite file with these tables and rows."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(script)
        for table, values in rows.items():
            for row in values:
                connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', row)
    return f"sqlite:///{path}"


def inferred(url: str, statements: Sequence[str] = (), *, rows: int = 1000, seconds: float = 30.0) -> Inferred:
    with open_database(url) as source:
        schema = source.describe()
        with source.snapshot() as snapshot:
            samples = {table.name: sample_table(snapshot, table, rows) for table in schema.tables}
            return infer_keys(schema, snapshot, samples, statements, seconds=seconds)


def said(found: Inferred) -> set[str]:
    return {str(key) for key in found[0]}
