"""A few codes say of many values what tests ask of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.assessment.codes import binned, most_frequent, numbered, quantile_edges


def test_bins_hold_about_as_many_values_each() -> None:
    """Four bins of a hundred numbers hold a quarter each, what is beyond falls into the outer ones; nothing has its own code."""
    known = np.arange(100.0)
    edges = quantile_edges(known, 4)
    assert np.bincount(binned(known, edges)).tolist() == [24, 25, 25, 26]
    assert binned(np.array([-5.0, 0, 30, 99, 500, np.nan]), edges).tolist() == [0, 0, 1, 3, 3, -1]


def test_a_flag_has_two_bins_however_rare_its_one_is() -> None:
    flags = np.array([0.0] * 99 + [1.0])
    assert np.bincount(binned(flags, quantile_edges(flags, 20))).tolist() == [99, 1]


def test_a_least_value_that_most_have_is_told_from_all_others() -> None:
    values = np.concatenate([np.zeros(950), np.linspace(1, 2, 50)])
    found = binned(values, quantile_edges(values, 10))
    assert len(set(found[:950].tolist())) == 1
    assert found[0] not in found[950:]


def test_what_has_no_value_has_no_edges() -> None:
    assert quantile_edges(np.full(5, np.nan), 4).tolist() == []
    assert quantile_edges(np.full(5, 7.0), 4).tolist() == []


@given(st.lists(st.floats(-5, 5).map(lambda x: round(x, 1)), max_size=200), st.integers(2, 20))
def test_bins_keep_the_order_of_values_and_equal_ones_together(values: list[float], bins: int) -> None:
    known = np.sort(np.array(values, np.float64))
    found = binned(known, edges := quantile_edges(known, bins))
    assert (np.diff(found) >= 0).all()
    assert len(edges) < bins
    assert np.all((found >= 0) & (found <= len(edges)))


@given(st.lists(st.integers(-1, 6), max_size=40), st.integers(1, 4), st.integers(1, 3))
def test_codes_are_numbered_by_frequency_and_the_rest_is_one(codes: list[int], most: int, least: int) -> None:
    values = np.array(codes, np.int32)
    kept = most_frequent(values, most, least).tolist()
    ordered = sorted({code for code in codes if code >= 0}, key=lambda code: (-codes.count(code), code))
    assert kept == [code for code in ordered[:most] if codes.count(code) >= least]
    expected = [-1 if code < 0 else kept.index(code) if code in kept else len(kept) for code in codes]
    assert numbered(values, np.array(kept, np.int64)).tolist() == expected


def test_a_code_that_the_kept_ones_never_saw_is_one_of_the_others() -> None:
    assert numbered(np.array([9, 0, -1], np.int32), np.array([2, 0])).tolist() == [2, 1, -1]
