"""The moment of the source that a run reads: held open as long as the run needs it, read by as many readers as the dialect allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from connectors.database import Database, Snapshot


class Moment(Protocol):
    """One kept moment of a source."""

    readers: int | None
    """How many snapshots may be read at once; None: as many as the connection budget allows."""

    def reader(self) -> AbstractContextManager[Snapshot]:
        """A reader of this moment, for one thread. Raises SnapshotLost when the moment is over."""


class HeldHere:
    """A moment that this process holds: it is over when the process ends."""

    def __init__(self, source: Database, first: Snapshot) -> None:
        self._source, self._first = source, first
        self.readers: int | None = None if first.token is not None else 1

    @contextmanager
    def reader(self) -> Iterator[Snapshot]:
        if self._first.token is None:
            yield self._first
        else:
            with self._source.snapshot(self._first.token) as snapshot:
                yield snapshot


@contextmanager
def held_here(source: Database) -> Iterator[Moment]:
    """The source as it is now, for as long as the context lasts."""
    with source.snapshot() as first:
        yield HeldHere(source, first)
