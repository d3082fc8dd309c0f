"""`lookalike discover` on real databases: what a person reads, what a script reads, and what must never be in either."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from engine import cli
from engine.profiling.taxonomy import TAXONOMY
from tests.walk.test_subset_mistakes import execute

Call = Callable[..., tuple[int, str, str]]
PEOPLE = [(n, f"First{n}", f"p{n}@mail.example", f"2001-02-{n % 28 + 1:02}") for n in range(1, 60)]


@pytest.fixture
def lookalike(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the command line in this process: (exit status, stdout, stderr)."""

    def call(*words: str) -> tuple[int, str, str]:
        status = cli.main([*words, "--workspace", str(tmp_path / "workspace")])
        return int(status), *capfd.readouterr()

    return call


@pytest.fixture
def shop(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, first_name TEXT, email TEXT, joined TEXT)")
        database.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, comment TEXT)")
        database.execute("CREATE TABLE colour (id INTEGER PRIMARY KEY, shade TEXT)")
        database.executemany("INSERT INTO customer VALUES (?, ?, ?, ?)", PEOPLE)
        database.executemany("INSERT INTO colour VALUES (?, ?)", [(1, "red"), (2, "green")])
    database.close()
    return f"sqlite:///{tmp_path}/shop.db"


def found(answer: tuple[int, str, str]) -> dict[str, Any]:
    status, out, _ = answer
    assert status == 0
    return json.loads(out)  # type: ignore[no-any-return]


def test_the_json_has_the_promised_keys_for_every_stored_column(lookalike: Call, shop: str) -> None:
    data = found(lookalike("discover", shop, "--json"))
    assert data.keys() == {"columns", "not_examined", "keys", "quasi_identifiers", "seconds"}
    named = {(each["table"], each["column"]): each for each in data["columns"]}
    assert len(named) == len(data["columns"]) == 8
    for each in data["columns"]:
        assert {
            "table",
            "column",
            "entity",
            "probability",
            "evidence",
            "against",
            "group",
            "categories",
            "mask",
        } <= each.keys()
        assert {"rows", "distinct", "share", "inside", "paths", "types"} <= each.keys()
        assert each["entity"] is None or each["entity"] in TAXONOMY
        assert each["categories"].keys() == {"gdpr", "hipaa", "pci"}
        assert 0 <= each["probability"] <= 1


def test_no_cell_value_is_shown_to_people_or_to_scripts(lookalike: Call, shop: str) -> None:
    for words in ((), ("--all",), ("--json",)):
        _, out, err = lookalike("discover", shop, *words)
        for row in PEOPLE:
            assert not any(str(value) in out + err for value in row[1:])


def test_what_was_not_looked_at_is_said_with_the_reason(lookalike: Call, shop: str) -> None:
    missed = found(lookalike("discover", shop, "--json"))["not_examined"]
    assert ("visit", "empty") in {(each["table"], each["code"]) for each in missed}
    _, out, _ = lookalike("discover", shop)
    assert "not examined" in out


def test_a_table_asked_for_is_shown_alone_and_one_that_is_not_there_is_a_usage_error(
    lookalike: Call, shop: str
) -> None:
    data = found(lookalike("discover", shop, "--table", "colour", "--json"))
    assert {each["table"] for each in data["columns"]} == {"colour"}
    assert lookalike("discover", shop, "--table", "none")[0] == 2


def test_an_sql_file_that_is_not_there_is_a_usage_error(lookalike: Call, shop: str, tmp_path: Path) -> None:
    status, _, err = lookalike("discover", shop, "--sql", str(tmp_path / "none.sql"))
    assert (status, "cannot be read" in err) == (2, True)


# What is hard to look at: reported with the reason, undecided where somebody has to decide, and never a crash.

