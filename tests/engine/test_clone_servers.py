"""What a clone promises when it is stopped, on servers: cancelled, broken or killed, the target is empty or goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from connectors import open_database
from connectors.names import TableName
from engine.clone import clone
from engine.evidence import Evidence
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import MaskingKey
from engine.masking.keep import Keep
from engine.masking.keyed_token import Token
from engine.masking.null import Null
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.verify import verify
from engine.workspace import open_workspace
from tests.oracle import reader
from tests.walk.sources import PEOPLE, build, build_empty

KEY = MaskingKey("k", b"k" * 32)
PERSON = TableName("person of note")
SERVERS = pytest.mark.parametrize("new_database", ["postgresql", "mariadb"], indirect=True)


def plan(url: str) -> Plan:
    """Tokens for addresses, no names, the rest kept: enough to see masking, little to compute."""
    with open_database(url) as source:
        schema = source.describe()
    masks = {"E-Mail": Token(), "First Name": Null(), "Last Name": Null()}
    tables = {}
    for table in schema.tables:
        rules = (Rule((c.name,), masks.get(c.name, Keep()), reason="for the test") for c in table.stored)
        tables[table.name] = TablePlan(Treatment.MASK, tuple(rules))
    return Plan("awkward", "k", tables)


def run(source_url: str, target_url: str, folder: Path, **options: object) -> Evidence:
    with open_database(source_url) as source, open_database(target_url) as target:
        return clone(plan(source_url), source, target, KEY, workspace=open_workspace(folder), **options)  # type: ignore[arg-type]


def faults(source_url: str, target_url: str, folder: Path) -> list[str]:
    with open_database(target_url) as target:
        return verify(plan(source_url), target, KEY, workspace=open_workspace(folder)).faults()


@SERVERS
def test_a_cancelled_run_leaves_a_fresh_target_without_tables_and_an_existing_one_without_rows(
    new_database, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    source, fresh, existing = build(new_database()), new_database(), build_empty(new_database())
    for target in (fresh, existing):
        control = Control()

        def stop(progress: Progress, control: Control = control) -> None:
            if progress.total_rows > 100:
                control.cancel()

        with pytest.raises(Cancelled, match="empty again"):
            run(source, target, tmp_path, progress=stop, control=control)
    assert list(reader(fresh).tables()) == []
    assert {reader(existing).count(name) for name in reader(existing).tables()} == {0}
    assert run(source, existing, tmp_path).state == "complete"
    assert faults(source, existing, tmp_path) == []


KILLED = """
import os, sys
from dataclasses import replace
from pathlib import Path
from engine import load
from tests.engine.test_clone_servers import run
load.CHUNK_ROWS = 50
def die(progress):
    if progress.total_rows >= 200:
        os.kill(os.getpid(), 9)
run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), run_id="killed", progress=die)
"""


@SERVERS
@pytest.mark.parametrize("made", ["fresh", "existing"])
def test_a_killed_run_goes_on_where_it_stopped(new_database, tmp_path, made, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 50)
    source = build(new_database())
    target = new_database() if made == "fresh" else build_empty(new_database())
    words = [source, target, str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    evidence = run(source, target, tmp_path, run_id="killed", resume=True, after_loss="second-snapshot")
    assert evidence.snapshot.startswith("two snapshots")
    assert next(table for table in evidence.tables if table.name == PERSON).rows == PEOPLE
    assert faults(source, target, tmp_path) == []


def test_schemas_go_where_the_plan_maps_them(new_postgresql, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source, target = new_postgresql(), new_postgresql()
    with psycopg.connect(source) as connection:
        connection.execute("""
            create schema app;
            create type app.mood as enum ('sad', 'glad');
            create table team (id serial primary key, title text not null);
            create table app."Person" (
                id bigint generated always as identity primary key, team int references team, mood app.mood, moods app.mood[]);
            create view app.glad as select id from app."Person" where mood = 'glad';
            insert into team (title) values ('a'), ('b');
            insert into app."Person" (team, mood, moods) values (1, 'glad', '{sad,glad}'), (2, 'sad', null)""")
    made = replace(plan(source), target_schemas={"public": "qa", "app": "qa_app"})
    workspace = open_workspace(tmp_path)
    with open_database(source) as origin, open_database(target) as goal:
        assert clone(made, origin, goal, KEY, workspace=workspace).state == "complete"
        assert verify(made, goal, KEY, workspace=workspace).faults() == []
        assert verify(made, goal, KEY, workspace=open_workspace(tmp_path / "other"), source=origin).faults() == []
        assert clone(made, origin, goal, KEY, workspace=workspace, mode="replace").state == "complete"
    with psycopg.connect(target) as connection:
        found = connection.execute(
            'select p.id, t.title, p.moods::text from qa_app."Person" p join qa.team t on t.id = p.team'
        )
        assert sorted(found.fetchall()) == [(1, "a", "{sad,glad}"), (2, "b", None)]
        assert connection.execute("select * from qa_app.glad").fetchall() == [(1,)]
        connection.execute('insert into qa_app."Person" (team) values (1)')
