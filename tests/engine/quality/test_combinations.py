"""Distances over combinations of columns: by hand, against what chance leaves, and against columns by themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.jobs.control import Control
from engine.quality.columns import HALVES, HELD_OUT
from engine.quality.combinations import Combinations, distances
from engine.quality.crossing import Codes, chosen
from tests.assessing import comparison_of, table_of


def measured(known: pa.Table, target: pa.Table, control: pa.Table | None = None, **options: int) -> dict[str, Quality]:
    sides = ({"person": side} if side is not None else None for side in (known, target, control))
    told = comparison_of(Schema("sqlite", "main", (table_of("person", known),)), *sides)
    return {each.measure: each for each in Combinations(**options).measure(told, "person", Context())}


def chained(seed: int, rows: int, columns: int = 4) -> pa.Table:
    """Every column is mostly the one before."""
    rng = np.random.default_rng(seed)
    found = [rng.integers(0, 4, rows)]
    for _ in range(columns - 1):
        found.append(np.where(rng.random(rows) < 0.8, found[-1], rng.integers(0, 4, rows)))
    return pa.table({f"c{place}": [f"v{code}" for code in codes] for place, codes in enumerate(found)})


def test_distances_of_two_by_two_rows_by_hand() -> None:
    def side(*columns: list[int]) -> tuple[Codes, ...]:
        return tuple(Codes(np.array(column, np.int64), 3) for column in columns)

    one, other = side([1, 1, 2, 2], [1, 2, 1, 2]), side([1, 1, 2, 2], [1, 1, 2, 2])
    assert list(distances(one, other, [(0,), (1,), (0, 1)], Control())) == [0.0, 0.0, 0.5]


def test_a_flag_that_is_a_number_is_seen_to_change() -> None:
    """A tenth of 1 in the source, nine tenths in the target: eight tenths of the rows are elsewhere."""
    known, target = (pa.table({"flag": [1.0 if place % 10 < ones else 0.0 for place in range(100)]}) for ones in (1, 9))
    assert measured(known, target)["1-way"].facts["all rows"] == pytest.approx(0.8)


def test_the_same_distribution_lies_at_the_ceiling_for_one_two_and_three_columns() -> None:
    found = measured(chained(1, 4000), chained(2, 4000), chained(3, 2000))
    for way in ("1-way", "2-way", "3-way"):
        assert found[way].value == pytest.approx(found[way].ceiling, abs=0.02)
        assert found[way].facts["ceiling"] == HELD_OUT
        assert found[way].facts["rows"] == 2000


def test_columns_that_are_right_one_by_one_lie_at_the_floor_of_two_and_three() -> None:
    target, rng = chained(2, 4000), np.random.default_rng(0)
    shuffled = pa.table({name: target.column(name).take(rng.permutation(4000)) for name in target.column_names})
    found = measured(chained(1, 4000), shuffled)
    assert found["1-way"].value < 0.05
    for way in ("2-way", "3-way"):
        assert found[way].value == pytest.approx(found[way].floor, abs=0.02)
        assert found[way].value > 0.3


def test_few_held_out_rows_give_way_to_halves() -> None:
    assert measured(chained(1, 4000), chained(2, 4000), chained(3, 60))["3-way"].facts["ceiling"] == HALVES


def test_where_only_some_triples_are_looked_at_the_mean_has_an_interval() -> None:
    found = measured(chained(1, 500, 9), chained(2, 500, 9), groups=20)["3-way"]
    assert (found.facts["groups"], found.facts["groups in all"]) == (20, 84)
    assert found.low < found.value < found.high
    whole = measured(chained(1, 500, 9), chained(2, 500, 9))["3-way"]
    assert found.low < whole.value < found.high
    assert whole.low is None


def test_too_few_rows_give_no_distance() -> None:
    assert measured(chained(1, 10), chained(2, 10))[""].state is State.NOT_MEASURED


def test_a_choice_keeps_the_order() -> None:
    assert chosen("abcdefgh", 8, np.random.default_rng(0)) == list("abcdefgh")
    assert sorted(few := chosen("abcdefgh", 3, np.random.default_rng(0))) == few
