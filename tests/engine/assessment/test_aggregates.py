"""Figures of whole columns are those that a person would count row by row."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.assessment import aggregates

SIZE = 5
ROWS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.one_of(st.just(math.nan), st.integers(-50, 50).map(float))))
CODED = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(-1, 6)))


def _columns(rows: list, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    return np.array([owner for owner, _ in rows], np.int64), np.array([value for _, value in rows], dtype)


@given(ROWS)
def test_sums_means_ends_and_gaps_leave_out_what_is_not_there(rows: list[tuple[int, float]]) -> None:
    owner, values = _columns(rows, np.float64)
    total, number = aggregates.sums(owner, values, SIZE)
    least, greatest = aggregates.ends(owner, values, SIZE)
    mean, gap = aggregates.mean(total, number), aggregates.gap(least, greatest, number)
    assert aggregates.counts(owner, SIZE).tolist() == [sum(o == each for o, _ in rows) for each in range(SIZE)]
    for each in range(SIZE):
        own = [value for o, value in rows if o == each and not math.isnan(value)]
        found = (total[each], least[each], greatest[each], mean[each])
        if not own:
            assert np.isnan(found).all()
        else:
            np.testing.assert_allclose(found, (sum(own), min(own), max(own), sum(own) / len(own)), atol=1e-9)
        if len(own) < 2:
            assert np.isnan(gap[each])
        else:
            assert np.isclose(gap[each], (max(own) - min(own)) / (len(own) - 1))


@given(CODED)
def test_labels_are_counted_by_owner_and_the_rarest_is_the_rarest_of_all(rows: list[tuple[int, int]]) -> None:
    owner, codes = _columns(rows, np.int32)
    rare = aggregates.rarity(codes, 7)
    number = Counter(code for _, code in rows if code >= 0)
    distinct, often = aggregates.distinct(owner, codes, SIZE), aggregates.most_frequent(owner, codes, SIZE)
    rarest = aggregates.rarest(owner, codes, rare, SIZE)
    for each in range(SIZE):
        own = Counter(code for o, code in rows if o == each and code >= 0)
        assert distinct[each] == len(own)
        assert often[each] == (min(own, key=lambda code: (-own[code], code)) if own else -1)
        if own:
            assert np.isclose(rarest[each], max(-math.log(number[code] / number.total()) for code in own))
        else:
            assert np.isnan(rarest[each])
