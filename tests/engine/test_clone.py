"""Clone: from a real file to a real file, judged by plain SQL."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.errors import DatabaseError
from engine.clone import TWO_SNAPSHOTS, clone
from engine.evidence import Evidence, loads
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import MaskingKey
from engine.load import RunFailed
from engine.masking.base import Context, Masker
from engine.plan import Plan, TablePlan, Treatment
from engine.problems import PlanError
from engine.safety import Refused
from engine.verify import verify
from engine.workspace import open_workspace
from tests.engine.shop import EMPTY, LINE, ORDER, PERSON, TABLES, TEAM, Hashed, build, plan, rows, with_rule

KEY = MaskingKey("shop", b"k" * 32)


class Desk:
    """A source, a place for the target and a workspace."""

    def __init__(self, folder: Path, people: int = 300) -> None:
        self.source, self.target = folder / "source.db", folder / "target.db"
        self.workspace = open_workspace(folder / "workspace")
        build(self.source, people)

    def clone(self, made: Plan | None = None, **options: object) -> Evidence:
        with open_database(f"sqlite:///{self.source}") as source, open_database(f"sqlite:///{self.target}") as target:
            return clone(made or plan(), source, target, KEY, workspace=self.workspace, **options)  # type: ignore[arg-type]

    def tables(self) -> set[str]:
        return {name for (name,) in self.ask("select name from sqlite_schema where type = 'table'")}

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.target) as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found

    def verified(self, made: Plan | None = None) -> list[str]:
        with open_database(f"sqlite:///{self.target}") as target:
            return verify(made or plan(), target, KEY, workspace=self.workspace).faults()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_every_row_arrives_masked_columns_changed_and_kept_ones_as_they_were(desk) -> None:  # type: ignore[no-untyped-def]
    evidence = desk.clone()
    before, after = rows(desk.source, "person"), rows(desk.target, "person")
    assert sorted(row[4:] for row in before) == sorted(row[4:] for row in after)
    assert not {row[1] for row in before if row[1]} & {row[1] for row in after}
    assert not {row[0] for row in before} & {row[0] for row in after}
    assert sum(row[1] is None for row in before) == sum(row[1] is None for row in after)
    assert {str(t.name): t.rows for t in evidence.tables} == {
        "person": 300, "team": 5, "order": 201, "line": 400, '"nothing here"': 0,
    }  # fmt: skip
    assert [row[0] for row in desk.ask("pragma foreign_key_check")] == ["order"]
    assert desk.ask("select count(*) from boss") == [(1,)]
    assert desk.verified() == []


def test_children_follow_their_parents_through_self_reference_cycle_and_composite_key(desk) -> None:  # type: ignore[no-untyped-def]
    desk.clone()
    joined = """select c.bonus, p.bonus from person c join person p on c.boss = p.id order by 1, 2"""
    with sqlite3.connect(desk.source) as connection:
        assert connection.execute(joined).fetchall() == desk.ask(joined)
        lines = 'select l.amount, o.note from line l join "order" o using (person, day) order by 1, 2'
        assert connection.execute(lines).fetchall() == desk.ask(lines)
        leads = "select t.title, p.bonus from team t join person p on p.id = t.lead order by 1"
        assert connection.execute(leads).fetchall() == desk.ask(leads)


def test_the_source_is_left_byte_for_byte_as_it_was(desk) -> None:  # type: ignore[no-untyped-def]
    before = desk.source.read_bytes()
    desk.clone()
    assert desk.source.read_bytes() == before


def test_dropped_and_emptied_tables_carry_no_row(desk) -> None:  # type: ignore[no-untyped-def]
    made = replace(plan(), tables={**plan().tables, LINE: TablePlan(Treatment.DROP), EMPTY: TablePlan(Treatment.EMPTY)})
    desk.clone(made)
    assert "line" not in desk.tables()
    assert desk.ask('select count(*) from "nothing here"') == [(0,)]
    assert desk.verified(made) == []


def test_a_copied_table_is_the_source_itself(desk) -> None:  # type: ignore[no-untyped-def]
    made = replace(plan(), tables={**plan().tables, EMPTY: TablePlan(Treatment.COPY, reason="test data")})
    desk.clone(made)
    assert desk.ask('select * from "nothing here"') == [("a secret",)]


def test_an_existing_target_with_its_constraints_is_filled_and_keeps_its_tables_on_failure(desk) -> None:  # type: ignore[no-untyped-def]
    with sqlite3.connect(desk.target) as connection:
        connection.executescript(TABLES)
    with pytest.raises(RunFailed, match="the target is empty again"):
        desk.clone(with_rule(plan(), ORDER, "note", Failing()))
    assert desk.tables() == {"person", "team", "order", "line", "nothing here"}
    assert desk.ask("select count(*) from person") == [(0,)]
    assert desk.clone().ddl_tool == "existing tables"
    assert desk.verified() == []


def test_a_second_run_is_refused_and_replace_writes_over_our_own(desk) -> None:  # type: ignore[no-untyped-def]
    desk.clone()
    first = rows(desk.target, "person")
    with pytest.raises(Refused, match="--mode replace"):
        desk.clone()
    desk.clone(mode="replace")
    assert rows(desk.target, "person") == first
    assert desk.verified() == []


def test_rows_that_somebody_added_to_another_table_stop_a_replace(desk) -> None:  # type: ignore[no-untyped-def]
    desk.clone()
    desk.ask("create table mine as select 1 as x")
    with pytest.raises(Refused, match="mine"):
        desk.clone(mode="replace")
    assert len(rows(desk.target, "person")) == 300


def test_a_target_with_foreign_rows_is_refused_in_either_mode_and_left_alone(desk) -> None:  # type: ignore[no-untyped-def]
    build(desk.target, 10)
    before = desk.target.read_bytes()
    for mode in ("new", "replace"):
        with pytest.raises(Refused):
            desk.clone(mode=mode)
    assert desk.target.read_bytes() == before


def test_half_of_the_planned_tables_are_refused(desk) -> None:  # type: ignore[no-untyped-def]
    with sqlite3.connect(desk.target) as connection:
        connection.execute("create table person (id integer)")
    with pytest.raises((Refused, PlanError)):
        desk.clone()


def test_the_source_is_not_a_target_under_any_name(desk) -> None:  # type: ignore[no-untyped-def]
    for name in ("link.db", "hard.db"):
        desk.target = desk.source.parent / name
        (os.symlink if name == "link.db" else os.link)(desk.source, desk.target)
        with pytest.raises(Refused, match="the source itself"):
            desk.clone()


def test_only_listed_targets_are_written_where_a_list_exists(desk) -> None:  # type: ignore[no-untyped-def]
    desk.workspace.allowed_targets.write_text("# ours\nsqlite:////elsewhere/*\n")
    with pytest.raises(Refused, match="allowed"):
        desk.clone()
    assert not desk.target.exists()
    desk.workspace.allowed_targets.write_text(f"sqlite:///{desk.target.parent}/*.db\n")
    assert desk.clone().state == "complete"


def test_a_plan_with_problems_writes_nothing(desk) -> None:  # type: ignore[no-untyped-def]
    undecided = replace(plan(), tables={name: table for name, table in plan().tables.items() if name != TEAM})
    with pytest.raises(PlanError, match="team"):
        desk.clone(undecided)
    assert not desk.target.exists()


class Failing(Masker):
    """Raises with a value in its message, as a library might."""

    name = "failing"
    title = ""

    def check(self, subject: object):  # type: ignore[no-untyped-def]
        return iter(())

    def bijective_on(self, subject: object) -> bool:
        return True

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        raise ValueError(f"cannot parse {values[0]}")


def test_a_failure_leaves_the_target_empty_and_quotes_no_value(desk) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RunFailed) as failed:
        desk.clone(with_rule(plan(), PERSON, "name", Failing()))
    assert "Name " not in str(failed.value)
    assert failed.value.__cause__ is None
    assert desk.tables() == set()
    assert desk.clone().state == "complete"


def test_a_constraint_of_the_target_that_refuses_rows_is_named_and_the_target_emptied(desk) -> None:  # type: ignore[no-untyped-def]
    with sqlite3.connect(desk.target) as connection:
        connection.executescript(TABLES.replace("title text", "title text, check (length(title) < 3)"))
    with pytest.raises(RunFailed) as failed:
        desk.clone()
    assert failed.value.table == TEAM
    assert "Team 1" not in str(failed.value)
    assert desk.ask("select count(*) from person") == [(0,)]


@pytest.mark.parametrize("after", [1, 2, 4, 7])
def test_a_cancelled_run_leaves_the_target_empty_and_no_thread_behind(desk, after) -> None:  # type: ignore[no-untyped-def]
    control, seen = Control(), []

    def cancel(progress: Progress) -> None:
        seen.append(progress)
        if sum(p.phase == "load" for p in seen) == after:
            control.cancel()

    with pytest.raises(Cancelled, match="the target is empty again"):
        desk.clone(control=control, progress=cancel)
    assert desk.tables() == set()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("lookalike")]
    [run] = (desk.workspace.folder / "runs").iterdir()
    assert loads((run / "evidence.json").read_text()).state == "cancelled"
    assert not (run / "chunks").exists()


def test_progress_counts_every_row_once(desk) -> None:  # type: ignore[no-untyped-def]
    seen: list[Progress] = []
    evidence = desk.clone(progress=seen.append)
    assert max(p.total_rows for p in seen) == evidence.rows == 906
    assert seen[0].phase == "check"
    assert seen[-1].phase == "done"


def test_nothing_in_the_workspace_holds_a_value_in_the_clear(desk) -> None:  # type: ignore[no-untyped-def]
    desk.clone()
    for path in desk.workspace.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"corp.test" not in content
            assert b"Name 1" not in content
            assert not path.stat().st_mode & 0o077


def test_pause_waits_between_chunks_and_resume_goes_on(desk) -> None:  # type: ignore[no-untyped-def]
    control = Control()
    control.pause()
    threading.Timer(0.3, control.resume).start()
    started = time.monotonic()
    assert desk.clone(control=control).state == "complete"
    assert time.monotonic() - started > 0.3


KILLED = """
import os, sys
from connectors import open_database
from engine import load
from engine.clone import clone
from tests.engine.test_clone import KEY
from engine.workspace import open_workspace
from tests.engine.shop import plan
load.CHUNK_ROWS = 50
seen = []
def die(progress):
    seen.append(progress)
    if progress.total_rows >= int(sys.argv[4]):
        os.kill(os.getpid(), 9)
