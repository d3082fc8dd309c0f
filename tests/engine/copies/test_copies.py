"""An entity is copied: new keys that everything follows, other people, shared rows shared; judged by plain SQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.names import TableName
from engine.problems import PlanError
from engine.subset.spec import Copies, Edge, Scope, Subset
from tests.engine.copies.line import cloned, copied, kept, planned
from tests.engine.copies.trade import OWNED, ask, build, connected
from tests.walk.line import HereDesk

DIALECTS = ("sqlite", "postgresql", "mariadb")
SHARED = {"product": 10, "tag": 2, "customer": 1, "letter": 1}
"""What the customer's rows refer to: all products, two tags, who brought the customer, the letter that everybody answers."""


@pytest.mark.parametrize("new_database", DIALECTS, indirect=True)
def test_a_hundred_copies_of_a_customer_with_200_rows_hold_every_key(new_database, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target, desk = new_database(), new_database(), HereDesk(tmp_path / "desk")
    build(source)
    planned(desk, source, 100)
    answer = copied(desk, source, target)
    tables = answer.json["tables"]
    for table in {*OWNED, *SHARED}:
        assert tables[table]["rows"] == OWNED.get(table, 0) * 101 + SHARED.get(table, 0), table
    assert ask(target, "select count(distinct email), count(distinct name) from customer")[0][0] == 102
    # Each letter answers one of the same customer's, but for those that answer the shared one.
    answers = """select sum(case when a.customer_id = b.customer_id then 1 else 0 end), count(*), count(distinct a.id)
      from letter a join letter b on b.id = a.answers"""
    [(same, every, _)] = ask(target, answers)
    assert (int(same), every) == (30 * 101, 40 * 101)
    per_customer = "select count(*) from orders group by customer_id having count(*) = 20"
    assert len(ask(target, per_customer)) == 101
    assert answer.json["subset"]["copies"] == {"table": "customer", "copies": 100, "original": True, "rows": OWNED}


@pytest.mark.parametrize("new_database", DIALECTS, indirect=True)
def test_copies_that_join_a_target_begin_above_those_that_are_there(new_database, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target, desk = new_database(), new_database(), HereDesk(tmp_path / "desk")
    build(source)
    planned(desk, source, 3)
    for times, mode in enumerate(("new", "append", "upsert"), 1):
        copied(desk, source, target, "--mode", mode)
        assert ask(target, "select count(*), count(distinct email), count(distinct name) from customer") == [
            (2 + 3 * times,) * 3
        ]
    for table, owned in OWNED.items():
        assert ask(target, f"select count(*) from {table}") == [(owned * 10 + SHARED.get(table, 0),)]


def test_without_the_original_only_what_is_shared_stays(new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = new_sqlite(), new_sqlite()
    build(source)
    cloned(kept(source, Copies(TableName("customer"), 2, keys=(("17",),), original=False)), source, target, tmp_path)
    for table, owned in OWNED.items():
        assert ask(target, f"select count(*) from {table}") == [(owned * 2 + SHARED.get(table, 0),)]
    assert ask(target, "select count(*) from customer where id = 17") == [(0,)]
    assert ask(target, "pragma foreign_key_check") == []


def test_kept_keys_lie_above_the_source_s_and_kept_unique_texts_become_others(new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = new_sqlite(), new_sqlite()
    build(source)
    cloned(kept(source, Copies(TableName("customer"), 4, keys=(("17",),))), source, target, tmp_path)
    assert ask(target, "select count(*) from customer where id < 1000") == [(2,)]
    [(codes, like, own)] = ask(
        target,
        "select count(distinct code), sum(code glob '[A-Z][A-Z]-[0-9]*'), sum(code glob 'AB-10[0-9][0-9]') from orders",
    )
    assert (codes, like, own) == (100, 100, 20)
    assert ask(target, "select count(distinct name), count(distinct email) from customer") == [(2, 6)]


COMPOSITE = """
create table land (code text not null primary key);
create table region (land text not null references land (code), name text not null, primary key (land, name));
create table town (land text not null, region text not null, name text not null, mayor text, primary key (land, region, name),
  foreign key (land, region) references region (land, name), foreign key (land, mayor) references mayor (land, name));
create table mayor (land text not null references land (code), name text not null, primary key (land, name));
create table road (land text not null, a text not null, b text not null, region text not null,
  primary key (land, region, a, b),
  foreign key (land, region, a) references town (land, region, name),
  foreign key (land, region, b) references town (land, region, name));
insert into land values ('DE'), ('FR');
insert into mayor values ('DE', 'Ann'), ('DE', 'Bob');
insert into region values ('DE', 'North'), ('DE', 'South'), ('FR', 'North');
insert into town values ('DE', 'North', 'Kiel', 'Ann'), ('DE', 'North', 'Bonn', null), ('DE', 'South', 'Ulm', 'Bob');
insert into road values ('DE', 'Kiel', 'Bonn', 'North'), ('DE', 'Bonn', 'Kiel', 'North')
"""


def test_of_composite_natural_keys_a_column_is_renewed_that_no_shared_row_needs(new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = new_sqlite(), new_sqlite()
    with connected(source) as cursor:
        cursor.executescript(COMPOSITE)
    cloned(kept(source, Copies(TableName("region"), 3, keys=(("DE", "North"),))), source, target, tmp_path)
    assert ask(target, "select count(*), count(distinct land), count(distinct name) from region") == [(4, 1, 4)]
    assert ask(target, "select count(*) from town") == [(8,)]
    assert ask(target, "select count(*), count(distinct region) from road") == [(8, 4)]
    assert ask(target, "select land, mayor from town where mayor is not null group by 1, 2") == [("DE", "Ann")]
    assert ask(target, "pragma foreign_key_check") == []


def test_a_key_that_cannot_tell_copies_apart_is_a_problem_until_its_edge_is_not_followed(
    new_sqlite, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    source, target = new_sqlite(), new_sqlite()
    with connected(source) as cursor:
        cursor.executescript(
            """create table person (id integer primary key);
            create table seat (person integer references person (id), hall integer not null references hall (id), unique (hall));
            create table hall (id integer primary key);
            insert into person values (1); insert into hall values (1); insert into seat values (1, 1)"""
        )
    copies = Copies(TableName("person"), 2, keys=(("1",),))
    with pytest.raises(PlanError) as refused:
        cloned(kept(source, copies), source, target, tmp_path)
    assert [problem.code for problem in refused.value.problems] == ["copies-unique"]
    away = Subset(edges=(Edge(TableName("seat"), ("person",), follow=Scope.NONE),))
    cloned(kept(source, copies, away), source, target, tmp_path)
    assert ask(target, "select count(*) from person") == [(3,)]


def test_more_copies_than_a_narrow_key_has_room_for_are_a_problem(new_mariadb, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target, desk = new_mariadb(), new_mariadb(), HereDesk(tmp_path / "desk")
    with connected(source) as cursor:
        cursor.execute("create table customer (id tinyint primary key, name varchar(20))")
        cursor.execute("insert into customer values (17, 'Ann')")
    planned(desk, source, 33)
    answer = desk.run(source, target)
    assert answer.status == 3
    assert [problem["code"] for problem in answer.json["problems"]] == ["copies-no-room"]
    desk.plan_path.write_text(desk.plan_path.read_text().replace("copies = 33", "copies = 31"))
    copied(desk, source, target)


KILLED = """
import os, sys
from engine import load, load_tally
from engine.copies.copies import FIRST
from tests.walk.line import HereDesk
from pathlib import Path
load.CHUNK_ROWS = 400
committed, seen = load_tally.Tally.committed, []
def die(self, table, chunk, *more):
    committed(self, table, chunk, *more)
    seen.append(chunk.ordinal >= FIRST)
    if sum(seen) == 7:
        os.kill(os.getpid(), 9)
load_tally.Tally.committed = die
folder, source, target = sys.argv[1:]
HereDesk(Path(folder)).run(source, target)
"""


@pytest.mark.parametrize("new_database", ["sqlite", "postgresql"], indirect=True)
def test_a_killed_run_goes_on_and_makes_no_copy_twice(new_database, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    source, target, desk = new_database(), new_database(), HereDesk(tmp_path / "desk")
    build(source)
    planned(desk, source, 20)
    words = [sys.executable, "-c", KILLED, str(desk.folder), source, target]
    done = subprocess.run(words, check=False, capture_output=True, cwd=Path(__file__).parents[3], env=os.environ)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    [job] = desk.lookalike("jobs", "list").json["jobs"]
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 400)
    resumed = desk.lookalike("jobs", "resume", job["id"])
    assert resumed.status == 0, resumed.err
    assert desk.verify(source, target).status == 0
    for table, owned in OWNED.items():
        assert ask(target, f"select count(*) from {table}") == [(owned * 21 + SHARED.get(table, 0),)]
