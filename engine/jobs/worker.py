"""Run an engine function as a ledgered job: heartbeats, events, requests and signals. A foreground `run` is such a job too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

from engine.jobs.control import Cancelled, Control, Progress
from engine.jobs.events import Event, JobState, Request, now
from engine.jobs.ledger import JobError, Ledger

Result = TypeVar("Result")
BEAT = 0.5
"""Seconds between heartbeats, and so the longest a request waits."""


def run_job(
    ledger: Ledger,
    job_id: str,
    kind: str,
    about: Mapping[str, str],
    work: Callable[[Callable[[Progress], None], Control], Result],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    secret_free: tuple[type[Exception], ...] = (),
) -> Result:
    """Do the work in this process, ledgered. SIGINT and SIGTERM cancel it. What it raises is raised again, after its end is
    written; the sentence of an exception is written only when its type is in `secret_free`."""
    ledger.start(job_id, kind, about)
    reporter = _Reporter(ledger, job_id, progress)
    try:
        with cancelled_by_signals(reporter.control), reporter.beating():
            result = work(reporter.report, reporter.control)
    except Cancelled as cancelled:
        with suppress(JobError):
            ledger.finish(job_id, JobState.CANCELLED, str(cancelled))
        raise
    except BaseException as error:
        sentence = str(error) if isinstance(error, secret_free) else type(error).__name__
        # A ledger that cannot be written any more must not hide why: the job then shows as lost.
        with suppress(JobError):
            ledger.finish(job_id, JobState.FAILED, sentence)
        raise
    ledger.finish(job_id, JobState.COMPLETE)
    return result


class _Reporter:
    """Carries progress to the ledger and requests from it, on a thread of its own."""

    def __init__(self, ledger: Ledger, job_id: str, forward: Callable[[Progress], None]) -> None:
        self.control = Control()
        self._ledger, self._job, self._forward = ledger, job_id, forward
        self._latest: Progress | None = None
        self._ended = threading.Event()

    def report(self, progress: Progress) -> None:
        """Called by the work: remembers, forwards, and writes an event when a new phase or table begins."""
        before, self._latest = self._latest, progress
        if before is None or (before.phase, before.table) != (progress.phase, progress.table):
            table = str(progress.table) if progress.table else None
            # Nobody needs an event so much that a run should end for it.
            with suppress(JobError):
                self._ledger.record(self._job, Event("table" if table else "phase", now(), progress.phase, table))
        self._forward(progress)

    @contextmanager
    def beating(self) -> Iterator[None]:
        thread = threading.Thread(target=self._beat, name="lookalike-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            state = JobState.PAUSED if self.control.paused else JobState.RUNNING
            # A beat that fails (a full disk, a ledger that others hold) is missed; a thread that dies of it would never cancel.
            with suppress(JobError):
                for request in self._ledger.beat(self._job, state, self._latest):
                    self._obey(request)

    def _obey(self, request: Request) -> None:
        {Request.CANCEL: self.control.cancel, Request.PAUSE: self.control.pause, Request.RESUME: self.control.resume}[
            request
        ]()


@contextmanager
def cancelled_by_signals(control: Control) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into a cancellation, so that no driver call is torn; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(_number: int, _frame: FrameType | None) -> None:
        control.cancel()

    before = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
