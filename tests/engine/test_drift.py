"""Whatever is new in a source stops check and run, is named and comes with a proposal; a plan renewed lets it pass."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.lock import lock_path
from tests.walk.line import HereDesk

NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Tony", "Niklaus"]
SOURCE = """
    CREATE TABLE person (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, state TEXT CHECK (state IN ('new', 'old')), details JSON);
    CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id), cost NUMERIC(8, 2));
"""


def execute(source: str, script: str) -> None:
    with sqlite3.connect(source.removeprefix("sqlite:///")) as connection:
        connection.executescript(script)
    connection.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, HereDesk]:
    """A source and its plan, made once."""
    folder = tmp_path_factory.mktemp("drift")
    execute(f"sqlite:///{folder}/source.db", SOURCE)
    for number, name in enumerate(NAMES):
        document = json.dumps({"mail": f"{name.lower()}@mail.example", "theme": "dark"})
        execute(f"sqlite:///{folder}/source.db", f"INSERT INTO person VALUES ({number}, '{name}', 'new', '{document}')")
        execute(f"sqlite:///{folder}/source.db", f"INSERT INTO visit VALUES ({number}, {number}, 10.5)")
    desk = HereDesk(folder / "desk")
    assert desk.accept(f"sqlite:///{folder}/source.db").status == 0
    return folder, desk


@pytest.fixture
def source(tmp_path: Path, made: tuple[Path, HereDesk]) -> str:
    copyfile(made[0] / "source.db", tmp_path / "source.db")
    return f"sqlite:///{tmp_path}/source.db"


@pytest.fixture
def planned(made: tuple[Path, HereDesk]) -> Iterator[HereDesk]:
    desk = made[1]
    kept = {path: path.read_bytes() for path in (desk.plan_path, lock_path(desk.plan_path))}
    yield desk
    for path, content in kept.items():
        path.write_bytes(content)


def rebuilt(table: str, old: str, new: str) -> Callable[[], str]:
    """SQL that makes a table anew with another column definition."""
    definition = next(line for line in SOURCE.splitlines() if f"TABLE {table} " in line).strip()
    assert old in definition
    return lambda: (
        f"""
        PRAGMA legacy_alter_table = ON; ALTER TABLE {table} RENAME TO before;
        {definition.replace(old, new)}
        INSERT INTO {table} SELECT * FROM before; DROP TABLE before;
    """
    )


CHANGES = [
    ("drift-table-added", "fresh", "id pseudonym", lambda: "CREATE TABLE fresh (id INTEGER PRIMARY KEY, email TEXT)"),
    ("drift-column-added", "person.email", "Proposed: email",
     lambda: "ALTER TABLE person ADD COLUMN email TEXT; UPDATE person SET email = lower(first_name) || '@mail.example'"),
    ("drift-type", "visit.cost", "NUMERIC(9, 2)", rebuilt("visit", "NUMERIC(8, 2)", "NUMERIC(9, 2)")),
    ("drift-enum-label", "person.state", "gone", rebuilt("person", "'old')", "'old', 'gone')")),
    ("drift-constraint-lost", "visit", "foreign_keys", rebuilt("visit", " REFERENCES person (id)", "")),
    ("drift-constraint-lost", "person", "check", rebuilt("person", " CHECK (state IN ('new', 'old'))", "")),
    ("drift-null", "person.first_name", "NOT NULL", rebuilt("person", " NOT NULL", "")),
    ("drift-json-path", "person.details", "$.phone",
     lambda: """UPDATE person SET details = json_insert(details, '$.phone', '+1 202 555 0143')"""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "place", "words", "change"), CHANGES, ids=[f"{c[0]} {c[1]}" for c in CHANGES])
def test_a_change_blocks_check_and_run_and_is_named_with_a_proposal(
    planned: HereDesk, source: str, tmp_path: Path, code: str, place: str, words: str, change: Callable[[], str]
) -> None:
    execute(source, change())
    checked = planned.lookalike("check", str(planned.plan_path), "--source", source)
    assert checked.status == 3
    found = {p["code"]: p for p in checked.json["problems"] if p["severity"] == "error"}
    assert code in found, checked.json
    told = found[code]
    assert ".".join(part for part in (told["table"], told["column"]) if part) == place
    assert words in told["reason"]
    run = planned.run(source, f"sqlite:///{tmp_path}/target.db")
    assert run.status == 3
    assert not (tmp_path / "target.db").exists()


def test_a_path_that_the_plan_decides_on_itself_is_no_drift(planned: HereDesk, source: str) -> None:
    text = planned.plan_path.read_text("utf-8")
    assert '"$.mail" = "email"' in text
    planned.plan_path.write_text(text.replace('"$.mail" = "email"', '"$.mail" = "email", "$.phone" = "phone"'))
    execute(source, "UPDATE person SET details = json_insert(details, '$.phone', '+1 202 555 0143')")
    assert planned.lookalike("check", str(planned.plan_path), "--source", source).status == 0


def test_a_new_proposal_lets_the_change_pass_and_accept_alone_does_not(planned: HereDesk, source: str) -> None:
    execute(source, "UPDATE person SET details = json_insert(details, '$.phone', '+1 202 555 0143')")
    execute(source, rebuilt("person", "'old')", "'old', 'gone')")())
    words = ("plan", source, "-o", str(planned.plan_path), "--accept")
    assert planned.lookalike(*words).status == 0
    checked = planned.lookalike("check", str(planned.plan_path), "--source", source)
    assert {"drift-json-path", "drift-enum-label"} <= {problem["code"] for problem in checked.json["problems"]}
    assert checked.status == 3
    assert planned.lookalike(*words, "--accept-new").status == 0
    assert planned.lookalike("check", str(planned.plan_path), "--source", source).status == 0
    assert '"$.phone" = ' in planned.plan_path.read_text("utf-8")


def test_paths_that_the_next_sample_does_not_show_stay_known(planned: HereDesk, source: str) -> None:
    execute(source, "UPDATE person SET details = json_remove(details, '$.theme')")
    assert planned.lookalike("plan", source, "-o", str(planned.plan_path), "--accept").status == 0
    execute(source, "UPDATE person SET details = json_insert(details, '$.theme', 'light')")
    assert "drift-json-path" not in {
        problem["code"]
        for problem in planned.lookalike("check", str(planned.plan_path), "--source", source).json["problems"]
    }


EDITS = {
    "person.first_name": ['{ mask = "redact" }', '{ keep = "public figures" }', '{ mask = "token" }'],
    "person.state": ['{ keep = "a state says nothing" }', '{ mask = "category", choices = ["new", "old"] }'],
    "visit.cost": ['{ mask = "number_noise", relative = 0.5 }', '{ keep = "prices are public" }', '{ mask = "null" }'],
    "person.details": ['{ mask = "json_path", paths = { "$.mail" = "email" } }', '{ mask = "null" }'],
}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.fixed_dictionaries({}, optional={place: st.sampled_from(said) for place, said in EDITS.items()}))
def test_any_edits_of_a_person_survive_a_new_proposal(planned: HereDesk, source: str, edits: dict[str, str]) -> None:
    first, lock = planned.plan_path.read_text("utf-8"), lock_path(planned.plan_path).read_bytes()
    try:
        lines = [_edited(line, edits, section) for line, section in _with_sections(first)]
        edited = "\n".join(lines) + "\n# a remark of mine\n"
        planned.plan_path.write_text(edited, "utf-8")
        assert planned.lookalike("plan", source, "-o", str(planned.plan_path), "--accept").status == 0
        again = planned.plan_path.read_text("utf-8")
        for place, said in edits.items():
            assert any(said in line for line, section in _with_sections(again) if _place(line, section) == place)
        assert "# a remark of mine" in again
    finally:
        planned.plan_path.write_text(first, "utf-8")
        lock_path(planned.plan_path).write_bytes(lock)


def _with_sections(text: str) -> list[tuple[str, str]]:
    listed, section = [], ""
    for line in text.splitlines():
        section = line.strip("[]").removeprefix("tables.").removesuffix(".columns") if line.startswith("[") else section
        listed.append((line, section))
    return listed


def _place(line: str, section: str) -> str:
    return f"{section}.{line.split('=')[0].strip()}"


def _edited(line: str, edits: dict[str, str], section: str) -> str:
    place = _place(line, section)
    return f"{line.split('=')[0].strip()} = {edits[place]}" if place in edits and "{" in line else line
