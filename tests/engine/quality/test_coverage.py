"""Ranges and categories reached and not left; no bound of a real range is told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.quality.coverage import Coverage, rare_categories
from tests.assessing import comparison_of, table_of


def measured(known: pa.Table, target: pa.Table, control: pa.Table | None = None) -> dict[tuple[str, str], Quality]:
    sides = ({"person": side} if side is not None else None for side in (known, target, control))
    told = comparison_of(Schema("sqlite", "main", (table_of("person", known),)), *sides)
    return {(each.metric, each.measure): each for each in Coverage().measure(told, "person", Context())}


def letters(common: int, *rare: str) -> pa.Array:
    return pa.array(["a", "b"] * (common // 2) + list(rare))


def test_a_category_is_rare_below_its_share_of_the_rows_with_a_value() -> None:
    codes = np.array([0] * 98 + [1, 2] + [-1] * 900, np.int32)
    assert list(rare_categories(codes, 0.011)) == [1, 2]
    assert list(rare_categories(codes, 0.01)) == []


def test_rare_categories_that_a_target_lacks_are_counted_apart() -> None:
    known = pa.table({"letter": letters(400, "x", "y", "z", "w")})
    found = measured(known, pa.table({"letter": letters(400, "x", "q", "q", "q")}))
    assert found["CategoryCoverage", "letter"].value == pytest.approx(3 / 6)
    assert found["CategoryAdherence", "letter"].value == pytest.approx(401 / 404)
    rare = found["RareCategoryCoverage", "letter"]
    assert (rare.value, rare.facts["rare"]) == (pytest.approx(1 / 4), 4)


def test_a_column_without_rare_categories_says_so() -> None:
    rows = pa.table({"letter": letters(400)})
    rare = measured(rows, rows)["RareCategoryCoverage", "letter"]
    assert rare.state is State.NOT_MEASURED
    assert "rare" in rare.because


def test_ranges_are_compared_and_never_told() -> None:
    known, target = pa.table({"pay": np.arange(7919.0, 8019.0)}), pa.table({"pay": np.arange(7919.0, 7969.0)})
    found = measured(known, target)
    assert found["RangeCoverage", "pay"].value == pytest.approx(49 / 99)
    assert found["BoundaryAdherence", "pay"].value == 1.0
    assert not any("7919" in str(each.to_json()) for each in found.values())


def test_a_constant_source_column_has_no_range_to_cover() -> None:
    rows = pa.table({"pay": np.full(50, 3.0)})
    found = measured(rows, rows)
    assert found["RangeCoverage", "pay"].because == "the source's column is constant"
    assert found["BoundaryAdherence", "pay"].value == 1.0


def test_held_out_rows_are_a_ceiling_only_where_they_are_enough() -> None:
    rows = pa.table({"letter": letters(400, "x")})
    assert measured(rows, rows, rows.slice(0, 300))["CategoryCoverage", "letter"].ceiling == pytest.approx(2 / 3)
    assert measured(rows, rows, rows.slice(0, 30))["CategoryCoverage", "letter"].ceiling is None
