"""Nothing holds up the window: not a server that answers each message two seconds late, not a run of a million rows beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from PySide6.QtTest import QTest
from sqlalchemy.engine import make_url

from connectors import open_database
from desktop.settings import Project
from engine.planning import Asked, make_plan
from tests.desktop.conftest import answer
from tests.desktop.person import Person
from tests.desktop.slow_server import slowed
from tests.desktop.stalls import monitored

ROWS = 1_000_000
LATE = 2.0
"""Seconds."""


def million(file: Path) -> None:
    """A table of so many people."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "create table person (id integer primary key, name text not null, email text not null, born date)"
        )
        connection.execute(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < ?) insert into person "
            "select i, 'Ada Lovelace ' || i, 'ada' || i || '@mail.test', date('1940-01-01', (i % 20000) || ' days') from n",
            (ROWS,),
        )


@pytest.mark.timeout(600)
def test_a_slow_server_and_a_long_run_leave_the_window_free(window, new_postgresql, tmp_path: Path):
    person, desk = Person(window), window.desk
    million(tmp_path / "million.db")
    plan, url = tmp_path / "million.toml", f"sqlite:///{tmp_path}/million.db"
    with open_database(url) as source:
        make_plan(source, plan, Asked(accept=True))
    database = new_postgresql()
    with psycopg.connect(database, autocommit=True) as connection:
        for number in range(20):
            connection.execute(f"create table t{number} (id int primary key, email text, note text)")  # type: ignore[arg-type]
    with slowed(make_url(database), LATE) as far, monitored() as stalls:
        address = far.set(drivername="postgresql").render_as_string(hide_password=False)
        job = answer(
            desk.calls, "jobs.order", plan=str(plan), source=url, target=f"sqlite:///{tmp_path}/copy.db", then=(),
        )  # fmt: skip
        person.says("Connections")
        person.press("Add a connection")
        person.writes("Name", "far")
        person.chooses("Kind of database", "PostgreSQL")
        person.writes("Address as one line", address)
        person.press("Test")
        person.press("Save")
        person.sees("Saved far")
        desk.open_project(Project(str(tmp_path / "far.toml"), "far"))
        for page in ("Schema", "Privacy hub", "Plan", "Run", "Jobs", "Evidence", "Schema"):
            person.says(page)
            QTest.qWait(700)
        person.says("Jobs")
        person.waits(lambda: any(each.id == job and not each.alive for each in desk.jobs), 240, "the run did not end")
    assert stalls.found == [], str(stalls)
    done = next(each for each in desk.jobs if each.id == job)
    assert (done.state, done.rows) == ("complete", ROWS)
