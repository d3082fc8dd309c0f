"""Runs that others stop: a signal in each phase, a lock, a second run. The target is empty, marked, or untouched."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress

import psycopg
import pytest
from sqlalchemy import make_url

from tests.faults.estate import Size, build
from tests.faults.killing import LOOK, Line, Watch, resumed, started
from tests.faults.test_servers import ended, one_sentence, run_until, same_rows
from tests.oracle import reader
from tests.walk.line import HereDesk

SIZE = Size(3_000, 3_000, 4_000, 1_000)


class HereLine(Line):
    """The same without a process for each verb: what a test sets for this process, its runs see."""

    lookalike = HereDesk.lookalike


@pytest.mark.parametrize("phase", ["prepare", "load", "finish"])
@pytest.mark.parametrize("new_database", ["sqlite", "postgresql"], indirect=True)
def test_a_run_that_is_told_to_stop_leaves_its_target_empty_and_no_keeper(new_database, tmp_path, phase) -> None:  # type: ignore[no-untyped-def]
    source, target = build(f"sqlite:///{tmp_path}/source.db", SIZE), new_database()
    line = Line(tmp_path / "desk")
    line.decide(source)
    process = started(line.words("run", str(line.plan_path), "--source", source, "--target", target))
    watch = Watch(line, target)
    while process.poll() is None and (
        not line.jobs.exists() or (seen := watch.look()).phase != phase or not seen.state
    ):
        time.sleep(LOOK)
    time.sleep(random.choice((0.0, 0.05)))
    process.send_signal(signal.SIGTERM)
    answer = ended(process)
    watch.close()
    job = str(line.newest())
    assert line.keeper(job) is None
    if answer.status in (0, -signal.SIGTERM):
        # Already at its end when it was told: nothing was left to stop but the last words.
        assert same_rows(source, target)
        return
    assert answer.status == 5, answer.err
    assert "the target is empty again" in one_sentence(answer)
    assert reader(target).tables() == []


def stop_where_others_can_look(process: subprocess.Popen[str], line: Line, target: str) -> None:
    """Stop a run at a moment in which it holds neither the ledger nor, for its commit, the target alone."""
    while True:
        process.send_signal(signal.SIGSTOP)
        with (
            closing(sqlite3.connect(line.jobs, timeout=0.5, isolation_level=None)) as ledger,
            closing(sqlite3.connect(str(make_url(target).database), timeout=0.1)) as written,
            suppress(sqlite3.OperationalError),
        ):
            written.execute("select count(*) from sqlite_master").fetchall()
            ledger.execute("begin immediate")
            ledger.execute("rollback")
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(LOOK)


def test_a_second_run_is_refused_while_the_first_one_lives_and_after_it_was_killed(new_sqlite, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source, target = build(new_sqlite("source"), SIZE), new_sqlite("target")
    line = Line(tmp_path / "desk")
    line.decide(source)
    with run_until(line, source, target, 1) as first:
        job = str(line.newest())
        # Stopped, not ended: it still holds the target.
        stop_where_others_can_look(first, line, target)
        second = line.run(source, target)
        assert second.status == 4, second.err
        assert f"Run {job} is writing this target right now" in one_sentence(second)
    third = line.run(source, target)
    assert third.status == 4
    assert f"jobs resume {job}" in one_sentence(third)
    assert "--mode new" in third.err
    assert line.run(source, target, "--mode", "new").status == 0
    assert same_rows(source, target)
    gone = resumed(line, job)
    assert gone.status == 4
    assert "does not hold" in one_sentence(gone)


def test_a_table_that_somebody_has_locked_is_named_and_the_run_goes_on_later(
    new_postgresql, tmp_path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("connectors.postgresql.LOCK_TIMEOUT", "300ms")
    monkeypatch.setattr("engine.load.ATTEMPTS", 2)
    source, target = build(new_postgresql(), SIZE), build(new_postgresql(), SIZE, filled=False)
    line = HereLine(tmp_path / "desk")
    line.decide(source)
    with psycopg.connect(target) as holder:
        holder.execute("lock table purchase in share mode")
        failed = line.run(source, target)
    assert failed.status == 1
    assert one_sentence(failed).startswith("purchase: ")
    assert "holds a lock" in failed.err
    again = resumed(line, str(line.newest()))
    assert again.status == 0, again.err
    assert same_rows(source, target)


def test_a_sqlite_file_that_somebody_writes_for_long_is_said_so(tmp_path, new_sqlite, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("connectors.sqlite._WAIT_S", 0.3)
    source, target = build(f"sqlite:///{tmp_path}/source.db", SIZE), new_sqlite("target")
    line = HereLine(tmp_path / "desk")
    line.decide(source)
    path = target.removeprefix("sqlite:///")
    with sqlite3.connect(path, isolation_level=None) as holder:
        holder.execute("create table x (y)")
        holder.execute("drop table x")
        holder.execute("begin exclusive")
        failed = line.run(source, target)
        holder.execute("rollback")
    assert failed.status in (1, 4)
    assert "locked" in one_sentence(failed) or "busy" in one_sentence(failed).lower()
    assert line.run(source, target).status == 0
