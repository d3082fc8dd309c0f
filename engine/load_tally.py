"""What a load has moved so far: the chunks of each table in whatever order they end, their measures added up, and the progress."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.database import Chunk
from connectors.names import TableName
from engine.jobs.control import Progress, Stands, TableProgress
from engine.load_sides import Sides, TableLoad
from engine.record import (
    Measures,
    Measuring,
    TableRecord,
    plain_uniques,
    shortest_told,
    widths,
    without_sketches,
)


@dataclass
class _Open:
    """A table of which some chunks are still to come."""

    load: TableLoad
    whole: Measuring
    chunks: int
    left: set[int]
    orphans: tuple[int, ...] | None = None
    unreadable: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)


class Tally:
    """Called by every lane; holds the sketches of the tables in hand alone."""

    def __init__(self, sides: Sides, tables: Sequence[TableLoad], report: Callable[[Progress], None]) -> None:
        self._sides, self._report = sides, report
        self._order = [table.source.name for table in tables]
        estimates = [table.source.estimated_rows for table in tables]
        self._estimated = sum(rows or 0 for rows in estimates) if any(rows is not None for rows in estimates) else None
        self._lock = threading.RLock()
        self._open: dict[TableName, _Open] = {}
        self._records: dict[TableName, TableRecord] = {}
        self._latest: TableLoad | None = None
        self._rows: Counter[TableName] = Counter()
        report(Progress("load", tables=tuple(_stands(table, 0, Stands.WAITING) for table in tables)))

    def begin(self, table: TableLoad, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Open a table; gives the chunks that an earlier attempt has not committed."""
        name = table.source.name
        with self._lock:
            open_ = _Open(table, self._measuring(table), len(chunks), {chunk.ordinal for chunk in chunks})
            self._open[name] = open_
            for chunk in chunks:
                rows = self._sides.done.get((table.target.name, chunk.ordinal))
                if rows is not None:
                    open_.whole.merge(self._sides.store.measures(name, chunk.ordinal))
                    open_.left.discard(chunk.ordinal)
                    self.count(table, rows)
            return [chunk for chunk in chunks if chunk.ordinal in open_.left]

    def part(self, table: TableLoad) -> Measuring:
        """Measures of one chunk, that start where the table's sketches have come to."""
        with self._lock:
            return self._measuring(table, self._open[table.source.name].whole.limits)

    def writes(self, table: TableLoad) -> None:
        """A lane begins to write chunks of this table."""
        with self._lock:
            if self._latest is None or self._place(table) > self._place(self._latest):
                self._latest = table
                self._tell(_stands(table, self._rows[table.source.name], Stands.ACTIVE))

    def count(self, table: TableLoad, rows: int) -> None:
        """Rows were sent (or, negative, taken back with their chunk)."""
        with self._lock:
            self._rows[table.source.name] += rows
            self._tell(_stands(table, self._rows[table.source.name], Stands.ACTIVE))

    def committed(self, table: TableLoad, chunk: Chunk, measures: Measures, unreadable: Mapping[str, int]) -> None:
        """One chunk is in the target for good."""
        with self._lock:
            open_ = self._open[table.source.name]
            open_.whole.merge(measures)
            open_.unreadable.update(unreadable)
            open_.left.discard(chunk.ordinal)
            self._close(open_)

    def counted(self, table: TableLoad, orphans: tuple[int, ...]) -> None:
        """The orphans of each of its keys are known."""
        with self._lock:
            open_ = self._open[table.source.name]
            open_.orphans = orphans
            self._close(open_)

    def records(self) -> list[TableRecord]:
        """Of all tables, in the order in which they were given."""
        return [self._records[name] for name in self._order]

    def _place(self, table: TableLoad) -> int:
        return self._order.index(table.source.name)

    def _measuring(self, table: TableLoad, limits: Mapping[str, int] | None = None) -> Measuring:
        return Measuring(self._sides.key, table.watched, limits)

    def _close(self, open_: _Open) -> None:
        if open_.left or open_.orphans is None:
            return
        table, measures = open_.load, open_.whole.measures()
        record = TableRecord(
            name=table.source.name,
            target=table.target.name,
            wire=table.wire,
            measures=measures,
            canons={watched.column.name: watched.canon for watched in table.watched},
            foreign_keys=table.source.foreign_keys,
            uniques=plain_uniques(table.source),
            orphans=open_.orphans,
            chunks=open_.chunks,
            unreadable=dict(open_.unreadable),
            shortest=shortest_told(table.watched),
            widths=widths(self._sides.pipeline, table.source),
            seconds=time.monotonic() - open_.started,
        )
        self._sides.store.save_table(record)
        # The sketches of hundreds of tables would not stay small in memory; from here on they are read from the store.
        self._records[record.name] = replace(record, measures=without_sketches(measures))
        del self._open[record.name]
        self._tell(_stands(table, self._rows[table.source.name], Stands.DONE))

    def _tell(self, *news: TableProgress) -> None:
        """Of the furthest table: with several in hand, each is named once. `news`: of any of them."""
        furthest = self._latest.source if self._latest is not None else None
        name, estimated = (furthest.name, furthest.estimated_rows) if furthest is not None else (None, None)
        rows = self._rows[name] if name is not None else 0
        self._report(Progress("load", name, rows, estimated, self._rows.total(), self._estimated, tables=news))


def _stands(table: TableLoad, rows: int, stands: Stands) -> TableProgress:
    return TableProgress(table.source.name, "load", rows, table.source.estimated_rows, stands)
