"""The first pass: masks that know a whole column, in whole runs on files, interrupted and resumed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import open_database
from connectors.names import TableName
from engine.check import check
from engine.clone import clone
from engine.evidence import Evidence
from engine.jobs.control import Control, Progress
from engine.keys import MaskingKey
from engine.load_pace import Gate
from engine.pace import Pace
from engine.pipeline import compile_plan
from engine.plan import Plan
from engine.plan_toml import read_plan
from engine.prepare import first_passes, needs_first_pass
from engine.preview import preview
from engine.problems import PlanError
from engine.safety import Refused
from engine.verify import verify
from engine.workspace import Workspace, open_workspace

KEY = MaskingKey("staff", b"k" * 32)
STAFF = TableName("staff")
PLAN = """
version = 1
name = "staff"
key = "staff"
accept = ["keep-personal"]
[tables.staff]
treatment = "mask"
[tables.staff.columns]
id = { keep = "a number" }
dept = { keep = "not personal" }
salary = { mask = "noise_keep_total", within = ["dept"] }
bonus = { mask = "top_code", top_percentile = 90, tail = "mean" }
grade = { mask = "resample", min_count = 2 }
height = { mask = "microaggregate", k = 7 }
[[tables.staff.rules]]
columns = ["city", "zip"]
mask = "shuffle"
[[tables.staff.rules]]
columns = ["born", "hired", "left", "age"]
mask = "ordered_dates"
age = "age"
as_of = 2026-01-01
"""


def build(path: Path, rows: int = 400) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table staff (id integer primary key, dept text, salary decimal(10, 2), bonus integer, grade text, height real,"
            " city text, zip text, born date, hired timestamp, left date, age integer)"
        )
        connection.executemany(
            "insert into staff values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_person, range(1, rows + 1))
        )
    connection.close()


def _person(n: int) -> tuple[object, ...]:
    return (
        n, f"D{n % 5}", 1000 + n * 7 % 991 + 0.25, n * n % 1000, "ABC"[n % 7 % 3] if n % 10 else None, 150 + n * 3 % 50 + 0.5,
        f"City {n % 11}", f"{10000 + n % 11}", f"19{60 + n % 40}-0{n % 9 + 1}-11", f"2010-0{n % 9 + 1}-01 08:30:00",
        None if n % 3 else f"2020-0{n % 9 + 1}-01", 2025 - 1960 - n % 40,
    )  # fmt: skip


class Desk:
    """A source of staff, a target beside it and a workspace."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.source, self.target = folder / "source.db", folder / "target.db"
        self.workspace: Workspace = open_workspace(folder / "workspace")
        build(self.source)

    def clone(self, plan: Plan | None = None, **options: Any) -> Evidence:
        with open_database(f"sqlite:///{self.source}") as source, open_database(f"sqlite:///{self.target}") as target:
            return clone(plan or read_plan(PLAN), source, target, KEY, workspace=self.workspace, **options)

    def column(self, name: str, path: Path | None = None) -> list[Any]:
        with sqlite3.connect(path or self.target) as connection:
            found = connection.execute(f"select {name} from staff order by id").fetchall()
        connection.close()
        return [row[0] if len(row) == 1 else row for row in found]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def test_every_mask_that_knows_the_whole_column_keeps_its_word_in_a_run(desk: Desk) -> None:
    """Totals by group, the tail, the groups of seven, the tuples, the order of dates and the age: and verify finds nothing."""
    seen: list[Progress] = []
    desk.clone(progress=seen.append)
    for dept in range(5):
        here = [place for place, name in enumerate(desk.column("dept")) if name == f"D{dept}"]
        before, after = (
            [Decimal(str(desk.column("salary", path)[place])) for place in here] for path in (desk.source, desk.target)
        )
        assert sum(before) == sum(after)
        assert sum(a == b for a, b in zip(before, after, strict=True)) < 5
    assert sum(1 for p in Counter(desk.column("bonus")).values() if p >= 30) == 1
    assert min(Counter(desk.column("height")).values()) >= 7
    assert Counter(desk.column("city, zip")) == Counter(desk.column("city, zip", desk.source))
    assert set(desk.column("grade")) == {"A", "B", "C", None}
    for born, hired, left, age in desk.column("born, hired, left, age"):
        assert born < hired
        assert left is None or hired[:10] < left
        assert age == 2025 - int(born[:4]) or born.endswith("-01-01")
    assert [p.rows for p in seen if p.phase == "prepare" and p.table][-1:] == [400]
    with open_database(f"sqlite:///{desk.target}") as target:
        assert verify(read_plan(PLAN), target, KEY, workspace=desk.workspace).faults() == []


