"""A detached job: ordered through a pipe, seen in the ledger with tables, curve and outcome; what follows it follows."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

import engine.detached
from connectors.names import TableName
from engine.detached import Does, NotStarted, Order, read_order, start
from engine.jobs.control import Cancelled, Progress, Stands, TableProgress
from engine.jobs.events import JobState
from engine.jobs.ledger import Ledger, Point
from engine.jobs.worker import Ending, run_job
from engine.workspace import open_workspace
from tests.walk.line import HereDesk


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "jobs.db")


def test_an_order_goes_through_its_pipe_unchanged_and_says_no_secret_of_itself():
    order = Order(Does.RUN, plan="p.toml", source="postgresql://me:secret@host/db", then=("verify",), passphrase="open")
    assert read_order(json.dumps(asdict(order))) == order
    assert "secret" not in repr(order)
    assert "open" not in repr(order)


def test_a_worker_that_ends_before_its_job_began_comes_back_as_its_sentence(tmp_path):
    workspace = open_workspace(tmp_path / "w")
    with pytest.raises(NotStarted, match=r"none\.toml cannot be read") as failed:
        start(workspace, Order(Does.RUN, plan=str(tmp_path / "none.toml"), source="a", target="b", passphrase="x"))
    assert failed.value.status == 2
    assert Ledger(workspace.jobs).jobs() == []


def test_an_order_that_nobody_waits_for_any_more_is_taken_back(tmp_path, monkeypatch):
    # It would never come to an end, nor to its job.
    monkeypatch.setattr("engine.detached.own_module", lambda *_: [sys.executable, "-c", "import time; time.sleep(600)"])
    workers: list[subprocess.Popen[bytes]] = []
    process = engine.detached._process
    monkeypatch.setattr("engine.detached._process", lambda *order: workers.append(process(*order)) or workers[0])

    def given_up() -> None:
        raise Cancelled("cancelled on request")

    with pytest.raises(Cancelled):
        start(open_workspace(tmp_path / "w"), Order(Does.RUN), given_up)
    assert workers[0].wait(10) == -signal.SIGTERM


def test_a_ledger_of_an_earlier_version_goes_on(tmp_path):
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        connection.executescript(
            "CREATE TABLE jobs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, pid INTEGER, host TEXT, "
            "started TEXT NOT NULL, heartbeat TEXT NOT NULL, finished TEXT, progress TEXT, about TEXT NOT NULL, sentence TEXT);"
            "INSERT INTO jobs VALUES ('old', 'clone', 'complete', 1, 'h', '2026', '2026', '2026', "
            '\'{"phase": "done", "table": null, "rows": 0, "estimated": null, "total_rows": 7, "total_estimated": null, '
            '"unit": "row", "note": ""}\', \'{}\', NULL);'
        )
    ledger = Ledger(tmp_path / "jobs.db")
    assert ledger.job("old").progress == Progress("done", total_rows=7)
    ledger.start("new", "verify", {})
    ledger.finish("new", JobState.COMPLETE, "3 tables counted.", "pass")
    assert [(job.id, job.outcome) for job in Ledger(tmp_path / "jobs.db").jobs(1)] == [("new", "pass")]
    assert ledger.tables("old") == []


def test_tables_are_told_by_their_latest_state_and_only_what_changed_is_asked_for(ledger):
    ledger.start("j", "clone", {})
    names = [TableName("a"), TableName("odd name", "hr")]
    ledger.beat("j", JobState.RUNNING, None, [TableProgress(name, "load", 0, 10, Stands.WAITING) for name in names])
    first = ledger.tables("j")
    assert [(row.name, row.place, row.stands) for row in first] == [
        (str(names[0]), 1, Stands.WAITING),
        (str(names[1]), 2, Stands.WAITING),
    ]
    ledger.beat("j", JobState.RUNNING, None, [TableProgress(names[1], "load", 4, 10)])
    assert [(row.name, row.rows) for row in ledger.tables("j", first[-1].changed)] == [(str(names[1]), 4)]
    assert ledger.rows("j") == (4, 20)


def test_a_curve_is_told_point_by_point(ledger):
    ledger.start("j", "train", {})
    ledger.beat("j", JobState.RUNNING, None, points=[Point(10, 2.5, None), Point(200, 2.0, 0.4)])
    points, last = ledger.curve("j")
    assert points == [Point(10, 2.5, None), Point(200, 2.0, 0.4)]
    ledger.beat("j", JobState.RUNNING, None, points=[Point(210, 1.9, None)])
    assert ledger.curve("j", last)[0] == [Point(210, 1.9, None)]


def test_a_phase_that_names_tables_one_by_one_is_done_with_each_and_says_what_came_of_it(ledger):
    def work(report, control) -> int:
        report(Progress("verify", TableName("a"), 3))
        report(Progress("verify", TableName("b")))
        report(Progress("learn", total_rows=10, total_estimated=20, unit="step", loss=1.5, epsilon=0.2))
        return 2

    run_job(ledger, "j", "verify", {}, work, ending=lambda tables: Ending("pass", f"{tables} tables counted."))
    assert [(row.name, row.stands) for row in ledger.tables("j")] == [("a", Stands.DONE), ("b", Stands.DONE)]
    assert ledger.curve("j")[0] == [Point(10, 1.5, 0.2)]
    assert (ledger.job("j").outcome, ledger.job("j").sentence) == ("pass", "2 tables counted.")
    assert [(event.kind, event.table) for event in ledger.events("j")] == [
        ("started", None),
        ("table", "a"),
        ("done", "a"),
        ("table", "b"),
        ("done", "b"),
        ("phase", None),
        ("complete", None),
    ]


def test_a_loss_without_a_promise_is_kept_in_no_curve():
    from types import SimpleNamespace

    from engine.learning import _reported
    from engine.synthesis.generator import TrainingProgress

    told: list[Progress] = []
    report = _reported(told.append, SimpleNamespace(promises=False), None)  # type: ignore[arg-type]
    report(TrainingProgress(10, 20, loss=1.25))
    assert (told[0].loss, told[0].epsilon) == (None, None)
    assert "1.25" in told[0].note


def test_what_is_ordered_after_a_run_follows_and_jobs_show_tells_its_tables(tmp_path):
    desk, source = HereDesk(tmp_path / "desk"), tmp_path / "shop.db"
    with sqlite3.connect(source) as connection:
        connection.executescript(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 2), (2, 3);"
        )
    assert desk.accept(f"sqlite:///{source}").status == 0
    workspace = open_workspace(desk.folder / "workspace")
    order = Order(
        Does.RUN, plan=str(desk.plan_path), source=f"sqlite:///{source}", target=f"sqlite:///{tmp_path}/t.db",
        then=("verify",), passphrase=desk.passphrase,
    )  # fmt: skip
    start(workspace, order)
    ledger = Ledger(workspace.jobs)
    for _ in range(600):
        jobs = ledger.jobs()
        if len(jobs) == 2 and not any(job.state.alive for job in jobs):
            break
        time.sleep(0.1)
    verified, run = ledger.jobs()
    assert (run.id, run.state, (run.about or {})["then"]) == (order.job, JobState.COMPLETE, "verify")
    assert (verified.kind, verified.outcome, (verified.about or {})["run"]) == ("verify", "pass", order.job)
    shown = desk.lookalike("jobs", "show", order.job).json
    assert [(row["name"], row["rows"], row["stands"]) for row in shown["tables"]] == [("t", 2, "done")]
