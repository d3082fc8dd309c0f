"""The ledger tells the truth about jobs, also about dead ones, to any process."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from connectors.names import TableName
from engine.jobs.control import Cancelled, Control, Progress
from engine.jobs.events import Event, JobState, Request, now
from engine.jobs.ledger import JobError, Ledger
from engine.jobs.worker import run_job


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "jobs.db")


def test_a_job_is_seen_from_its_start_to_its_end(ledger) -> None:  # type: ignore[no-untyped-def]
    ledger.start("j1", "clone", {"plan": "p"})
    progress = Progress("load", TableName("odd name", "hr"), 5, 10, 5, 10)
    assert ledger.beat("j1", JobState.RUNNING, progress) == []
    assert ledger.job("j1").progress == progress
    assert ledger.job("j1").about == {"plan": "p"}
    assert ledger.job("j1").state is JobState.RUNNING
    ledger.finish("j1", JobState.COMPLETE)
    assert [event.kind for event in ledger.events("j1")] == ["started", "complete"]
    assert [job.state for job in ledger.jobs()] == [JobState.COMPLETE]


def test_requests_are_taken_once_and_in_order(ledger) -> None:  # type: ignore[no-untyped-def]
    ledger.start("j1", "clone", {})
    for request in (Request.PAUSE, Request.RESUME, Request.CANCEL):
        ledger.request("j1", request)
    assert ledger.beat("j1", JobState.RUNNING, None) == [Request.PAUSE, Request.RESUME, Request.CANCEL]
    assert ledger.beat("j1", JobState.RUNNING, None) == []


def test_a_job_that_ended_takes_no_request_and_may_be_started_again(ledger) -> None:  # type: ignore[no-untyped-def]
    ledger.start("j1", "clone", {})
    with pytest.raises(JobError, match="running already"):
        ledger.start("j1", "clone", {})
    ledger.finish("j1", JobState.FAILED, "why")
    with pytest.raises(JobError, match="does not run"):
        ledger.request("j1", Request.CANCEL)
    ledger.start("j1", "clone", {})
    assert ledger.job("j1").sentence is None
    with pytest.raises(JobError, match="no job"):
        ledger.job("other")


def test_a_killed_process_leaves_a_lost_job(tmp_path) -> None:  # type: ignore[no-untyped-def]
    code = (
        "import os, sys; from pathlib import Path; from engine.jobs.ledger import Ledger;"
        "Ledger(Path(sys.argv[1])).start('j1', 'clone', {}); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "jobs.db")], check=False, cwd=Path(__file__).parents[3])
    assert Ledger(tmp_path / "jobs.db").job("j1").state is JobState.LOST


def _record(path: Path, kind: str) -> None:
    for _ in range(20):
        Ledger(path).record("j1", Event(kind, now()))


def test_processes_that_write_at_once_lose_no_event(tmp_path) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger(tmp_path / "jobs.db")
    ledger.start("j1", "clone", {})
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_record, args=(tmp_path / "jobs.db", f"w{n}")) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(ledger.events("j1")) == 41


def test_the_work_of_a_job_hears_requests_and_its_end_is_written(ledger) -> None:  # type: ignore[no-untyped-def]
    def work(report, control: Control) -> None:  # type: ignore[no-untyped-def]
        report(Progress("load", TableName("t"), 1))
        ledger.request("j1", Request.CANCEL)
        while True:
            control.check()

    with pytest.raises(Cancelled):
        run_job(ledger, "j1", "clone", {}, work)
    assert ledger.job("j1").state is JobState.CANCELLED
    assert [(event.kind, event.table) for event in ledger.events("j1")][1] == ("table", "t")
    assert not [thread for thread in threading.enumerate() if thread.name == "lookalike-heartbeat"]


def test_only_sentences_known_to_be_free_of_values_are_kept(ledger) -> None:  # type: ignore[no-untyped-def]
    def fail(report, control: Control) -> None:  # type: ignore[no-untyped-def]
        raise ValueError("cannot parse anna@corp.example")

    with pytest.raises(ValueError, match="anna"):
        run_job(ledger, "j1", "clone", {}, fail)
    assert ledger.job("j1").sentence == "ValueError"
    with pytest.raises(ValueError, match="anna"):
        run_job(ledger, "j2", "clone", {}, fail, secret_free=(ValueError,))
    assert "anna" in str(ledger.job("j2").sentence)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_cancels_the_work_instead_of_tearing_it(ledger, number) -> None:  # type: ignore[no-untyped-def]
    import signal

    def work(report, control: Control) -> str:  # type: ignore[no-untyped-def]
        os.kill(os.getpid(), getattr(signal, number))
        return "cancelled" if control.cancelled else "not heard"

    assert run_job(ledger, "j1", "clone", {}, work) == "cancelled"
