from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from connectors.names import TableName
from connectors.schema import Check, Column, Kind, Schema, Unique
from engine.drift import Present, drift
from engine.lock import Lock, lock_text, make_lock, read_lock
from engine.problems import PlanError, Severity
from engine.propose import propose
from tests.engine.tables import column, integer, plan, primary, refers, schema, schemas, table

PEOPLE = schema(
    table(
        "person", integer("id"), column("name", length=20), column("state", Kind.ENUM, enum=("new", "old")),
        checks=(Check("c", "name <> 'Ada Byron'", ("name",)),),
    ),
    table("visit", integer("id"), integer("person"), foreign_keys=(refers("person", "person"),)),
)  # fmt: skip
LOCK = make_lock(PEOPLE, propose(PEOPLE), {TableName("visit"): {"doc": ("$.a",)}})


@settings(max_examples=25, deadline=None)
@given(schemas())
def test_any_lock_comes_back_from_its_text(described: Schema) -> None:
    lock = make_lock(described, propose(described))
    assert read_lock(lock_text(lock)) == lock
    assert drift(lock, described) == ()


def test_a_lock_holds_no_literal_of_a_condition() -> None:
    assert "Byron" not in lock_text(LOCK)
    assert LOCK.json_paths == read_lock(lock_text(LOCK)).json_paths


@pytest.mark.parametrize("text", ["", "{}", '{"lock": 9}', '{"lock": 1, "dialect": "x", "tables": []}'])
def test_text_that_is_no_lock_is_a_problem(text: str) -> None:
    with pytest.raises(PlanError, match=r"PLAN\.lock"):
        read_lock(text)


def changed(name: str, *columns: Column, **facts: object) -> Schema:
    tables = tuple(
        replace(t, **({"columns": columns} if columns else {}), **facts) if t.name.name == name else t
        for t in PEOPLE.tables
    )  # type: ignore[arg-type]
    return replace(PEOPLE, tables=tables)


PERSON = PEOPLE.table(TableName("person")).columns
DRIFTS = [
    (replace(PEOPLE, tables=PEOPLE.tables[:1]), {("drift-table-dropped", "visit")}),
    (replace(PEOPLE, tables=(*PEOPLE.tables, table("new", integer("id")))), {("drift-table-added", "new")}),
    (changed("person", *PERSON, column("email")), {("drift-column-added", "person.email")}),
    (changed("person", *PERSON[:1], PERSON[2]), {("drift-column-dropped", "person.name")}),
    (changed("person", PERSON[0], replace(PERSON[1], native="text"), PERSON[2]), {("drift-type", "person.name")}),
    (changed("person", PERSON[0], replace(PERSON[1], nullable=False), PERSON[2]), {("drift-null", "person.name")}),
    (changed("person", *PERSON[:2], replace(PERSON[2], enum=("new", "gone"))),
     {("drift-enum-label", "person.state"), ("drift-enum-label-gone", "person.state")}),
    (changed("person", uniques=(primary("id"), Unique("u", ("name",)))), {("drift-constraint-added", "person")}),
    (changed("visit", foreign_keys=()), {("drift-constraint-lost", "visit")}),
]  # fmt: skip


@pytest.mark.parametrize(("now", "expected"), DRIFTS)
def test_every_change_of_the_source_is_named(now: Schema, expected: set[tuple[str, str]]) -> None:
    assert {(problem.code, problem.place) for problem in drift(LOCK, now)} == expected


LISTED = table("t", integer("id"), column("state"), checks=(Check("c", "state IN ('new', 'old')", ("state",)),))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("state IN ('new', 'old', 'gone')", [("drift-enum-label", "t.state")]),
        ("state = 'new' OR state IS NULL", [("drift-enum-label-gone", "t.state")]),
        ("state IN ('new', 'old') AND id > 0", [("drift-constraint-lost", "t"), ("drift-constraint-added", "t")]),
        ("length(state) = 3", [("drift-constraint-lost", "t"), ("drift-constraint-added", "t")]),
    ],
)
def test_a_check_that_lists_other_labels_is_told_once(condition: str, expected: list[tuple[str, str]]) -> None:
    before = schema(LISTED)
    now = schema(replace(LISTED, checks=(Check("c", condition, ("state",)),)))
    assert [(found.code, found.place) for found in drift(make_lock(before, propose(before)), now)] == expected


def test_paths_are_new_only_where_no_limit_kept_looks_apart() -> None:
    """Errors block a run; what a limit leaves open is a warning."""
    visit = TableName("visit")
    seen = {visit: {"doc": ("$.a", "$.b")}}
    (found,) = drift(LOCK, PEOPLE, present=Present(seen))
    assert (found.code, found.severity) == ("drift-json-path", Severity.ERROR)
    partly = replace(LOCK, partly={visit: ("doc",)})
    assert read_lock(lock_text(partly)) == partly
    for lock, present in ((LOCK, Present(seen, frozenset({(visit, "doc")}))), (partly, Present(seen))):
        (found,) = drift(lock, PEOPLE, present=present)
        assert (found.code, found.severity) == ("drift-json-partly", Severity.WARNING)


def test_what_is_new_blocks_and_comes_with_a_proposal() -> None:
    now = changed("person", *PERSON, column("email"))
    (found,) = drift(LOCK, now, plan({}), Present(proposed=propose(now)))
    assert found.severity is Severity.ERROR
    assert "Proposed: email." in found.reason
    assert isinstance(LOCK, Lock)
