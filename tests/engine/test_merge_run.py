"""Refresh: rows of a run join those of a target, judged by plain SQL."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import open_database
from engine.clone import clone
from engine.evidence import Evidence
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import MaskingKey
from engine.load import RunFailed
from engine.plan import Plan, TablePlan, Treatment
from engine.problems import PlanError
from engine.safety import Refused
from engine.verify import verify
from engine.workspace import open_workspace
from tests.engine.shop import EMPTY, ORDER, TABLES, build, plan, rows, with_rule
from tests.engine.test_clone import Failing

KEY = MaskingKey("shop", b"k" * 32)


class Desk:
    """A source, a target that a first run has filled, and a workspace."""

    def __init__(self, folder: Path, people: int = 60) -> None:
        self.source, self.target = folder / "source.db", folder / "target.db"
        self.workspace = open_workspace(folder / "workspace")
        build(self.source, people)

    def clone(self, made: Plan | None = None, **options: object) -> Evidence:
        with open_database(f"sqlite:///{self.source}") as source, open_database(f"sqlite:///{self.target}") as target:
            return clone(made or plan(), source, target, KEY, workspace=self.workspace, **options)  # type: ignore[arg-type]

    def change(self, path: Path, *statements: str) -> None:
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def ask(self, sql: str, path: Path | None = None) -> list[tuple[object, ...]]:
        with sqlite3.connect(path or self.target) as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found

    def faults(self, made: Plan | None = None) -> list[str]:
        with open_database(f"sqlite:///{self.target}") as target:
            return verify(made or plan(), target, KEY, workspace=self.workspace).faults()

    def changed_source(self) -> None:
        """A new person with a team and an order, another note, and one person gone."""
        self.change(
            self.source,
            "insert into person (id, email, name, boss, team, bonus) values (900, 'new@corp.test', 'New', 3, 1, 1)",
            """insert into "order" values (900, '2024-05-01', 'new')""",
            "update person set bonus = 777 where id = 2",
            "delete from person where id = 59",
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def merged(evidence: Evidence) -> dict[str, dict[str, int]]:
    return {str(table.name): dict(table.merged) for table in evidence.tables if table.merged}


def mine(desk: Desk) -> None:
    """A tester's own rows: a person below a masked one, with an order and a line."""
    [(boss,)] = desk.ask("select id from person where bonus = 15")
    desk.change(
        desk.target,
        f"insert into person (id, email, name, boss) values (7, 'tester@qa.test', 'Tester', {boss})",
        """insert into "order" values (7, '2025-01-01', 'mine')""",
        "insert into line (id, person, day, amount) values (100000, 7, '2025-01-01', 1)",
    )


def test_append_inserts_what_is_new_and_leaves_every_other_row_as_it_is(desk: Desk) -> None:
    desk.clone()
    mine(desk)
    before = rows(desk.target, "person")
    desk.changed_source()
    counts = merged(desk.clone(mode="append"))
    after = rows(desk.target, "person")
    assert counts["person"] == {"inserted": 1, "updated": 0, "kept": 59, "reserved": 0}
    assert counts["order"]["inserted"] == 1
    assert set(before) < set(after)
    assert len(after) == len(before) + 1
    assert desk.faults() == []


def test_upsert_updates_the_rows_of_the_plan_and_keeps_those_of_testers(desk: Desk) -> None:
    desk.clone()
    mine(desk)
    desk.changed_source()
    counts = merged(desk.clone(mode="upsert"))
    assert counts["person"] == {"inserted": 1, "updated": 59, "kept": 0, "reserved": 0}
    assert desk.ask("select count(*) from person where bonus = 777") == [(1,)]
    assert desk.ask("select name from person where id = 7") == [("Tester",)]
    assert desk.ask("select count(*) from person") == [(62,)]
    assert desk.ask("pragma foreign_key_check") == [("order", *desk.ask("pragma foreign_key_check")[0][1:])]
    assert desk.faults() == []