LOGIN = f"looker{os.getpid()}"
HARD = {
    "postgresql": f"""
        CREATE TABLE hollow (id int PRIMARY KEY, never text, note text);
        INSERT INTO hollow SELECT n, NULL, 'plain words' FROM generate_series(1, 5) n;
        CREATE TABLE vacant (id int PRIMARY KEY, email text);
        CREATE TABLE bytes (id int PRIMARY KEY, raw bytea, huge text);
        INSERT INTO bytes VALUES (1, decode(repeat('00ff10', 500), 'hex'), repeat('word and word ', 750000));
        CREATE TABLE secret (id int PRIMARY KEY, email text);
        INSERT INTO secret VALUES (1, 'ada@mail.example');
        CREATE TABLE partly (id int PRIMARY KEY, hollow_id int, email text);
        INSERT INTO partly SELECT n, n % 5 + 1, 'ada@mail.example' FROM generate_series(1, 1500) n;
        CREATE VIEW broken AS SELECT 1 / (id - id) AS x FROM hollow;
        CREATE ROLE {LOGIN} LOGIN PASSWORD '{LOGIN}';
        GRANT SELECT (id, hollow_id) ON partly TO {LOGIN};
        GRANT SELECT ON hollow, vacant, bytes, broken TO {LOGIN};
    """,
    "mariadb": """
        CREATE TABLE hollow (id int PRIMARY KEY, never text, note text);
        INSERT INTO hollow VALUES (1, NULL, 'plain words'), (2, NULL, 'plain words');
        CREATE TABLE vacant (id int PRIMARY KEY, email text);
        CREATE TABLE bytes (id int PRIMARY KEY, raw blob, huge longtext);
        INSERT INTO bytes VALUES (1, REPEAT(x'00ff10', 500), REPEAT('word and word ', 750000));
        CREATE TABLE gone (id int PRIMARY KEY, x int);
        CREATE VIEW broken AS SELECT x FROM gone;
        DROP TABLE gone;
    """,
    "sqlite": """
        CREATE TABLE hollow (id int PRIMARY KEY, never text, note text);
        INSERT INTO hollow VALUES (1, NULL, 'plain words'), (2, NULL, CAST(x'ff00fe' AS TEXT)), (3, NULL, x'00ff');
        CREATE TABLE vacant (id int PRIMARY KEY, email text);
        CREATE TABLE bytes (id int PRIMARY KEY, raw blob, huge text);
        INSERT INTO bytes VALUES (1, zeroblob(1500), replace(hex(zeroblob(2000000)), '00', 'words '));
        CREATE TABLE gone (id int PRIMARY KEY, x int);
        CREATE VIEW broken AS SELECT x FROM gone;
        DROP TABLE gone;
    """,
}


@pytest.mark.parametrize("new_database", HARD, indirect=True)
def test_what_is_hard_to_look_at_is_reported_and_planned_without_a_crash(
    lookalike: Call, new_database: Callable[..., str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    dialect = request.node.callspec.params["new_database"]
    owner = url = new_database()
    execute(url, *filter(str.strip, HARD[dialect].split(";\n")))
    if dialect == "postgresql":
        url = make_url(url).set(username=LOGIN, password=LOGIN).render_as_string(hide_password=False)
    data = found(lookalike("discover", url, "--json"))
    missed = {(each["table"], each["column"]): each for each in data["not_examined"]}
    assert missed["vacant", None]["code"] == "empty"
    assert missed["hollow", "never"]["code"] == "all-null"
    assert missed["bytes", "huge"]["code"] == "cut"
    assert ("bytes", "raw") in missed
    status, out, err = lookalike("plan", url, "-o", str(tmp_path / "plan.toml"), "--json")
    assert status == 0, err
    planned = json.loads(out)["tables"]
    for (table, column), each in missed.items():
        if each["blocking"] and column is not None and table in planned:
            decided = planned[table]["columns"][column]
            assert "undecided" in decided
            assert each["reason"] in decided["reason"]
    if dialect == "postgresql":
        execute(owner, f"DROP OWNED BY {LOGIN}", f"DROP ROLE {LOGIN}")
        assert "secret" in {each["table"] for each in data["not_examined"] if each["blocking"]}
        assert missed["partly", "email"]["code"] == "no-permission"
    assert "plain words" not in out + err
