"""What readers of several dialects share: counting questions, key ranges, batches of bounded rows and bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from connectors.database import Chunk, Limit
from connectors.errors import DatabaseError, Lost, SnapshotLost
from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Unique
from connectors.sql import Sql

Bound = tuple[Any, ...]


def unshared(at: str | None) -> None:
    """Of a dialect whose moments cannot be shared. Raises SnapshotLost when a shared one is asked for."""
    if at is not None:
        raise SnapshotLost("a snapshot of this database cannot be read over a second connection")


class Counts(ABC):
    """Questions that are answered by a number; none of them returns a cell."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def unusable(self, view: TableName) -> str | None:
        try:
            self._number(view, self._sql.nothing(view))
        except Lost:
            raise
        except DatabaseError as error:
            return error.code or "error"
        return None

    def count(self, table: TableName) -> int:
        return self._number(table, self._sql.count(table))

    def greatest(self, table: TableName, column: str, below: int) -> int | None:
        found = self._row(table, self._sql.greatest(table, column, below))[0]
        return None if found is None else int(found)

    def orphans(self, table: TableName, key: ForeignKey) -> int:
        return self._number(table, self._sql.orphans(table, key))

    def duplicates(self, table: TableName, unique: Unique) -> int:
        return self._number(table, self._sql.duplicates(table, unique))

    def failures(self, table: TableName, check: Check) -> int:
        return self._number(table, self._sql.failures(table, check))

    def beyond(self, table: TableName, asked: Sequence[tuple[Column, Limit]]) -> tuple[int, ...]:
        conditions = [self._sql.exceeds(column, limit) for column, limit in asked]
        known = [condition for condition in conditions if condition is not None]
        numbers = iter(self._row(table, self._sql.counts(table, known)) if known else ())
        return tuple(0 if condition is None else int(next(numbers) or 0) for condition in conditions)

    def respelt(self, table: TableName, key: ForeignKey, *, caseless: bool) -> int:
        return self._number(table, self._sql.respelt(table, key, caseless=caseless))

    @abstractmethod
    def _row(self, table: TableName, sql: str) -> Sequence[Any]:
        """The only row of this query. Raises ReadError."""

    def _number(self, table: TableName, sql: str) -> int:
        return int(self._row(table, sql)[0])


def key_ranges(table: TableName, following: Callable[[Bound | None], Bound | None]) -> list[Chunk]:
    """Chunks from bound to bound, the last one open. `following` gives the next bound, or None where there is none."""
    found: list[Chunk] = []
    lower: Bound | None = None
    while (upper := following(lower)) is not None:
        found.append(Chunk(table, len(found), lower, upper))
        lower = upper
    return [*found, Chunk(table, len(found), lower)]


def sliced(batch: pa.RecordBatch, rows: int, size: int) -> Iterator[pa.RecordBatch]:
    """The batch in zero-copy parts of at most `rows` rows and `size` bytes; one row may exceed `size` alone."""
    if batch.num_rows > 1 and (batch.num_rows > rows or batch.nbytes > size):
        middle = (batch.num_rows + 1) // 2
        yield from sliced(batch.slice(0, middle), rows, size)
        yield from sliced(batch.slice(middle), rows, size)
    else:
        yield batch
