"""Values worked out by hand, and what holds for any two columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.quality.similarity import (
    boundary_adherence,
    category_adherence,
    category_coverage,
    ks_complement,
    missing_value_similarity,
    range_coverage,
    tv_complement,
)

Figure = Callable[[np.ndarray, np.ndarray], float]

NAN = np.nan
NUMBERS = hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6) | st.just(NAN))
CODES = hnp.arrays(np.int32, st.integers(1, 30), elements=st.integers(-1, 5))
ON_NUMBERS = (ks_complement, missing_value_similarity, boundary_adherence, range_coverage)
ON_CODES = (tv_complement, missing_value_similarity, category_coverage, category_adherence)
MUTUAL = (ks_complement, tv_complement, missing_value_similarity)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def codes(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_ks_complement_is_one_minus_the_greatest_gap_between_the_two_stairs() -> None:
    assert ks_complement(floats(1, 2, 3, 4), floats(3, 4, 5, NAN, 6)) == pytest.approx(0.5)
    assert ks_complement(floats(0.1 + 0.2), floats(0.3)) == 1.0


def test_tv_complement_is_what_the_shares_have_in_common() -> None:
    assert tv_complement(codes(0, 0, 1, -1, 1), codes(0, 1, 1, 2)) == pytest.approx(0.75)


def test_tv_complement_of_few_rows_under_large_codes_needs_no_table_of_all_codes() -> None:
    assert tv_complement(codes(2_000_000_000, 3), codes(2_000_000_000, 4)) == pytest.approx(0.5)


def test_missing_value_similarity_compares_shares_of_missing_values() -> None:
    assert missing_value_similarity(floats(1, NAN), floats(1, 2, 3, NAN)) == pytest.approx(0.75)


def test_range_coverage_is_the_share_of_the_range_that_is_reached() -> None:
    assert range_coverage(floats(0, 10), floats(2, 5, 9)) == pytest.approx(0.7)
    assert range_coverage(floats(0, 10), floats(-5, 20)) == 1.0
    assert range_coverage(floats(0, 10), floats(40, 50)) == 0.0
    assert np.isnan(range_coverage(floats(3, 3), floats(3)))


def test_boundary_adherence_counts_a_missing_value_as_outside_where_the_source_has_none() -> None:
    assert boundary_adherence(floats(0, 10), floats(5, 11, NAN, 10)) == pytest.approx(0.5)
    assert boundary_adherence(floats(0, 10, NAN), floats(5, 11, NAN, 10)) == pytest.approx(2 / 3)


def test_category_coverage_and_adherence_look_from_either_side() -> None:
    known, target = codes(0, 1, 2, 3), codes(0, 0, 1, 7, -1)
    assert category_coverage(known, target) == pytest.approx(0.5)
    assert category_adherence(known, target) == pytest.approx(3 / 5)
    assert category_adherence(codes(0, 1, -1), target) == pytest.approx(4 / 5)


@pytest.mark.parametrize("alike", [ks_complement, tv_complement])
def test_columns_that_share_no_value_are_not_alike(alike: Figure) -> None:
    make = floats if alike is ks_complement else codes
    assert alike(make(1, 2), make(3, 4)) == 0.0
    assert np.isnan(alike(make(), make(1)))


@settings(max_examples=40)
@given(NUMBERS, NUMBERS, st.randoms())
def test_figures_of_numbers_lie_between_0_and_1_whatever_the_order_of_rows(
    one: np.ndarray, other: np.ndarray, random: Random
) -> None:
    _keeps_its_promises(ON_NUMBERS, one, other, random)


@settings(max_examples=40)
@given(CODES, CODES, st.randoms())
def test_figures_of_categories_lie_between_0_and_1_whatever_the_order_of_rows(
    one: np.ndarray, other: np.ndarray, random: Random
) -> None:
    _keeps_its_promises(ON_CODES, one, other, random)


def _keeps_its_promises(figures: Sequence[Figure], one: np.ndarray, other: np.ndarray, random: Random) -> None:
    mixed = one[random.sample(range(len(one)), len(one))]
    for figure in figures:
        value = figure(one, other)
        assert np.isnan(value) or 0 <= value <= 1
        assert figure(mixed, other) == pytest.approx(value, nan_ok=True)
        if figure in MUTUAL:
            assert figure(other, one) == pytest.approx(value, nan_ok=True)
        assert np.isnan(figure(one, one)) or figure(one, one) == pytest.approx(1.0)
