"""What a selection is, for those who load by it: which rows of each table, in which order, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from connectors.names import TableName


@dataclass(frozen=True, slots=True)
class Selected:
    """How much of one table is selected."""

    table: TableName
    whole: bool
    """Every row, and none of them is named: the table is read as without a subset."""
    rows: int
    direct: int = 0
    """Roots, rows of a whole table, and rows that a coverage goal asked for."""
    upstream: int = 0
    """Parents that selected rows refer to."""
    downstream: int = 0
    """Children that were followed."""
    orphans: Mapping[str, int] = field(default_factory=dict)
    """Foreign key -> selected rows with a complete key and no parent in the source."""
    nulled: Mapping[str, int] = field(default_factory=dict)
    """Foreign key -> selected rows whose key is set NULL, since its parent is not selected (`missing = "null"`)."""
    files: str = ""
    """Where its rows lay when they were selected, as `RowIds` says it."""


@dataclass(frozen=True, slots=True)
class Brought:
    """How many rows one foreign key brought in, for the table that says where a subset's rows come from."""

    child: TableName
    key: str
    down: bool
    rows: int


class Selection(Protocol):
    """The selected rows of every table. Safe to ask from several threads. Holds row ids encrypted where they are cell values."""

    tables: Mapping[TableName, Selected]
    brought: tuple[Brought, ...]

    def ids(self, table: TableName, start: int, stop: int) -> pa.Table:
        """The ids of the selected rows number `start` to `stop`, in an order that is the same each time the same rows are selected."""

    def batches(self, table: TableName, start: int, stop: int, rows: int) -> Iterator[pa.Table]:
        """The same in parts of at most `rows`."""

    def nulled(self, table: TableName, key: str, ids: pa.Table) -> pa.BooleanArray:
        """For each of these rows: is that foreign key set NULL?"""

    def digests(self) -> Mapping[str, str]:
        """What tells these rows from others: table -> a digest of which are selected; a whole table has none."""

    def close(self) -> None:
        """Delete what is kept of it."""
