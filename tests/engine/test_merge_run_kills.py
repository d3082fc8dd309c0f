"""A refresh that is killed: the target is as it was, or complete; and the same run goes on to its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.test_merge_run_dialects import Desk
from tests.shop import Plain, shop

KILLED = """
import os, sys
from pathlib import Path
from engine import load, merge_run
from connectors import my_merge, pg_merge, sqlite_merge
from tests.engine.test_merge_run_dialects import Desk
from tests.shop import Plain
source, target, folder, where = sys.argv[1:]
load.CHUNK_ROWS = 2

def die(*_):
    os.kill(os.getpid(), 9)

def merged_and_dead(*given, merge=sqlite_merge.merge_staged):
    merge(*given)
    die()

if where == "before the commit":
    for module in (my_merge, pg_merge, sqlite_merge):
        module.merge_staged = merged_and_dead
if where == "after the commit":
    merge_run.with_merged = die
def report(progress):
    if where == "staging" and progress.total_rows >= 6:
        die()
Desk(Plain(source), Plain(target), Path(folder)).run("upsert", run_id="killed", progress=report)
"""
CHANGES = """
  insert into customer (id, email, boss) values (4, 'new@corp.example', 2);
  update customer set rate = 99 where id = 2;
  insert into "odd name" values (4, 'z', 'new', 4)"""
TABLES = ("customer", "odd name", "detail", "hen", "egg")


def content(target: Plain) -> list[list[tuple[object, ...]]]:
    return [target.ask(f'select * from "{table}" order by 1, 2') for table in TABLES]


@pytest.mark.parametrize(
    ("new_database", "where"),
    [
        ("sqlite", "staging"), ("postgresql", "staging"), ("postgresql", "before the commit"), ("mariadb", "before the commit"),
        ("sqlite", "after the commit"), ("mariadb", "after the commit"),
    ],
    indirect=["new_database"],
)  # fmt: skip
def test_a_killed_upsert_leaves_the_target_as_it_was_or_complete_and_goes_on(  # type: ignore[no-untyped-def]
    new_database, tmp_path, monkeypatch, where
) -> None:
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 2)
    desk = Desk(shop(new_database()), Plain(new_database()), tmp_path)
    first = desk.run().run
    desk.target.run("insert into customer (id, email, boss) values (50, 'tester', 1)")
    desk.source.run(CHANGES)
    before = content(desk.target)
    words = [desk.source.url, desk.target.url, str(tmp_path), where]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    marked = desk.target.ask(f"select run, state from {ours(desk.target, 'marker')}")
    assert marked == [("killed" if where == "after the commit" else first, "complete")]
    assert (content(desk.target) == before) is (where != "after the commit")
    evidence = desk.run("upsert", run_id="killed", resume=True, after_loss="second-snapshot")
    customer = next(table for table in evidence.tables if str(table.name) == "customer")
    assert dict(customer.merged) == {"inserted": 1, "updated": 3, "kept": 0, "reserved": 0}
    assert desk.target.ask("select email from customer where id = 50") == [("tester",)]
    assert desk.target.ask("select count(*) from customer where rate = 99") == [(1,)]
    assert desk.faults() == []


@pytest.mark.parametrize("new_database", ["mariadb"], indirect=True)
def test_what_a_killed_refresh_has_staged_goes_with_the_next_run(new_database, tmp_path) -> None:  # type: ignore[no-untyped-def]
    desk = Desk(shop(new_database()), Plain(new_database()), tmp_path)
    desk.run()
    words = [desk.source.url, desk.target.url, str(tmp_path), "staging"]
    subprocess.run([sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2])
    assert desk.run("append").state == "complete"
    assert desk.faults() == []
    subprocess.run([sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2])
    assert desk.run("replace").state == "complete"
    assert left(desk.target) == ["marker"]


def ours(target: Plain, name: str) -> str:
    return f"lookalike__.{name}" if target.dialect == "postgresql" else f"lookalike__{name}"


def left(target: Plain) -> list[object]:
    """Our own tables."""
    if target.dialect == "postgresql":
        sql = "select tablename from pg_tables where schemaname = 'lookalike__' and tablename not in ('undo', 'made')"
    elif target.dialect == "mariadb":
        sql = (
            "select substr(table_name, 12) from information_schema.tables"
            " where table_schema = database() and table_name like 'lookalike%'"
        )
    else:
        sql = "select substr(name, 12) from sqlite_schema where type = 'table' and name like 'lookalike%'"
    return sorted(row[0] for row in target.ask(sql))
