"""What a running job is told (cancel, pause) and what it tells (progress). Plain values; no database, no window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.names import TableName


class PauseEnded(Exception):
    """The job was paused for longer than its snapshot is kept."""

    def __init__(self, minutes: float) -> None:
        super().__init__(
            f"the run was paused for more than {minutes:g} minutes, and its snapshot of the source was let go"
        )


class Cancelled(Exception):
    """A person or a signal stopped the job; `str()` says how the target was left."""


class Stands(StrEnum):
    """How far a job is with one table."""

    WAITING = "waiting"
    ACTIVE = "active"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TableProgress:
    table: TableName
    phase: str
    """The latest one that has to do with this table."""
    rows: int = 0
    estimated: int | None = None
    stands: Stands = Stands.ACTIVE


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. Counts only, never a value."""

    phase: str
    """`check`, `learn`, `prepare`, `load`, `synthesise`, `finish`, `verify`, `clean up`, `done`."""
    table: TableName | None = None
    rows: int = 0
    """Rows of this table so far."""
    estimated: int | None = None
    """Rows of this table, as the source estimates them."""
    total_rows: int = 0
    """Rows of all tables so far."""
    total_estimated: int | None = None
    unit: str = "row"
    """What is counted: rows, or the steps of training."""
    note: str = ""
    """`epsilon 0.7 so far`."""
    loss: float | None = None
    """Of training: the noisy one that its budget pays for, or none; never a figure of the data themselves."""
    epsilon: float | None = None
    """What is spent so far, at the steps where it was priced."""
    tables: tuple[TableProgress, ...] = field(default=(), compare=False, repr=False)
    """What is new of single tables, where several are in hand at once."""


Report = Callable[[Progress], None]
"""Whoever is told how far a job is."""


class Control:
    """Requests to a running job, from any thread."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self.longest_pause: float | None = None
        """Minutes; None: as long as the person likes."""

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
        """Raise Cancelled when asked to stop; wait while paused, PauseEnded when that takes too long."""
        if not self._running.wait(None if self.longest_pause is None else self.longest_pause * 60):
            raise PauseEnded(self.longest_pause or 0)
        if self._cancelled.is_set():
            raise Cancelled("cancelled on request")
