from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.assessment.view import Carries
from engine.quality.classifier import Records, told_apart
from engine.quality.detection import Detection
from engine.quality.detection_entities import DetectionEntities
from tests.engine.quality.families import Rows, children, compared, dealt, figures, parents

SIZE = 600


def people(seed: int, shift: float = 0.0, size: int = SIZE) -> Rows:
    rng = np.random.default_rng(seed)
    colour = rng.choice(["red", "green", "blue"], size)
    return {"parent": parents(size, colour=colour, weight=rng.normal(shift, 1, size), height=rng.normal(size=size))}


def families(seed: int, size: int = SIZE) -> Rows:
    """Children are like their parent, and like each other: their family is known by its weight."""
    rng = np.random.default_rng(seed)
    weight, above = rng.normal(size=size), np.repeat(np.arange(size), 4)
    return {
        "parent": parents(size, weight=weight, height=rng.normal(size=size)),
        "child": children(
            above, weight=weight[above] + rng.normal(0, 0.01, len(above)), age=rng.normal(size=len(above))
        ),
    }


def of(found: dict[tuple[str, str, str], Quality], scope: str) -> Quality:
    return found["C2ST", scope, ""]


def test_a_copy_cannot_be_told_apart() -> None:
    found = of(figures(Detection(), compared(people(1), people(1))), "parent")
    assert found.value == pytest.approx(0.5, abs=1e-9)
    assert found.better == "lower"


def test_another_draw_of_the_source_cannot_be_told_apart() -> None:
    found = of(figures(Detection(), compared(people(1), people(2), people(3))), "parent")
    assert found.low is not None
    assert found.low < 0.5
    assert found.ceiling == pytest.approx(0.5, abs=0.06)
    assert found.facts["ceiling"] == "held-out records"


def test_a_shifted_column_is_told_apart_and_named() -> None:
    """Two normal distributions three deviations apart: AUC is the chance that one exceeds the other, 0.983."""
    found = of(figures(Detection(), compared(people(1), people(2, shift=3.0))), "parent")
    assert found.value == pytest.approx(0.983, abs=0.02)
    assert found.facts["told by 1"] == "weight"
    assert found.facts["ceiling"] == "random halves"


def test_masked_records_are_no_strangers_to_what_they_were_made_of() -> None:
    """A little noise in every column: the fold that asks of a record has not learned from its twin."""
    known, rng = people(1), np.random.default_rng(9)
    parent = known["parent"]
    near = {name: parent.column(name).to_numpy() + rng.normal(0, 1e-6, SIZE) for name in ("weight", "height")}
    target = {"parent": parents(SIZE, colour=parent.column("colour"), **near)}
    found = of(figures(Detection(), compared(known, target, carries=Carries.ALTERED)), "parent")
    assert found.value == pytest.approx(0.5, abs=0.03)


def test_siblings_do_not_give_a_table_away() -> None:
    """Two draws whose rows come in fours that are almost equal."""
    found = of(figures(Detection(), compared(families(1), families(2), families(3, 200))), "child")
    assert found.value == pytest.approx(0.5, abs=0.05)
    assert found.ceiling == pytest.approx(0.5, abs=0.08)
    assert found.facts["records"] == SIZE


def test_children_of_the_wrong_parents_are_told_by_their_ancestors_alone() -> None:
    known, drawn = families(1), families(2)
    told = compared(known, dealt(drawn, "child", "parent_id"))
    beside = figures(DetectionEntities(), told)["C2ST", "parent with child", "child beside parent"]
    assert beside.low is not None
    assert beside.low > 0.75
    assert of(figures(Detection(), told), "child").value == pytest.approx(0.5, abs=0.06)
    right = figures(DetectionEntities(), compared(known, drawn))["C2ST", "parent with child", "child beside parent"]
    assert right.value == pytest.approx(0.5, abs=0.06)


def test_entities_have_a_figure_of_their_aggregates() -> None:
    found = figures(DetectionEntities(), compared(families(1), families(2)))
    assert found["C2ST-Agg", "parent with child", ""].value == pytest.approx(0.5, abs=0.06)


def test_made_up_columns_are_not_looked_at_and_few_records_give_no_figure() -> None:
    replaced = of(figures(Detection(), compared(people(1), people(2), carries=Carries.REPLACED)), "parent")
    few = of(figures(Detection(), compared(people(1, size=49), people(2, size=49))), "parent")
    assert replaced.state is few.state is State.NOT_MEASURED
    assert "50" in few.because


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(60, 200), st.booleans())
def test_no_copy_is_told_apart_whatever_is_in_it(seed: int, columns: int, rows: int, missing: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 5, (rows, columns)).astype(np.float64)
    matrix[rng.random(matrix.shape) < 0.3 * missing] = np.nan
    side = Records(matrix, np.arange(rows))
    assert told_apart(side, side, [False] * columns, rng, Context()).auc.value == pytest.approx(0.5)


def test_a_category_of_thousands_of_values_and_a_column_of_none_are_no_obstacle() -> None:
    rng = np.random.default_rng(3)
    codes = [[str(code) for code in rng.integers(0, 5_000, SIZE)] for _ in range(2)]
    empty = pa.array([None] * SIZE, pa.string())
    known, target = ({"parent": parents(SIZE, code=code, empty=empty, weight=rng.normal(size=SIZE))} for code in codes)
    assert of(figures(Detection(), compared(known, target)), "parent").value == pytest.approx(0.5, abs=0.06)
