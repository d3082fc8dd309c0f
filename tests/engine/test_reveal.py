"""A look at real values is entered in a chain first, never with a value; where it cannot be entered nothing is read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors import open_database
from connectors.errors import ReadError
from engine.catalog.store import CatalogError, open_catalog
from engine.keys import MaskingKey
from engine.plan import Rule
from engine.reveal import CHAIN, MOST, Masking, logged, reveal
from tests.engine.shop import PERSON, Hashed, build, plan

KEY = MaskingKey("shop", b"k" * 32)


@pytest.fixture
def office(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_catalog(tmp_path / "catalog.db") as catalog:
        yield SimpleNamespace(catalog=catalog)


@pytest.fixture
def source(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_database(build(tmp_path / "s.db")) as database:
        yield database


def test_a_reveal_is_entered_with_who_and_what_and_without_a_value(office, source) -> None:  # type: ignore[no-untyped-def]
    shown = reveal(office, source, "shop", PERSON, "name", "ada", 3)
    assert len(shown.before) == 3
    assert shown.after is None
    (entry,) = office.catalog.entries(CHAIN)
    assert json.loads(entry.payload) == {
        "who": "ada",
        "source": "shop",
        "table": "person",
        "columns": ["name"],
        "rows": 3,
    }
    assert entry.at
    assert not any(str(value) in entry.payload for value in shown.before)
    assert repr(shown) == "Revealed()"


def test_beside_each_value_stands_what_the_rule_makes_of_it(office, source) -> None:  # type: ignore[no-untyped-def]
    """Also where other columns of the plan are undecided."""
    waiting = plan()
    table = waiting.tables[PERSON]
    undecided = type(table)(table.treatment, (*table.rules[:2], Rule(("name",), None, "not sure"), *table.rules[3:]))
    waiting = type(waiting)(waiting.name, waiting.key, {**waiting.tables, PERSON: undecided})
    masking = Masking(waiting, Rule(("email",), Hashed()), KEY)
    shown = reveal(office, source, "shop", PERSON, "email", "ada", 5, masking)
    assert shown.after is not None
    assert all(
        (before is None) == (after is None) and (before is None or before != after)
        for before, after in zip(shown.before, shown.after, strict=True)
    )


def test_no_look_shows_more_than_a_few_values(office, source) -> None:  # type: ignore[no-untyped-def]
    assert len(reveal(office, source, "shop", PERSON, "name", "ada", 10_000).before) == MOST


def test_what_cannot_be_entered_is_not_read(office, source, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with sqlite3.connect(tmp_path / "catalog.db") as catalog:
        catalog.execute("drop table chain_head")
    read = []
    watched = SimpleNamespace(describe=source.describe, snapshot=lambda: read.append("read"))
    with pytest.raises(CatalogError):
        reveal(office, watched, "shop", PERSON, "name", "ada", 3)
    assert read == []


def test_an_unknown_column_is_a_sentence_and_no_entry(office, source) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ReadError, match=r"no column person\.ghost"):
        reveal(office, source, "shop", PERSON, "ghost", "ada", 3)
    assert office.catalog.entries(CHAIN) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "update chain set payload = replace(payload, 'ada', 'bob') where ordinal = 1",
        "delete from chain where ordinal = 1",
        "delete from chain where ordinal = 2",
    ],
    ids=["changed", "taken out", "shortened"],
)
def test_tampering_with_the_chain_is_seen(office, tmp_path, tampering) -> None:  # type: ignore[no-untyped-def]
    for column in ("name", "email"):
        logged(office, {"who": "ada", "source": "shop", "table": "person", "columns": [column], "rows": 3})
    assert office.catalog.verify_chain(CHAIN) is None
    with sqlite3.connect(tmp_path / "catalog.db") as catalog:
        catalog.execute(tampering)
    assert office.catalog.verify_chain(CHAIN) is not None
