"""What people said that each column holds (`README.md` has their rules)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Label:
    database: str
    table: str
    column: str
    entity: str | None
    doubtful: str
    """Why another person might decide otherwise; empty: hardly anybody would."""
    given: str
    """`yes` or `trap` (looks personal, is not): it came with the data."""

    @property
    def place(self) -> tuple[str, str]:
        return self.table, self.column


def read_labels(name: str) -> list[Label]:
    """Of `labels.csv` or `labels_more.csv`."""
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return [label(row) for row in csv.DictReader(lines)]


def label(row: dict[str, str]) -> Label:
    entity = None if row["entity"] == "none" else row["entity"]
    return Label(row["database"], row["table"], row["column"], entity, row["doubtful"], row["given"])