with open_database(sys.argv[1]) as source, open_database(sys.argv[2]) as target:
    clone(plan(), source, target, KEY, workspace=open_workspace(sys.argv[3]), run_id="killed", progress=die)
"""


def _killed(desk: Desk, at: int) -> None:
    words = [f"sqlite:///{desk.source}", f"sqlite:///{desk.target}", str(desk.workspace.folder), str(at)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize("at", [1, 700])
def test_a_killed_run_is_resumed_and_ends_as_if_nothing_had_happened(desk, tmp_path, at, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 50)
    _killed(desk, at)
    with pytest.raises(Refused, match="unfinished"):
        desk.clone(mode="replace")
    evidence = desk.clone(run_id="killed", resume=True, after_loss="second-snapshot")
    assert evidence.snapshot == TWO_SNAPSHOTS or at == 1
    assert desk.verified() == []
    (tmp_path / "whole").mkdir()
    whole = Desk(tmp_path / "whole")
    whole.clone()
    for table in ("person", "team", "order", "line"):
        assert rows(desk.target, table) == rows(whole.target, table)


def test_a_killed_run_is_cleared_by_a_new_one(desk) -> None:  # type: ignore[no-untyped-def]
    _killed(desk, 300)
    assert desk.clone().state == "complete"
    assert desk.verified() == []


def test_a_changed_plan_or_another_workspace_does_not_resume(desk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    _killed(desk, 300)
    with pytest.raises(Refused, match="plan has changed"):
        desk.clone(replace(plan(), name="other"), run_id="killed", resume=True)
    desk.workspace = open_workspace(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="does not know"):
        desk.clone(run_id="killed", resume=True)


def test_another_secret_of_the_key_does_not_resume(desk) -> None:  # type: ignore[no-untyped-def]
    _killed(desk, 300)
    with open_database(f"sqlite:///{desk.source}") as source, open_database(f"sqlite:///{desk.target}") as target:
        other = MaskingKey(KEY.name, b"x" * 32)
        with pytest.raises(Refused, match="another secret"):
            clone(plan(), source, target, other, workspace=desk.workspace, run_id="killed", resume=True)
    assert desk.clone(run_id="killed", resume=True, after_loss="restart").state == "complete"


def test_a_target_that_somebody_took_during_the_run_is_left_as_it_is(desk) -> None:  # type: ignore[no-untyped-def]
    def take(progress: Progress) -> None:
        if progress.table == PERSON and not progress.rows:
            with sqlite3.connect(desk.target) as connection:
                connection.execute("update lookalike__marker set run = 'theirs'")
            connection.close()

    with pytest.raises(RunFailed, match="left as it is"):
        desk.clone(progress=take)
    assert desk.ask("select run from lookalike__marker") == [("theirs",)]
    assert desk.ask("select count(*) from person") != [(0,)]


def test_accepted_warnings_of_the_targets_ddl_do_not_stop_a_strict_run(desk) -> None:  # type: ignore[no-untyped-def]
    made = replace(plan(), accept=("keep-personal", "ddl-personal", "source-writable"))
    assert desk.clone(made, strict=True).state == "complete"


def test_the_evidence_says_what_was_done_and_survives_its_file(desk) -> None:  # type: ignore[no-untyped-def]
    evidence = desk.clone()
    assert loads(desk.workspace.run(evidence.run).evidence.read_text()) == evidence
    assert evidence.guarantee.reason == "keyed pseudonymisation is not differential privacy"
    order = next(table for table in evidence.tables if table.name == ORDER)
    assert sum(order.orphans.values()) == 1
    assert json.dumps(evidence.to_json())


def test_what_a_masker_leaves_as_it_was_is_counted(desk) -> None:  # type: ignore[no-untyped-def]
    class Lazy(Hashed):
        def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
            return values

    made = with_rule(plan(), PERSON, "email", Lazy())
    evidence = desk.clone(made)
    person = next(table for table in evidence.tables if table.name == PERSON)
    assert person.unchanged["email"] == 267
    assert any("email" in fault for fault in desk.verified(made))


def test_a_missing_source_is_one_sentence(desk) -> None:  # type: ignore[no-untyped-def]
    desk.source = desk.source.parent / "none.db"
    with pytest.raises(DatabaseError, match=r"none\.db"):
        desk.clone()
