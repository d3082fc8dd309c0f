"""What a running job is told (cancel, pause) and what it tells (progress). Plain values; no database, no window."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from connectors.names import TableName


class Cancelled(Exception):
    """A person or a signal stopped the job; `str()` says how the target was left."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. Counts only, never a value."""

    phase: str
    """`check`, `prepare`, `load`, `finish`, `verify`, `clean up`, `done`."""
    table: TableName | None = None
    rows: int = 0
    """Rows of this table so far."""
    estimated: int | None = None
    """Rows of this table, as the source estimates them."""
    total_rows: int = 0
    """Rows of all tables so far."""
    total_estimated: int | None = None


class Control:
    """Requests to a running job, from any thread."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def cancel(self) -> None:
        """Ask the job to stop and to leave the target empty or marked."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def check(self) -> None:
        """Raise Cancelled when asked to stop; wait while paused."""
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled("cancelled on request")
