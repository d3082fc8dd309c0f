"""Validity fails on one row: an orphan, a duplicate, a refused value, an end before its beginning."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from connectors import open_database
from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Kind, Schema, Table, Unique
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Quality, Rests, State
from engine.assessment.view import Carries, Made
from engine.quality.validity import Validity, duplicates, strangers
from tests.assessing import comparison_of, table_of

TEAM, PERSON = TableName("team"), TableName("person")
OF_TEAM = ForeignKey("of_team", ("team",), TEAM, ("id",))
FIRST = datetime(2020, 1, 1)

Rows = Mapping[str, pa.Table]


def rows(people: int = 60, **changed: Any) -> Rows:
    """People of three teams; a column can be given otherwise, as a list or as {row: value}."""
    columns: dict[str, list[Any]] = {
        "id": list(range(people)),
        "team": [row % 3 for row in range(people)],
        "pay": [100.0 + row for row in range(people)],
        "mood": ["good" if row % 2 else "bad" for row in range(people)],
        "since": [FIRST + timedelta(days=row) for row in range(people)],
        "until": [FIRST + timedelta(days=row + 10) for row in range(people)],
    }
    for name, values in changed.items():
        for row, value in values.items():
            columns[name][row] = value
    since = pa.table({"id": [0, 1, 2], "founded": [FIRST - timedelta(days=day) for day in (1, 2, 3)]})
    moments = {name: pa.array(columns.pop(name), pa.timestamp("us")) for name in ("since", "until")}
    return {"team": since, "person": pa.table(columns | moments)}


def schema_of(tables: Rows) -> Schema:
    person = table_of("person", tables["person"], ("id",), (OF_TEAM,))
    columns = tuple(
        replace(column, kind=Kind.ENUM, enum=("good", "bad")) if column.name == "mood" else column
        for column in person.columns
    )
    columns = tuple(replace(column, nullable=column.name != "pay") for column in columns)
    person = replace(person, columns=columns, checks=(Check("positive", "pay > 0", ("pay",)),))
    return Schema("sqlite", "main", (person, table_of("team", tables["team"], ("id",))))


def told(target: Rows, known: Rows | None = None, **options: Any) -> Comparison:
    known = known or rows()
    return comparison_of(schema_of(known), known, target, **options)


def measured(comparison: Comparison, context: Context | None = None) -> dict[tuple[str, str], Quality]:
    found = Validity().measure(comparison, "person", context or Context())
    return {(each.metric, each.measure): each for each in found}


def failed(comparison: Comparison) -> set[str]:
    return {f"{metric} {measure}" for (metric, measure), each in measured(comparison).items() if each.passed is False}


def test_rows_as_they_should_be_pass_in_everything() -> None:
    found = measured(told(rows()))
    assert {each.passed for each in found.values()} == {True}
    assert {metric for metric, _ in found} == {
        "ReferentialIntegrity", "KeyUniqueness", "CheckAdherence", "NotNull", "EnumAdherence", "TemporalOrder",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "fails"),
    [
        ({"team": {7: 99}}, "ReferentialIntegrity of_team"),
        ({"id": {7: 8}}, "KeyUniqueness id"),
        ({"pay": {7: -1.0}}, "CheckAdherence positive"),
        ({"pay": {7: None}}, "NotNull pay"),
        ({"mood": {7: "sour"}}, "EnumAdherence mood"),
        ({"until": {7: FIRST}}, "TemporalOrder since <= until"),
    ],
)
def test_one_row_is_enough_to_fail(changed: dict[str, dict[int, Any]], fails: str) -> None:
    assert failed(told(rows(**changed))) == {fails}


def test_a_child_is_not_before_its_parent() -> None:
    early = {row: FIRST - timedelta(days=100) for row in range(5)}
    assert failed(told(rows(since=early))) == {"TemporalOrder team.founded <= since (of_team)"}


def test_a_null_key_is_no_orphan_and_no_duplicate() -> None:
    assert failed(told(rows(team={1: None, 2: None}))) == set()
    unique = Unique("code", ("team", "pay"))
    table = pa.table({"team": [1, 1, None, None], "pay": [2, 2, 2, 2]})
    assert duplicates(table, unique) == (1, 2)
    assert duplicates(table, replace(unique, nulls_distinct=False)) == (2, 4)


def test_orphans_that_the_source_has_too_are_counted_apart_and_fail_nobody_but_a_generator() -> None:
    orphaned = rows(team={7: 99})
    masked = measured(told(orphaned, orphaned, made=Made.MASKED))["ReferentialIntegrity", "of_team"]
    assert masked.passed
    assert (masked.facts["orphans"], masked.facts["orphans of the source"], masked.rests) == (1, 1, Rests.SOURCE)
    assert measured(told(orphaned, orphaned))["ReferentialIntegrity", "of_team"].passed is False
    assert measured(told(orphaned))["ReferentialIntegrity", "of_team"].rests is Rests.TARGET
    counted = replace(told(orphaned, made=Made.MASKED), orphans={(PERSON, "of_team"): 5})
    assert measured(counted)["ReferentialIntegrity", "of_team"].facts["orphans of the source"] == 5


def test_orphans_of_a_masked_table_have_no_verdict_where_nobody_knows_the_sources() -> None:
    comparison = told(rows(team={7: 99}), made=Made.MASKED)
    assert measured(comparison)["ReferentialIntegrity", "of_team"].passed is False
    sampled = replace(comparison.known, whole={**comparison.known.whole, PERSON: 1000})
    found = measured(replace(comparison, known=sampled))["ReferentialIntegrity", "of_team"]
    assert (found.passed, found.facts["orphans"]) == (None, 1)
    assert "not known" in found.because


def test_a_key_whose_parents_were_not_all_read_is_not_judged_from_the_sample() -> None:
    comparison = told(rows(team={7: 99}))
    sampled = replace(comparison.target, whole={**comparison.target.whole, TEAM: 1000})
    found = measured(replace(comparison, target=sampled))["ReferentialIntegrity", "of_team"]
    assert found.state is State.NOT_MEASURED


def test_an_order_that_the_source_does_not_keep_is_asked_of_nobody() -> None:
    known = rows(until={row: FIRST - timedelta(days=1) for row in range(10)})
    assert ("TemporalOrder", "since <= until") not in measured(told(rows(), known))


@pytest.mark.parametrize(("first", "then", "asked"), [("last_update", "until", False), ("since", "last_update", True)])
def test_a_row_is_changed_after_what_it_says_and_before_nothing(first: str, then: str, asked: bool) -> None:
    names = {"since": first, "until": then}
    changed = {
        name: table.rename_columns([names.get(column, column) for column in table.column_names])
        for name, table in rows().items()
    }
    found = {measure for metric, measure in measured(told(changed, changed)) if metric == "TemporalOrder"}
    assert (f"{first} <= {then}" in found) is asked


def test_made_up_times_have_no_order() -> None:
    assert not [metric for metric, _ in measured(told(rows(), carries=Carries.REPLACED)) if metric == "TemporalOrder"]


def test_a_set_of_mysql_holds_any_of_its_labels() -> None:
    values = pa.chunked_array([["a,b", "", None, "a,x", "x", "b"]])
    assert strangers(values, ("a", "b"), several=True) == 2
    assert strangers(values, ("a", "b"), several=False) == 4


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A target whose tables are called otherwise, with a hundred people: one orphan, one duplicate, two that break a condition."""
    file = tmp_path / "target.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE teams (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE people (id INTEGER, team INTEGER, pay REAL)")
        connection.executemany("INSERT INTO teams VALUES (?)", [(0,), (1,), (2,)])
        people = [(row or 1, 9 if row == 50 else row % 3, -1 if row > 97 else 1) for row in range(100)]
        connection.executemany("INSERT INTO people VALUES (?, ?, ?)", people)
    connection.close()
    return f"sqlite:///{file}"