def test_nothing_of_ours_is_left_but_the_mark_and_a_later_replace_clears_everything(desk: Desk) -> None:
    desk.clone()
    desk.clone(mode="upsert")
    ours = {
        name for (name,) in desk.ask("select name from sqlite_schema where name like 'lookalike%' and type = 'table'")
    }
    assert ours == {"lookalike__marker", "lookalike__merged"}
    desk.clone(mode="replace")
    assert desk.ask("select count(*) from person") == [(60,)]


def test_a_target_without_our_mark_is_refused_unless_the_list_of_targets_names_it(desk: Desk) -> None:
    desk.change(desk.target, *[part for part in TABLES.split(";") if part.strip()])
    desk.change(desk.target, "insert into team (id, title) values (1, 'somebody''s')")
    with pytest.raises(Refused, match="does not carry the mark of a complete run"):
        desk.clone(mode="append")
    assert desk.ask("select count(*) from sqlite_schema where name like 'lookalike%'") == [(0,)]
    desk.workspace.allowed_targets.write_text(f"sqlite:///{desk.target}\n")
    assert merged(desk.clone(mode="append"))["team"] == {"inserted": 4, "updated": 0, "kept": 1, "reserved": 0}
    with pytest.raises(Refused, match="rows that are not ours"):
        desk.clone(mode="replace")
    desk.clone(mode="upsert")
    with pytest.raises(Refused, match="rows that are not ours"):
        desk.clone(mode="replace")
    assert desk.ask("select title from team where id = 1") == [("Team 1",)]


def test_an_unfinished_target_and_one_without_the_tables_are_refused(desk: Desk) -> None:
    desk.clone()
    desk.change(desk.target, "alter table line rename to lines")
    with pytest.raises(Refused, match="the target lacks line, so no rows can join it"):
        desk.clone(mode="append")
    desk.change(desk.target, "alter table lines rename to line", "update lookalike__marker set state = 'incomplete'")
    with pytest.raises(Refused, match="unfinished run"):
        desk.clone(mode="upsert")


def test_a_table_without_a_key_takes_rows_while_it_is_empty_and_is_a_problem_afterwards(desk: Desk) -> None:
    made = replace(plan(), tables={**plan().tables, EMPTY: TablePlan(Treatment.COPY, reason="test data")})
    desk.clone()
    assert merged(desk.clone(made, mode="append"))['"nothing here"']["inserted"] == 1
    with pytest.raises(PlanError, match="merge-no-key") as failure:
        desk.clone(made, mode="append")
    assert [problem.table for problem in failure.value.problems] == [EMPTY]
    desk.clone(mode="append")
    assert desk.ask('select count(*) from "nothing here"') == [(1,)]
    assert desk.faults() == []


def test_a_cancelled_or_failed_refresh_leaves_the_target_as_it_was(desk: Desk) -> None:
    first = desk.clone().run
    mine(desk)
    before = desk.ask("select * from person order by id"), desk.ask("select run, state from lookalike__marker")
    control = Control()

    def stop(progress: Progress) -> None:
        if progress.total_rows:
            control.cancel()

    with pytest.raises(Cancelled, match="the target is as it was"):
        desk.clone(mode="upsert", control=control, progress=stop)
    with pytest.raises(RunFailed, match="the target is as it was"):
        desk.clone(with_rule(plan(), ORDER, "note", Failing()), mode="upsert")
    assert before == (desk.ask("select * from person order by id"), [(first, "complete")])
    assert not desk.ask("select name from sqlite_schema where name like 'lookalike%' and name <> 'lookalike__marker'")


def test_a_living_refresh_keeps_others_out(desk: Desk) -> None:
    desk.clone()

    def begin_another(progress: Progress) -> None:
        if progress.phase == "load" and progress.total_rows:
            with pytest.raises(Refused, match="is writing this target right now"):
                desk.clone(mode="append")

    assert desk.clone(mode="append", progress=begin_another).state == "complete"


def test_rows_that_testers_delete_afterwards_are_told_by_verify(desk: Desk) -> None:
    desk.clone()
    desk.clone(mode="upsert")
    desk.change(desk.target, "delete from line where id < 5")
    assert desk.faults() == ["line: 80 rows were written or there and 76 are in the target"]
