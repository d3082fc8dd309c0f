"""Run an engine function as a ledgered job: heartbeats, events, requests and signals. A foreground `run` is such a job too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

from connectors.errors import DatabaseError
from engine.jobs.control import Cancelled, Control, Progress
from engine.jobs.events import JobState
from engine.jobs.ledger import JobError, Ledger
from engine.jobs.reporter import Reporter

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of a job that is complete."""

    outcome: str
    """One word, for programs: `pass`, `fault`..."""
    sentence: str


def run_job(
    ledger: Ledger,
    job_id: str,
    kind: str,
    about: Mapping[str, str],
    work: Callable[[Callable[[Progress], None], Control], Result],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    secret_free: tuple[type[Exception], ...] = (),
    ending: Callable[[Result], Ending | None] = lambda _: None,
) -> Result:
    """Do the work in this process, ledgered. SIGINT and SIGTERM cancel it. What it raises is raised again, after its end is
    written; the sentence of an exception is written only when its type is in `secret_free`. `ending`: what the ledger says of a
    result."""
    ledger.start(job_id, kind, about)
    reporter = Reporter(ledger, job_id, progress)
    try:
        with cancelled_by_signals(reporter.control), reporter.beating():
            result = work(reporter.report, reporter.control)
            reporter.complete()
    except Cancelled as cancelled:
        with suppress(JobError):
            ledger.finish(job_id, JobState.CANCELLED, str(cancelled))
        raise
    except BaseException as error:
        sentence = str(error) if isinstance(error, secret_free) else type(error).__name__
        outcome = error.code if isinstance(error, DatabaseError) else None
        # A ledger that cannot be written any more must not hide why: the job then shows as lost.
        with suppress(JobError):
            ledger.finish(job_id, JobState.FAILED, sentence, outcome)
        raise
    end = ending(result)
    ledger.finish(job_id, JobState.COMPLETE, end.sentence if end else None, end.outcome if end else None)
    return result


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
