"""`lookalike discover` on real databases: what a person reads, what a script reads, and what must never be in either."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import cli
from engine.profiling.taxonomy import TAXONOMY

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
        assert {"table", "column", "entity", "probability", "evidence", "group", "categories", "mask"} <= each.keys()
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
