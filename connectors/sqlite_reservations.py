"""Where a SQLite file keeps its reservations."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from connectors.errors import TargetError
from connectors.reservations import TABLE
from connectors.sqlite_describe import OURS
from connectors.sqlite_errors import code, sentence


class SQLiteReservations:
    relation = f"{OURS}reservation"
    insert = ("INSERT OR IGNORE", "")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def exists(self) -> bool:
        return bool(self.select("SELECT 1 FROM sqlite_schema WHERE name = ?", self.relation))

    def make(self) -> None:
        self.run(f"CREATE TABLE IF NOT EXISTS {self.relation} ({TABLE})")

    def run(self, sql: str, *values: str) -> None:
        self.select(sql, *values)

    def select(self, sql: str, *values: str) -> Sequence[Sequence[Any]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise TargetError(f"the reservations of the target: {sentence(error)}", code=code(error)) from None
