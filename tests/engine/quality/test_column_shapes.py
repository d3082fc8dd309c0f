"""Column shapes of tables: which columns, which figure, and what could be reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.assessment.view import Carries, Made
from engine.quality.column_shapes import ColumnShapes
from engine.quality.columns import HALVES, HELD_OUT
from tests.assessing import comparison_of, table_of

OF_TEAM = ForeignKey("of_team", ("team",), TableName("team"), ("id",))


def people(seed: int, rows: int = 400) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "id": np.arange(rows),
            "team": np.zeros(rows, np.int64),
            "age": pa.array(rng.normal(40, 10, rows), mask=rng.random(rows) < 0.2),
            "land": pa.array([f"land {code}" for code in rng.integers(0, 5, rows)]),
            "letter": pa.array([f"dear {code}" for code in rng.integers(0, 10**9, rows)]),
            "born": pa.array(rng.integers(0, 9000, rows).astype(np.int32)).cast(pa.date32()),
        }
    )


def told(known: pa.Table, target: pa.Table, control: pa.Table | None = None, made: Made = Made.SYNTHETIC) -> Comparison:
    schema = Schema(
        "sqlite",
        "main",
        (table_of("person", known, ("id",), (OF_TEAM,)), table_of("team", pa.table({"id": [0]}), ("id",))),
    )
    sides = [
        {"person": side, "team": pa.table({"id": [0]})} if side is not None else None
        for side in (known, target, control)
    ]
    return comparison_of(schema, sides[0], sides[1], sides[2], made=made)


def measured(comparison: Comparison) -> dict[tuple[str, str], Quality]:
    return {(each.metric, each.measure): each for each in ColumnShapes().measure(comparison, "person", Context())}


def test_numbers_and_times_get_kolmogorov_smirnov_and_categories_total_variation() -> None:
    found = measured(told(people(1), people(1)))
    assert {key for key, each in found.items() if each.value == 1.0} == {
        ("ColumnShapes", ""), ("KSComplement", "age"), ("KSComplement", "born"), ("TVComplement", "land"),
        *(("MissingValueSimilarity", name) for name in ("age", "land", "letter", "born")),
    }  # fmt: skip


def test_keys_are_no_statistics_and_a_table_of_keys_alone_is_no_scope() -> None:
    comparison = told(people(1), people(2))
    assert ColumnShapes().scopes(comparison) == ("person",)
    assert not {"id", "team"} & {measure for _, measure in measured(comparison)}


def test_made_up_values_are_not_compared() -> None:
    comparison = told(people(1), people(2))
    carries = {**comparison.carries, (TableName("person"), "land"): Carries.REPLACED}
    assert not [m for _, m in measured(replace(comparison, carries=carries)) if m == "land"]


def test_prose_is_no_category() -> None:
    letter = measured(told(people(1), people(2)))["TVComplement", "letter"]
    assert letter.state is State.NOT_MEASURED
    assert "text" in letter.because


def test_the_ceiling_is_what_other_rows_of_the_source_reach_at_the_same_size() -> None:
    held_out, halves = told(people(1), people(2), people(3)), told(people(1), people(2))
    for comparison, said in ((held_out, HELD_OUT), (halves, HALVES)):
        age = measured(comparison)["KSComplement", "age"]
        assert age.facts["ceiling"] == said
        assert age.value == pytest.approx(age.ceiling, abs=0.06)


def test_a_masked_table_without_held_out_rows_has_no_ceiling() -> None:
    assert measured(told(people(1), people(1), made=Made.MASKED))["ColumnShapes", ""].ceiling is None


def test_the_worst_column_comes_first() -> None:
    moved = people(2).set_column(2, "age", pa.array(np.full(400, 1000.0)))
    shapes = measured(told(people(1), moved))["ColumnShapes", ""]
    assert shapes.facts["worst 1"] == "age"
    assert measured(told(people(1), moved))["KSComplement", "age"].value == 0.0


def test_columns_of_other_types_on_either_side_are_compared_as_text() -> None:
    known = pa.table({"flag": pa.array([True, False] * 40)})
    target = pa.table({"flag": pa.array([1, 0] * 40)})
    comparison = comparison_of(
        Schema("sqlite", "main", (table_of("person", known),)), {"person": known}, {"person": target}
    )
    assert measured(comparison)["TVComplement", "flag"].state is State.MEASURED
