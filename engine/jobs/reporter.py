"""Carries what the work reports to the ledger, and requests from there to the work, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from connectors.names import TableName
from engine.jobs.control import Control, Progress, Stands, TableProgress
from engine.jobs.events import Event, JobState, Request, now
from engine.jobs.ledger import JobError, Ledger, Point

BEAT = 0.5
"""Seconds between heartbeats, and so the longest a request waits."""


class Reporter:
    """What is reported between two heartbeats is kept here: tables by their latest state, the points of a curve."""

    def __init__(self, ledger: Ledger, job_id: str, forward: Callable[[Progress], None]) -> None:
        self.control = Control()
        self._ledger, self._job, self._forward = ledger, job_id, forward
        self._latest: Progress | None = None
        self._lock = threading.Lock()
        self._tables: dict[TableName, TableProgress] = {}
        self._points: list[Point] = []
        self._events: list[Event] = []
        self._ended = threading.Event()

    def report(self, progress: Progress) -> None:
        """Called by the work: remembers, forwards, and writes an event when a new phase or table begins."""
        events: list[Event] = []
        with self._lock:
            before, self._latest = self._latest, progress
            self._keep(before, progress)
            if before is None or (before.phase, before.table) != (progress.phase, progress.table):
                table = str(progress.table) if progress.table else None
                # What was done before comes before it.
                events, self._events = (
                    [*self._events, Event("table" if table else "phase", now(), progress.phase, table)],
                    [],
                )
        if events:
            # Nobody needs an event so much that a run should end for it.
            with suppress(JobError):
                self._ledger.record(self._job, *events)
        self._forward(progress)

    def _keep(self, before: Progress | None, progress: Progress) -> None:
        if progress.tables:
            for each in progress.tables:
                self._set(each)
        else:
            # A phase that names its tables one by one is done with one when it names another.
            if before is not None and (before.phase, before.table) != (progress.phase, progress.table):
                self._done_with(before)
            if progress.table is not None:
                self._set(TableProgress(progress.table, progress.phase, progress.rows, progress.estimated))
        if progress.loss is not None or progress.epsilon is not None:
            self._points.append(Point(progress.total_rows, progress.loss, progress.epsilon))

    def _done_with(self, before: Progress) -> None:
        if before.table is not None and not before.tables:
            self._set(TableProgress(before.table, before.phase, before.rows, before.estimated, Stands.DONE))

    def _set(self, table: TableProgress) -> None:
        self._tables[table.table] = table
        if table.stands is Stands.DONE:
            self._events.append(Event("done", now(), table.phase, str(table.table), table.rows))

    def complete(self) -> None:
        """The work is done, and so is the table that it named last."""
        with self._lock:
            if self._latest is not None:
                self._done_with(self._latest)

    @contextmanager
    def beating(self) -> Iterator[None]:
        thread = threading.Thread(target=self._beats, name="lookalike-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            self.beat()

    def _beats(self) -> None:
        while not self._ended.wait(BEAT):
            self.beat()

    def beat(self) -> None:
        """Write what is new, and obey what was asked."""
        state = JobState.PAUSED if self.control.paused else JobState.RUNNING
        with self._lock:
            latest, tables, points, events = self._latest, self._tables, self._points, self._events
            self._tables, self._points, self._events = {}, [], []
        # A beat that fails (a full disk, a ledger that others hold) is missed; a thread that dies of it would never cancel.
        try:
            asked = self._ledger.beat(self._job, state, latest, list(tables.values()), points, events)
        except JobError:
            with self._lock:
                self._tables = tables | self._tables
                self._points, self._events = points + self._points, events + self._events
            return
        for request in asked:
            self._obey(request)

    def _obey(self, request: Request) -> None:
        {Request.CANCEL: self.control.cancel, Request.PAUSE: self.control.pause, Request.RESUME: self.control.resume}[
            request
        ]()
        said = {Request.PAUSE: "paused", Request.RESUME: "resumed"}.get(request)
        if said is not None:
            with suppress(JobError):
                self._ledger.record(self._job, Event(said, now()))
