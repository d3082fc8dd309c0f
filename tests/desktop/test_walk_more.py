"""Other jobs at the window: a part of a PostgreSQL database into another, and rows of nobody under differential privacy."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import psycopg
import pytest

from tests.desktop.person import Person
from tests.desktop.stalls import monitored
from tests.desktop.test_walk import begins, command, connects, runs

SHOP = """
    create table customer (id int primary key, name text not null, email text not null unique, country text not null, born date);
    create table orders (id int primary key, customer_id int not null references customer, total numeric(9, 2) not null);
    insert into customer select n, 'Ada Lovelace ' || n, 'ada' || n || '@mail.test', (array['CA','US','BR'])[1 + n % 3],
        date '1960-01-01' + n from generate_series(1, 600) n;
    insert into orders select n, 1 + n % 600, n * 1.25 from generate_series(1, 1800) n;
"""


def shop(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SHOP)
    return url


def studies(file: Path, people: int = 3000) -> None:
    """People with a few answers each, which depend on them."""
    rng = np.random.default_rng(4)
    group = rng.integers(0, 3, people)
    answers = np.repeat(np.arange(people), rng.integers(0, 4, people))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "create table person (id integer primary key, sex text not null, area integer not null, smokes integer not null);"
            "create table answer (id integer primary key, person_id integer not null references person, mood integer not null);"
        )
        persons = zip(
            range(people),
            rng.choice(["f", "m"], people),
            group.tolist(),
            (rng.random(people) < group / 3).tolist(),
            strict=True,
        )
        connection.executemany(
            "insert into person values (?, ?, ?, ?)", ((each[0], str(each[1]), *each[2:]) for each in persons)
        )
        moods = np.clip(group[answers] + rng.integers(0, 2, len(answers)), 0, 3)
        connection.executemany(
            "insert into answer values (?, ?, ?)",
            zip(range(len(answers)), answers.tolist(), moods.tolist(), strict=True),
        )


def by_address(person: Person, name: str, url: str, role: str) -> None:
    """A database under a name, by its whole address."""
    person.says("Connections")
    person.press("Add a connection")
    person.writes("Name", name)
    person.chooses("Kind of database", "PostgreSQL")
    person.writes("Address as one line", url)
    person.press(role)
    person.press("Save")
    person.sees(f"Saved {name}")


def discovers(person: Person) -> None:
    person.says("Privacy hub")
    person.press("Discover")
    person.sees("undecided", 90)
    person.waits(lambda: person.can_see("0 undecided") or person.finds(re.compile(r"Accept .*proposals?")), 30)
    if not person.can_see("0 undecided"):
        person.press(re.compile(r"Accept .*proposals?"))
        person.sees("0 undecided", 60)


@pytest.mark.timeout(600)
def test_a_part_of_a_postgresql_database_comes_whole_into_another(window, new_postgresql, tmp_path: Path):
    person = Person(window)
    source, target = shop(new_postgresql()), new_postgresql()
    with monitored() as stalls:
        by_address(person, "shop", source, "Source")
        by_address(person, "shop-test", target, "Target")
        begins(person, tmp_path / "shop.toml", "shop", "shop-test")
        discovers(person)
        person.says("Plan")
        person.tab("Subset")
        person.chooses("Table 1 to begin from", "customer")
        person.writes("Condition on table 1, in the source's SQL", "country = 'CA'")
        person.press("Count exactly", 60)
        person.sees("counted at this moment", 60)
        runs(person)
    assert stalls.found == [], str(stalls)
    status, said = command(tmp_path, "verify", str(tmp_path / "shop.toml"), "-s", "shop", "-t", "shop-test")
    assert (status, said["ok"]) == (0, True)
    with psycopg.connect(target) as connection:
        counts = connection.execute("select (select count(*) from customer), (select count(*) from orders)").fetchone()
        names = connection.execute(
            "select count(*) from customer where name like 'Ada Lovelace %' or email like 'ada%@mail.test'"
        ).fetchone()
    assert counts == (200, 600)
    assert names == (0,)


@pytest.mark.timeout(600)
def test_rows_of_nobody_are_made_and_what_they_cost_is_shown(window, tmp_path: Path):
    person = Person(window)
    studies(tmp_path / "study.db")
    with monitored() as stalls:
        connects(person, "study", tmp_path / "study.db", "Source")
        connects(person, "nobody", tmp_path / "nobody.db", "Target")
        begins(person, tmp_path / "study.toml", "study", "nobody")
        discovers(person)
        person.says("Plan")
        person.tab("Synthesis")
        person.writes_into("One row for each person", "person")
        person.writes("Epsilon", "4")
        person.press("Synthesise these people")
        person.sees("The plan synthesises now", 90)
        person.chooses("Model", "marginals", 90)
        runs(person)
        person.press("Show evidence")
        person.sees("epsilon", 60)
    assert stalls.found == [], str(stalls)
    status, said = command(tmp_path, "verify", str(tmp_path / "study.toml"), "-s", "study", "-t", "nobody")
    assert (status, said["ok"]) == (0, True)
    (ledger,) = command(tmp_path, "budget")[1]["populations"]
    spent, name = ledger["spent"], ledger["population"]
    person.says("Privacy hub")
    person.sees(f"{name}: ε {spent:g} of 4 spent · 1 release · this plan takes ε 4")
    person.says("Plan")
    person.tab("Synthesis")
    person.sees(f"Epsilon {spent:g} is spent by 1 release", 60)
    assert 0 < spent <= 4
