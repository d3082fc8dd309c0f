"""What testers meet of the source's variety."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.assessment.view import Frame
from engine.quality.diversity import COMBINATIONS, COVERAGE, DISTINCT, EDGES, NEAR, Diversity
from engine.quality.levels import distinct_rows
from tests.assessing import comparison_of, table_of


def measured(known: pa.Table, target: pa.Table, control: pa.Table | None = None) -> dict[str, Quality]:
    schema = Schema("sqlite", "main", (table_of("person", known),))
    sides = [{"person": rows} if rows is not None else None for rows in (known, target, control)]
    assert sides[0] is not None
    assert sides[1] is not None
    found = Diversity().measure(comparison_of(schema, sides[0], sides[1], sides[2]), "person", Context())
    json.dumps([each.to_json() for each in found], allow_nan=False)
    return {f"{each.metric} {each.measure}".strip(): each for each in found}


def rows_of(rng: np.random.Generator, rows: int = 1_000) -> pa.Table:
    x = rng.normal(size=rows)
    return pa.table({"x": x, "y": x + rng.normal(size=rows) / 10, "kind": rng.choice(list("abcd"), rows)})


def test_a_copy_reaches_everything() -> None:
    known = rows_of(np.random.default_rng(0))
    found = measured(known, known)
    for name in (COVERAGE, f"{COMBINATIONS} 2-way", f"{COMBINATIONS} 3-way", DISTINCT, EDGES):
        assert found[name].value == 1, name


def test_combinations_worked_by_hand() -> None:
    """The source has 4 pairs of two columns' values, each 50 times; the target has 2 of them and one that is new."""
    known = pa.table({"a": ["p", "p", "q", "q"] * 50, "b": ["r", "s", "r", "s"] * 50, "c": ["k"] * 200})
    target = pa.table({"a": ["p", "p", "q", "n"] * 50, "b": ["r", "r", "s", "s"] * 50, "c": ["k"] * 200})
    found = measured(known, target)
    pairs = found[f"{COMBINATIONS} 2-way"]
    assert pairs.value == 0.5
    assert pairs.facts["combinations in the source"] == 4
    assert pairs.facts["not in the source"] == 1
    assert pairs.facts["column sets reached in full"] == 0
    assert found[f"{COMBINATIONS} 3-way"].state is State.NOT_MEASURED


def test_a_target_of_one_mode_covers_less_than_held_out_rows() -> None:
    rng = np.random.default_rng(1)
    known, control = rows_of(rng), rows_of(rng)
    narrow = pa.table({"x": [0.1] * 1_000, "y": [0.1] * 1_000, "kind": ["a"] * 1_000})
    found = measured(known, narrow, control)
    coverage, near = found[COVERAGE], found[NEAR]
    assert coverage.value is not None
    assert coverage.ceiling is not None
    assert coverage.floor is not None
    assert coverage.value < 0.2 < coverage.floor < coverage.ceiling
    assert near.value == 1
    assert near.ceiling == pytest.approx(0.05, abs=0.03)
    assert found[DISTINCT].value == pytest.approx(0.001)


def test_distinct_rows_are_counted() -> None:
    frame = Frame((np.array([1, 1, 2, 2], np.int32), np.array([0.5, 0.5, 0.5, np.nan])), 4)
    assert distinct_rows(frame) == 3


def test_edge_cases_worked_by_hand() -> None:
    """The source has a NULL, a zero and a negative number, an empty text and a quote, a leap day; the target lacks three of them."""
    days = pa.array([19_000, 18_321, 19_000, 19_000] * 50, pa.int32()).cast(pa.date32())  # 18321 is 2020-02-29
    plain = pa.array([19_000] * 200, pa.int32()).cast(pa.date32())
    known = pa.table({"n": [None, 0, -1, 5] * 50, "t": ["", "o'k", "ab", "ab"] * 50, "d": days})
    target = pa.table({"n": pa.array([3, 0, -1, 5] * 50), "t": ["", "okk", "ab", "ab"] * 50, "d": plain})
    edges = measured(known, target)[EDGES]
    assert edges.facts["edge cases in the source"] == 7
    assert edges.facts["NULL"] == "0 of 1 columns"
    assert edges.facts["quote"] == "0 of 1 columns"
    assert edges.facts["leap day"] == "0 of 1 columns"
    assert edges.facts["longest text"] == "1 of 1 columns"
    assert edges.value == pytest.approx(4 / 7)


def test_few_rows_and_columns_without_values_are_not_measured() -> None:
    known = rows_of(np.random.default_rng(2))
    assert {figure.state for figure in measured(known, known.slice(0, 5)).values()} == {State.NOT_MEASURED}
    empty = pa.table({"a": pa.nulls(200, pa.string()), "b": [1.0] * 200})
    found = measured(empty, empty)
    assert found[f"{COMBINATIONS} 2-way"].state is State.NOT_MEASURED
    assert found[DISTINCT].value == 1


def test_infinite_numbers_are_no_numbers() -> None:
    known = rows_of(np.random.default_rng(3))
    odd = known.set_column(0, "x", pa.array([float("inf"), float("-inf")] * 500))
    assert measured(odd, odd)[COVERAGE].value == 1
