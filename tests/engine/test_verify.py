"""Verify finds each kind of damage, and nothing in a sound target."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import open_database
from engine.clone import clone
from engine.keys import MaskingKey
from engine.verify import LIVE, NothingToCompare, verify
from engine.verify_report import VerifyReport
from engine.workspace import Workspace, open_workspace
from tests.engine.shop import TABLES, build, plan

KEY = MaskingKey("shop", b"k" * 32)


class Finished:
    """A finished clone, to be damaged."""

    def __init__(self, folder: Path) -> None:
        self.source, self.target = folder / "source.db", folder / "target.db"
        self.workspace = open_workspace(folder / "workspace")
        build(self.source)
        with open_database(f"sqlite:///{self.source}") as source, open_database(f"sqlite:///{self.target}") as target:
            clone(plan(), source, target, KEY, workspace=self.workspace)

    def damage(self, *sql: str) -> None:
        with sqlite3.connect(self.target) as connection:
            connection.execute("pragma ignore_check_constraints = on")
            connection.execute("attach ? as source", (str(self.source),))
            for statement in sql:
                connection.execute(statement)
        connection.close()

    def verify(self, workspace: Workspace | None = None, key: MaskingKey = KEY, **options: object) -> VerifyReport:
        with open_database(f"sqlite:///{self.target}") as target, open_database(f"sqlite:///{self.source}") as source:
            given = source if options.pop("with_source", False) else None
            return verify(plan(), target, key, workspace=workspace or self.workspace, source=given, **options)  # type: ignore[arg-type]


@pytest.fixture
def finished(tmp_path: Path) -> Finished:
    return Finished(tmp_path)


def test_a_sound_target_has_no_fault_and_says_what_was_counted(finished) -> None:  # type: ignore[no-untyped-def]
    found = finished.verify().to_json()
    assert found["ok"]
    assert found["tables"]["order"] == {
        "treatment": "mask", "rows_source": 201, "rows_target": 201, "foreign_keys_checked": 1, "orphans_source": 1,
        "orphans_target": 1, "duplicates": 0, "checks_failed": 0, "leaks": {}, "notes": [],
        "overlap": found["tables"]["order"]["overlap"], "kept_columns": {"day": {"equal": True}, "note": {"equal": True}},
    }  # fmt: skip
    assert found["tables"]["person"]["overlap"]["email"] == {"found": 0, "expected": 0.0}


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("delete from line where id = 3", "line: 400 rows were read and 399"),
        ("update person set bonus = 1 where id = (select min(id) from person)", "person.bonus: the content"),
        (
            "update person set (born, bonus) = (select born, bonus from person p where p.id <> person.id limit 1) "
            "where id = (select max(id) from person)",
            "person.b",
        ),
        ("update line set person = 5 where id = 3", "line: 1 rows lost their parent"),
        ("update person set bonus = -1 where id = (select min(id) from person)", "person: 1 rows fail a CHECK"),
        (
            "update person set email = (select email from source.person where id = 1) where id = (select min(id) from person)",
            "person.email: 1 values of the source",
        ),
        ("update person set id = id", None),
        ("insert into \"nothing here\" values ('x')", "nothing here"),
    ],
)  # fmt: skip
def test_each_kind_of_damage_is_named(finished, sql, words) -> None:  # type: ignore[no-untyped-def]
    finished.damage(sql)
    faults = finished.verify().faults()
    assert any(words in fault for fault in faults) if words else faults == []


def test_two_values_swapped_between_rows_of_one_column_keep_the_checksum_and_lose_nothing(finished) -> None:  # type: ignore[no-untyped-def]
    """The checksum is of the column's content, whatever the order: a clone has no other order to compare."""
    first, last = "(select min(id) from line)", "(select max(id) from line)"
    finished.damage(
        "create temp table t as select id, amount from line",
        f"update line set amount = (select amount from t where id = {last}) where id = {first}",
        f"update line set amount = (select amount from t where id = {first}) where id = {last}",
    )
    assert finished.verify().ok


def test_a_duplicate_under_a_unique_key_that_only_the_source_declares_is_counted(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with sqlite3.connect(tmp_path / "target.db") as connection:
        connection.executescript(TABLES.replace("email text unique", "email text"))
    finished = Finished(tmp_path)
    assert finished.verify().ok
    finished.damage(
        "update person set email = (select max(email) from person) where email = (select min(email) from person)"
    )
    assert finished.verify().faults() == ["person: 1 surplus rows under a unique key"]


def test_a_missing_table_is_a_fault(finished) -> None:  # type: ignore[no-untyped-def]
    finished.damage("drop table line")
    assert any("line" in fault for fault in finished.verify().faults())


def test_another_plan_and_an_unmarked_target_are_faults(finished) -> None:  # type: ignore[no-untyped-def]
    with open_database(f"sqlite:///{finished.target}") as target:
        other = verify(replace(plan(), name="other"), target, KEY, workspace=finished.workspace)
    assert any("another version of the plan" in fault for fault in other.faults())
    run = finished.verify().run
    finished.damage("drop table lookalike__marker")
    assert any("no mark" in fault for fault in finished.verify(run_id=run).faults())


def test_without_the_record_the_live_source_is_asked_and_the_report_says_so(finished, tmp_path) -> None:  # type: ignore[no-untyped-def]
    elsewhere = open_workspace(tmp_path / "elsewhere")
    with pytest.raises(NothingToCompare, match="--source"):
        finished.verify(elsewhere)
    report = finished.verify(elsewhere, with_source=True)
    assert report.ok
    assert report.compared_with == LIVE


def test_the_record_does_not_open_under_another_key(finished) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NothingToCompare, match="another masking key"):
        finished.verify(key=MaskingKey("shop", b"x" * 32))