def test_a_table_is_read_once_for_all_its_first_passes_and_not_at_all_without_one(desk: Desk) -> None:
    seen: list[Progress] = []
    desk.clone(progress=seen.append)
    assert sum(p.phase == "prepare" and p.table == STAFF for p in seen) == 1
    with open_database(f"sqlite:///{desk.source}") as source:
        kept = read_plan('version = 1\nname = "a"\nkey = "b"\n[tables.staff]\ntreatment = "copy"\nreason = "test"\n')
        assert not needs_first_pass(compile_plan(kept, source.describe(), KEY))


def test_the_first_pass_reads_no_faster_than_the_pace_allows(desk: Desk) -> None:
    with open_database(f"sqlite:///{desk.source}") as source, source.snapshot() as snapshot:
        pipeline = compile_plan(read_plan(PLAN), source.describe(), KEY)
        started = time.monotonic()
        first_passes(
            pipeline, snapshot, pipeline.tables, gate=Gate(Pace(rows_per_second=300), Control(), lambda _: None)
        )
    assert time.monotonic() - started > 1.0


def test_what_a_first_pass_finds_is_sealed_while_the_run_goes_and_gone_after_it(desk: Desk) -> None:
    """Cities are in the state of the shuffle, and in no file of the workspace in the clear."""
    contents: list[tuple[int, bytes]] = []

    def look(progress: Progress) -> None:
        if progress.phase == "load" and progress.rows:
            found = desk.workspace.folder.rglob("*.prepared-*")
            contents.extend((path.stat().st_mode & 0o777, path.read_bytes()) for path in found)

    desk.clone(progress=look)
    assert len(contents) >= 5
    assert {mode for mode, _ in contents} == {0o600}
    assert not any(b"City" in content or b"ARROW" in content for _, content in contents)
    assert list(desk.workspace.folder.rglob("*.prepared-*")) == []


KILLED = """
import os, sys
from connectors import open_database
from engine import load
from engine.clone import clone
from engine.plan_toml import read_plan
from engine.workspace import open_workspace
from tests.engine.test_prepare import KEY, PLAN
load.CHUNK_ROWS = 50
def die(progress):
    if progress.phase == sys.argv[4] and progress.rows >= int(sys.argv[5]):
        os.kill(os.getpid(), 9)
with open_database(sys.argv[1]) as source, open_database(sys.argv[2]) as target:
    clone(read_plan(PLAN), source, target, KEY, workspace=open_workspace(sys.argv[3]), run_id="killed", progress=die)
"""


def _killed(desk: Desk, phase: str, rows: int) -> None:
    words = [f"sqlite:///{desk.source}", f"sqlite:///{desk.target}", str(desk.workspace.folder), phase, str(rows)]
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, cwd=root, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize(("phase", "rows"), [("prepare", 1), ("load", 0), ("load", 200)])
def test_a_killed_run_masks_on_as_it_began(
    desk: Desk, tmp_path: Path, phase: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed within the first pass, between it and the load, and amid the load: the target is that of an unbroken run."""
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 50)
    _killed(desk, phase, rows)
    desk.clone(run_id="killed", resume=True, after_loss="second-snapshot")
    whole = Desk(tmp_path / "whole")
    whole.clone()
    assert desk.column("*") == whole.column("*")


def test_rows_that_the_first_pass_has_not_seen_are_masked_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source goes on between kill and resume: what was found before still holds, and a new row keeps nothing of its own."""
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 50)
    _killed(desk, "load", 200)
    with sqlite3.connect(desk.source) as connection:
        row = [401, "D9", 9999, 99999, "Z", 999, "Nowhere", "00000", "1901-01-01", "2001-01-01 00:00:00", None, 124]
        connection.execute(f"insert into staff values ({', '.join('?' * 12)})", row)
    connection.close()
    desk.clone(run_id="killed", resume=True, after_loss="second-snapshot")
    new = desk.column("salary, bonus, grade, height, city, zip, born, hired")[-1]
    assert not set(new) & set(row)


