"""`run --mode upsert` and `entity ...` as a person types them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.engine.shop import build
from tests.walk.line import HereDesk


@pytest.fixture
def line(tmp_path: Path) -> HereDesk:
    """A workspace in which the shop has been cloned."""
    made = HereDesk(tmp_path / "desk")
    source, target = f"sqlite:///{tmp_path}/source.db", f"sqlite:///{tmp_path}/target.db"
    build(tmp_path / "source.db", 20)
    with sqlite3.connect(tmp_path / "source.db") as connection:
        connection.execute('delete from "nothing here"')
    made.lookalike("plan", source, "-o", str(made.plan_path), "--accept")
    assert made.lookalike("run", str(made.plan_path), "--source", source, "--target", target).status == 0
    return made


def test_an_entity_is_reserved_saved_brought_back_and_passed_over(line: HereDesk, tmp_path: Path) -> None:
    source, target = f"sqlite:///{tmp_path}/source.db", f"sqlite:///{tmp_path}/target.db"
    # One order is nobody's, and its masked number may be the least.
    person = _ask(tmp_path, "select min(person) from 'order' where person in (select id from person)")
    words = [target, "--table", "person", "--key", str(person)]
    taken = line.lookalike("entity", "reserve", *words, "--owner", "ann", "--for", "2h")
    assert taken.status == 0
    assert taken.json["owner"] == "ann"
    refused = line.lookalike("entity", "reserve", *words, "--owner", "bob", "--until", "2999-01-01", text=True)
    assert refused.status == 4
    assert f"person {person} is reserved by ann until" in refused.err.lower()
    assert line.lookalike("entity", "snapshot", *words, "--note", "before").json["version"] == 1
    with sqlite3.connect(tmp_path / "target.db") as connection:
        connection.execute(f"delete from line where person = {person}")
    run = line.lookalike("run", str(line.plan_path), "--source", source, "--target", target, "--mode", "upsert")
    assert run.status == 0
    assert run.json["tables"]["person"]["merged"]["reserved"] == 1
    assert _ask(tmp_path, f"select count(*) from line where person = {person}") == 0
    back = line.lookalike("entity", "restore", *words, "--owner", "ann")
    assert back.json["tables"]["line"]["inserted"] == 4
    assert _ask(tmp_path, f"select count(*) from line where person = {person}") == 4
    listed = line.lookalike("entity", "list", *words).json
    assert [r["owner"] for r in listed["reservations"]] == ["ann"]
    assert [v["note"] for v in listed["versions"]] == ["before"]
    assert line.lookalike("entity", "release", *words, "--owner", "bob").status == 4
    assert line.lookalike("entity", "release", *words, "--owner", "bob", "--force").json["released"]["owner"] == "ann"
    shown = line.lookalike("entity", "list", *words, text=True).out
    assert "Nothing is reserved" in shown
    assert "before" in shown


def test_a_mistake_is_a_sentence(line: HereDesk, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path}/target.db"
    for words, status, sentence in (
        (["reserve", target, "--table", "nowhere", "--key", "1"], 1, "the target has no table nowhere"),
        (["reserve", target, "--table", "person", "--key", "1", "--for", "long"], 1, "a span is a number"),
        (
            ["reserve", target, "--table", "person", "--key", "1", "--for", "1d", "--until", "2999-01-01"],
            2,
            "give one of",
        ),
        (["restore", target, "--table", "person", "--key", "1"], 1, "no version of this entity"),
        (["list", target, "--table", "person"], 2, "give --table and --key together"),
    ):
        answer = line.lookalike("entity", *words, text=True)
        assert (answer.status, sentence in answer.err.lower() or sentence in answer.err) == (status, True), answer.err


def _ask(folder: Path, sql: str) -> object:
    with sqlite3.connect(folder / "target.db") as connection:
        return connection.execute(sql).fetchone()[0]
