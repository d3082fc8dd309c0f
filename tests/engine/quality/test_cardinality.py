from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from engine.assessment.result import State
from engine.quality.cardinality import Cardinality
from engine.quality.likeness import compared as likened
from engine.quality.likeness import each_its_own, ks_complement, tail_ratio
from tests.engine.quality.families import (
    CHILD,
    CHILD_KEY,
    GRANDCHILD,
    Rows,
    children,
    compared,
    figures,
    grandchildren,
    parents,
)


def with_counts(*counts: int) -> Rows:
    """A parent with each number of children."""
    return {"parent": parents(len(counts)), "child": children(np.repeat(np.arange(len(counts)), counts))}


def test_shape_childless_parents_and_tail_are_what_a_hand_finds() -> None:
    """Half of 100 parents have two children; in the target a quarter has, and one of them has eight."""
    known, target = with_counts(*[2] * 50, *[0] * 50), with_counts(*[2] * 23, 8, 8, *[0] * 75)
    found = figures(Cardinality(), compared(known, target))
    assert found["CardinalityShapeSimilarity", CHILD, ""].value == pytest.approx(0.75)
    assert found["ChildlessParents", CHILD, ""].value == pytest.approx(0.75)
    assert found["CardinalityTail", CHILD, ""].value == pytest.approx(2 / 8)
    assert found["ChildlessParents", CHILD, ""].facts["of the target"] == 0.75
    for figure in found.values():
        assert figure.low is not None
        assert figure.high is not None
        assert figure.value is not None
        assert figure.low <= figure.value <= figure.high


def test_descendants_are_counted_through_the_levels() -> None:
    """Every child has one grandchild on both sides, but in the target all are one parent's in two."""
    known = {"parent": parents(100), "child": children(range(100)), "grandchild": grandchildren(range(100))}
    target = known | {"grandchild": grandchildren([place - place % 2 for place in range(100)])}
    found = figures(Cardinality(), compared(known, target))
    assert found["CardinalityShapeSimilarity", CHILD, ""].value == 1
    assert found["CardinalityShapeSimilarity", GRANDCHILD, ""].value == pytest.approx(0.5)


def test_the_ceiling_comes_from_held_out_parents_or_else_from_halves() -> None:
    rng = np.random.default_rng(1)
    sides = [with_counts(*rng.poisson(2, size)) for size in (900, 900, 300)]
    for control, said in ((sides[2], "held-out rows"), (None, "random halves of the source's rows")):
        figure = figures(Cardinality(), compared(sides[0], sides[1], control))["CardinalityShapeSimilarity", CHILD, ""]
        assert figure.facts["ceiling"] == said
        assert figure.ceiling is not None
        assert figure.ceiling > 0.9


def test_few_parents_give_no_figure() -> None:
    known = with_counts(*[1] * 49)
    (figure,) = figures(Cardinality(), compared(known, known)).values()
    assert figure.state is State.NOT_MEASURED
    assert "50" in figure.because


def test_a_sample_of_children_that_nobody_owns_gives_no_figure_of_their_parents() -> None:
    known = with_counts(*[2] * 60)
    told = compared(known, known, root=None)
    sampled = replace(told, known=replace(told.known, whole=dict.fromkeys(told.known.whole, 1000)))
    (figure,) = figures(Cardinality(), sampled).values()
    assert figure.state is State.NOT_MEASURED
    assert len(figures(Cardinality(), told)) == 3


def test_rows_without_a_parent_are_nobodys_children() -> None:
    known = with_counts(*[1] * 60)
    orphans = known | {"child": pa.concat_tables([known["child"], children([1_000] * 30)])}
    assert figures(Cardinality(), compared(known, orphans))["CardinalityShapeSimilarity", CHILD, ""].value == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_the_shape_is_one_minus_the_distance_that_scipy_finds(one: list[int], other: list[int]) -> None:
    found = likened(each_its_own(np.array(one)), each_its_own(np.array(other)), ks_complement, np.random.default_rng(1))
    assert found.value == pytest.approx(1 - ks_2samp(one, other).statistic)
    assert 0 <= found.low <= found.value <= found.high <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2000), min_size=1, max_size=900))
def test_equal_samples_are_alike_in_shape_and_tail(values: list[int]) -> None:
    sample = each_its_own(np.array(values))
    for statistic in (ks_complement, tail_ratio):
        assert likened(sample, sample, statistic, np.random.default_rng(1)).value == pytest.approx(1)


def test_the_key_is_named_by_its_columns() -> None:
    assert CHILD_KEY.columns == ("parent_id",)
    assert CHILD in Cardinality().scopes(compared(with_counts(1), with_counts(1)))