def test_a_lost_first_pass_stops_the_resume(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one would mask the rest of the rows otherwise."""
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 50)
    _killed(desk, "load", 200)
    for path in desk.workspace.folder.rglob("*.prepared-*"):
        os.unlink(path)
    with pytest.raises(Refused, match="start again"):
        desk.clone(run_id="killed", resume=True, after_loss="second-snapshot")


def test_what_first_passes_refuse_is_told_at_once_and_leaves_no_table_behind(desk: Desk) -> None:
    """Both columns, not one a run."""
    few = read_plan(PLAN.replace("k = 7", "k = 500").replace("min_count = 2", "min_count = 500"))
    with pytest.raises(PlanError) as refused:
        desk.clone(few)
    assert {(p.code, p.column) for p in refused.value.problems} == {
        ("microaggregate-few", "height"),
        ("resample-rare", "grade"),
    }
    with sqlite3.connect(desk.target) as connection:
        assert connection.execute("select count(*) from sqlite_schema").fetchall() == [(0,)]
    connection.close()


def test_a_preview_knows_the_first_rows_only(desk: Desk) -> None:
    """And says what each of them would become among these."""
    with open_database(f"sqlite:///{desk.source}") as source:
        shown = preview(read_plan(PLAN), source, KEY, STAFF, rows=6)
    assert shown.after.num_rows == 6
    assert shown.after.column("city").to_pylist() != shown.before.column("city").to_pylist()


def test_the_check_refuses_what_nothing_tells_apart_and_columns_that_are_not_there(desk: Desk) -> None:
    with sqlite3.connect(desk.source) as connection:
        connection.execute("create table heap (x text, y text)")
    connection.close()
    heap = '[tables.heap.columns]\nx = { mask = "shuffle" }\ny = { mask = "resample", within = ["z"] }\n'
    plan = read_plan(PLAN + '[tables.heap]\ntreatment = "mask"\n' + heap)
    with open_database(f"sqlite:///{desk.source}") as source:
        found = {(p.code, p.column) for p in check(plan, source.describe()) if p.table == TableName("heap")}
    assert {("mask-no-row-key", "x"), ("mask-no-row-key", "y"), ("unknown-column", "y")} <= found


def test_verify_against_the_source_makes_the_first_pass_again(desk: Desk) -> None:
    plan = read_plan(PLAN)
    desk.clone(plan)
    with open_database(f"sqlite:///{desk.source}") as source, open_database(f"sqlite:///{desk.target}") as target:
        assert verify(replace(plan), target, KEY, workspace=desk.workspace, source=source).faults() == []


GRANDCHILDREN = """
version = 1
name = "shop"
key = "staff"
accept = ["keep-personal"]
[tables.customer]
treatment = "mask"
[tables.customer.columns]
id = { mask = "pseudonym" }
born = { mask = "date_shift", by = "id" }
[tables.purchase]
treatment = "mask"
[tables.purchase.columns]
id = { mask = "pseudonym" }
customer = { mask = "pseudonym" }
[[tables.purchase.rules]]
columns = ["placed", "paid"]
mask = "ordered_dates"
by = "customer"
gaps = 0
[tables.line]
treatment = "mask"
[tables.line.columns]
id = { mask = "pseudonym" }
purchase = { mask = "pseudonym" }
shipped = { mask = "date_shift", by = "purchase.customer" }
colour = { mask = "resample", by = "purchase.customer", min_count = 1 }
"""


def test_all_rows_of_a_person_down_to_grandchildren_follow_one_another(tmp_path: Path) -> None:
    """Two steps from the line to its customer: every date of a customer moves by the same days, and every line draws alike."""
    source, target = tmp_path / "shop.db", tmp_path / "masked.db"
    with sqlite3.connect(source) as connection:
        connection.executescript("""
            create table customer (id integer primary key, born date);
            create table purchase (id integer primary key, customer integer references customer, placed date, paid timestamp);
            create table line (id integer primary key, purchase integer references purchase, shipped date, colour text);
        """)
        people = range(1, 13)
        connection.executemany("insert into customer values (?, '1980-03-01')", [(n,) for n in people])
        purchases = [(100 + n, n % 12 + 1) for n in range(36)]
        connection.executemany("insert into purchase values (?, ?, '1980-03-01', '1980-03-05 10:00:00')", purchases)
        lines = [(1000 + n, 100 + n % 36, ["red", "green", "blue"][n % 3]) for n in range(108)]
        connection.executemany("insert into line values (?, ?, '1980-03-01', ?)", lines)
    connection.close()
    with open_database(f"sqlite:///{source}") as before, open_database(f"sqlite:///{target}") as after:
        clone(read_plan(GRANDCHILDREN), before, after, KEY, workspace=open_workspace(tmp_path / "workspace"))
    joined = (
        "select c.id, c.born, p.placed, date(p.paid, '-4 days'), l.shipped, l.colour"
        " from line l join purchase p on p.id = l.purchase join customer c on c.id = p.customer"
    )
    with sqlite3.connect(target) as connection:
        found = connection.execute(joined).fetchall()
    connection.close()
    assert len(found) == 108
    assert all(len(set(row[1:5])) == 1 for row in found)
    assert len({(row[0], row[1], row[5]) for row in found}) == 12
    assert len({row[1] for row in found}) > 6
