"""Records as points."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.embedding import DIMS, embedding_of
from engine.assessment.view import Carries, View
from tests.assessing import view_of


def apart(view: View) -> np.ndarray:
    """Distances between each known record and the target's of the same place."""
    embedding = embedding_of(view, np.random.default_rng(0))
    known, target = (embedding.points(frame).astype(np.float64) for frame in (view.known, view.target))
    return np.linalg.norm(known - target[: len(known)], axis=1)


def test_a_number_is_as_far_as_the_share_of_the_target_that_lies_between() -> None:
    """Half of it lies between 10 and 60; what is beyond its ends is at them; nothing is far from something, not from nothing."""
    target = [60.0, 0.0, 99.0, None, 50.0, *(float(v) for v in range(1, 99) if v not in (50, 60))]
    known = [10.0, -1e9, float("inf"), None, None]
    view = view_of(pa.table({"x": pa.array(known)}), pa.table({"x": pa.array(target)}))
    assert apart(view) == pytest.approx([0.5, 0, 0, 0, np.sqrt(0.5)], abs=0.01)


@pytest.mark.parametrize(("values", "within"), [(3, 1e-6), (1000, 0.5)])
def test_two_values_of_a_category_are_one_apart(values: int, within: float) -> None:
    """Exactly where there are few values, about so where there are many; equal ones are not apart at all."""
    texts = [f"v{place}" for place in range(values)]
    view = view_of(pa.table({"x": texts}), pa.table({"x": [texts[0], *texts[2:], texts[1]]}))
    distances = apart(view)
    assert distances[0] == 0
    assert distances[1:] == pytest.approx(np.ones(values - 1), abs=within)
    assert distances[1:].mean() == pytest.approx(1, abs=0.02)


def test_made_up_columns_and_columns_without_values_are_nowhere() -> None:
    """Two tables that differ in a replaced column alone are at no distance."""
    known = pa.table({"name": ["a", "b"], "none": pa.nulls(2, pa.float64())})
    view = view_of(
        known, known.set_column(0, "name", pa.array(["c", "d"])),
        carries={"name": Carries.REPLACED, "none": Carries.LEARNED},
    )  # fmt: skip
    assert apart(view).tolist() == [0, 0]


def test_wide_records_are_projected_and_stay_as_far_apart() -> None:
    """Of 150 numbers no more than the cap of dimensions is left, and distances change by a third at most."""
    rng = np.random.default_rng(1)
    known, target = ({f"c{i}": rng.random(300) for i in range(150)} for _ in range(2))
    view = view_of(pa.table(known), pa.table(target))
    embedding = embedding_of(view, np.random.default_rng(0))
    assert embedding.points(view.known).shape == (300, DIMS)
    true = np.sqrt(sum((known[name] - target[name]) ** 2 for name in known))
    assert apart(view) / true == pytest.approx(np.ones(300), abs=0.35)