def test_where_it_can_be_asked_the_whole_target_is_counted_under_its_own_names(database: str) -> None:
    comparison = replace(told(rows()), target_names={TEAM: TableName("teams"), PERSON: TableName("people")})
    with open_database(database) as target, target.audit() as audit:
        found = measured(comparison, Context(audit=audit))
        away = measured(replace(comparison, target_names={}), Context(audit=audit))
        parentless = measured(replace(comparison, target_schema=Schema("sqlite", "main", ())), Context(audit=audit))
    assert parentless["ReferentialIntegrity", "of_team"].because == "team is not in the target"
    for key, count in {
        ("ReferentialIntegrity", "of_team"): 1,
        ("KeyUniqueness", "id"): 1,
        ("CheckAdherence", "positive"): 2,
    }.items():
        assert (found[key].passed, found[key].facts["rows"]) == (False, 100)
        assert found[key].value == pytest.approx(1 - count / 100)
        assert found[key].facts["asked"] == "the whole target"
        assert away[key].state is State.NOT_MEASURED, "a table that is not there cannot be asked"


def test_a_condition_in_another_dialects_words_is_tried_on_the_sample(database: str) -> None:
    comparison = replace(told(rows(pay={3: -5.0})), target_schema=Schema("postgresql", "public", ()))
    with open_database(database) as target, target.audit() as audit:
        found = measured(comparison, Context(audit=audit))["CheckAdherence", "positive"]
    assert (found.passed, found.facts["asked"], found.facts["failures"]) == (False, "a sample", 1)


def test_a_condition_that_only_its_database_understands_is_not_measured() -> None:
    comparison = told(rows())
    person = comparison.schema.table(PERSON)
    for expression in ("pay ~> 0", "my_function(pay) > 0", "nowhere > 0"):
        odd = replace(person, checks=(Check("odd", expression),))
        found = measured(replace(comparison, schema=Schema("sqlite", "main", (odd, comparison.schema.table(TEAM)))))
        assert found["CheckAdherence", "odd"].state is State.NOT_MEASURED


def test_an_empty_table_and_one_that_nothing_is_demanded_of_have_no_verdict() -> None:
    empty = {name: table.slice(0, 0) for name, table in rows().items()}
    assert {each.passed for each in measured(told(empty)).values()} == {None}
    bare = Table(PERSON, (Column("id", "int", Kind.INTEGER),))
    side = {"person": pa.table({"id": np.arange(3)})}
    found = measured(comparison_of(Schema("sqlite", "main", (bare,)), side, side))
    assert [each.because for each in found.values()] == ["nothing is demanded of its rows"]
