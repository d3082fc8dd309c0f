"""What is left to load: the chunks of all tables in one line, parents first, handed to whichever lane asks next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.database import Chunk, Snapshot
from engine.copies.copies import Copies
from engine.load_sides import TableLoad
from engine.load_tally import Tally
from engine.record_store import RecordStore
from engine.subset.reading import of as selected
from engine.subset.selection import Selection


@dataclass(frozen=True, slots=True)
class Task:
    """One chunk to move, or (without a chunk) a table whose orphans are to be counted."""

    table: TableLoad
    chunk: Chunk | None


class Work:
    """The line. A table is cut into chunks when the line comes to it, by the reader that asks."""

    def __init__(
        self,
        store: RecordStore,
        tally: Tally,
        tables: Sequence[TableLoad],
        rows: int,
        selection: Selection | None,
        copies: Copies | None = None,
    ) -> None:
        self._store, self._tally, self._rows, self._selection = store, tally, rows, selection
        self._copies = copies
        self._lock = threading.Lock()
        self._tables = deque(tables)
        self._tasks: deque[Task] = deque()

    def next(self, snapshot: Snapshot) -> Task | None:
        """None when nothing is left; what other lanes hold is theirs to finish or to give back."""
        with self._lock:
            while not self._tasks and self._tables:
                # Only a table that could be cut leaves the line.
                self._tasks.extend(self._cut(self._tables[0], snapshot))
                self._tables.popleft()
            return self._tasks.popleft() if self._tasks else None

    def give_back(self, tasks: Iterable[Task]) -> None:
        """Tasks that were taken and not finished: they come first."""
        with self._lock:
            self._tasks.extendleft(reversed(list(tasks)))

    def _cut(self, table: TableLoad, snapshot: Snapshot) -> Iterator[Task]:
        """The table's chunks: those of an earlier attempt of this run, else cut now."""
        chunks = self._store.chunks(table.source.name)
        if chunks is None:
            part = selected(self._selection, table.source)
            chunks = snapshot.chunks(table.source.name, self._rows) if part is None else part.chunks(self._rows)
            chunks += self._copies.chunks(table.source.name, self._rows) if self._copies is not None else []
            self._store.save_chunks(table.source.name, chunks)
        for chunk in self._tally.begin(table, chunks):
            yield Task(table, chunk)
        yield Task(table, None)
