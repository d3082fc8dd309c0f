"""SOURCE -> plan -> check -> run -> verify -> TARGET, by the command line, judged by plain SQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pymysql
import pytest
from sqlalchemy.engine import make_url

from tests.oracle import judge, reader
from tests.walk.line import Desk, HereDesk
from tests.walk.sources import PEOPLE, build

DIALECTS = ["sqlite", "postgresql", "mariadb"]
PERSON = '"person of note"'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return HereDesk(tmp_path / "desk")


@pytest.fixture
def new(request, new_sqlite):  # type: ignore[no-untyped-def]
    """Makes an empty database of a named dialect."""
    return lambda dialect: request.getfixturevalue(f"new_{dialect}")()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_awkward_database_is_cloned_masked_and_whole(dialect, new, desk) -> None:  # type: ignore[no-untyped-def]
    source, target = build(new(dialect)), new(dialect)
    assert desk.accept(source).status == 0
    check = desk.lookalike("check", str(desk.plan_path), "--source", source, "--target", target)
    assert check.status == 0, check.out + check.err
    run = desk.run(source, target)
    assert run.status == 0, run.out + run.err
    assert run.json["tables"][PERSON]["rows"] == PEOPLE
    verified = desk.verify(source, target)
    assert verified.status == 0, verified.out + verified.err
    assert verified.json["ok"] is True
    assert judge(source, target, desk.plan).faults == []


@pytest.mark.parametrize(("origin", "goal"), [(a, b) for a in DIALECTS for b in DIALECTS if a != b])
def test_another_engine_takes_the_same_rows(origin, goal, new, desk) -> None:  # type: ignore[no-untyped-def]
    source, target = build(new(origin)), new(goal)
    assert desk.accept(source).status == 0
    run = desk.run(source, target)
    assert run.status == 0, run.out + run.err
    verified = desk.verify(source, target)
    assert verified.status == 0, verified.out + verified.err
    before, after = reader(source), reader(target)
    assert {name.name: before.count(name) for name in before.tables()} == {
        name.name: after.count(name) for name in after.tables()
    }
    assert sum(after.orphans(name, key) for name in after.tables() for key in after.keys(name)) == 0


def test_the_same_key_masks_alike_in_every_run_and_dialect_and_another_key_differently(new, desk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    def addresses(dialect: str, at: Desk) -> set[str]:
        source, target = build(new(dialect)), new(dialect)
        assert at.accept(source).status == 0
        run = at.run(source, target)
        assert run.status == 0, run.out + run.err
        person = next(name for name in reader(target).tables() if name.name == "person of note")
        values = reader(target).values(person, "E-Mail")
        return {value.decode() if isinstance(value, bytes) else value for value in values if value is not None}

    first = addresses("sqlite", desk)
    assert addresses("postgresql", desk) == first
    assert addresses("sqlite", HereDesk(tmp_path / "other")).isdisjoint(first)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_night_later_the_target_is_replaced_and_a_stranger_is_not(dialect, new, desk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source, target = build(new(dialect)), new(dialect)
    desk.accept(source)
    assert desk.run(source, target).status == 0
    assert desk.run(source, target).status == 4
    again = desk.run(source, target, "--mode", "replace")
    assert again.status == 0, again.out + again.err
    assert judge(source, target, desk.plan).faults == []
    foreign = build(new(dialect))
    refused = desk.run(source, foreign, "--mode", "replace")
    assert refused.status == 4
    assert reader(foreign).count(next(n for n in reader(foreign).tables() if n.name == "person of note")) == PEOPLE


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_existing_target_with_constraints_in_place_is_filled(dialect, new, desk) -> None:  # type: ignore[no-untyped-def]
    from tests.walk.sources import build_empty

    source, target = build(new(dialect)), build_empty(new(dialect))
    desk.accept(source)
    run = desk.run(source, target)
    assert run.status == 0, run.out + run.err
    verified = desk.verify(source, target)
    assert verified.status == 0, verified.out + verified.err
    assert judge(source, target, desk.plan).faults == []


def test_values_that_are_no_dates_never_pass_and_are_told(desk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "odd.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table visit (id integer primary key, born date)")
        connection.executemany("insert into visit values (?, ?)", [(1, "1980-02-03"), (2, "ask Mrs Byron"), (3, None)])
    connection.close()
    source, target = f"sqlite:///{path}", f"sqlite:///{tmp_path}/target.db"
    desk.plan_path.write_text(
        'version = 1\nname = "odd"\nkey = "odd"\n[tables.visit]\ntreatment = "mask"\n[tables.visit.columns]\n'
        'id = { keep = "a number" }\nborn = { mask = "date_shift" }\n'
    )
    run = desk.run(source, target)
    assert run.status == 0, run.out + run.err
    assert [issue["message"] for issue in run.json["issues"] if issue["code"] == "values-unreadable"] == [
        "1 value is not of this column's type (visit.born) and was written empty."
    ]
    assert b"ask Mrs Byron" not in reader(target).values(reader(target).tables()[0], "born")
    assert "Byron" not in run.out + run.err


def test_narrow_keys_in_a_target_with_wider_ones_are_no_leak(new, desk) -> None:  # type: ignore[no-untyped-def]
    """A dense smallint key meets its own numbers by chance; SQLite's column could hold any number, and was not masked into them."""
    source, target = new("mariadb"), new("sqlite")
    at = make_url(source)
    with (
        pymysql.connect(
            host=at.host,
            port=at.port or 3306,
            user=at.username,
            password=str(at.password),
            database=at.database,
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("create table payment (payment_id smallint unsigned primary key)")
        cursor.execute("insert into payment select seq from seq_1_to_9000")
    assert desk.accept(source).status == 0
    assert desk.run(source, target).status == 0
    verified = desk.verify(source, target)
    assert verified.status == 0, verified.out
    assert verified.json["tables"]["payment"]["overlap"]["payment_id"]["found"] > 1000
