"""Every published value stands in at least k rows, whatever the column holds and however it comes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.schema import Column
from engine.masking.base import MaskError
from engine.masking.histogram import Histogram
from tests.engine.masking.whole_column import BIGINT, DATE, FLOAT, NUMERIC, mask_column

COLUMNS = st.sampled_from([BIGINT, FLOAT, NUMERIC, DATE])


def _value(column: Column, number: int) -> Any:
    if column is DATE:
        return dt.date(2000, 1, 1) + dt.timedelta(number)
    return {BIGINT: number, FLOAT: number / 4, NUMERIC: str(number / 8)}[column] if column is not BIGINT else number


@settings(deadline=None, max_examples=50)
@given(
    column=COLUMNS,
    numbers=st.lists(st.integers(-5000, 5000) | st.integers(0, 5), min_size=9, max_size=80),
    k=st.integers(2, 9),
    by_group=st.sampled_from(["mean", "median"]),
    cut=st.integers(0, 9),
)
def test_each_value_that_comes_out_stands_in_k_rows(
    column: Column, numbers: list[int], k: int, by_group: str, cut: int
) -> None:
    """And the order of the rows is kept, and every value lies between the least and the greatest of its group's."""
    values = [_value(column, number) for number in numbers]
    masked = mask_column("microaggregate", column, [*values, None], {"k": k, "by_group": by_group}, cuts=[cut])
    assert masked.pop() is None
    assert min(Counter(masked).values()) >= k
    plain = [float(value) if column is NUMERIC else value for value in masked]
    assert [plain[n] for n in np.argsort(numbers, kind="stable")] == sorted(plain)
    groups: dict[Any, list[Any]] = {}
    for before, after in zip(values, masked, strict=True):
        groups.setdefault(after, []).append(float(before) if column is NUMERIC else before)
    assert all(min(group) <= (float(at) if column is NUMERIC else at) <= max(group) for at, group in groups.items())


def test_groups_of_equal_sizes_have_their_mean() -> None:
    """By hand: 1 2 3 | 10 20 30 40, the rest of one joins the group before it."""
    assert mask_column("microaggregate", BIGINT, [40, 1, 2, 3, 10, 20, 30], {"k": 3}) == [25, 2, 2, 2, 25, 25, 25]


def test_fewer_values_than_k_are_refused_and_none_are_not() -> None:
    with pytest.raises(MaskError, match="3 values, and each must stand for 5"):
        mask_column("microaggregate", BIGINT, [1, 2, 3], {"k": 5})
    assert mask_column("microaggregate", BIGINT, [None, None], {"k": 5}) == [None, None]


@settings(deadline=None, max_examples=40)
@given(batches=st.lists(st.lists(st.integers(-(2**62), 2**62) | st.integers(0, 40), max_size=60), max_size=8))
def test_a_histogram_counts_every_row_once_in_bins_that_do_not_overlap(batches: list[list[int]]) -> None:
    """However few bins it may keep; with room for all of them each distinct value has its own."""
    rows = sorted(number for batch in batches for number in batch)
    for bins in (4, 1000):
        seen = Histogram(np.int64, bins)
        for batch in batches:
            seen.add(np.array(batch, np.int64))
        assert seen.rows == len(rows)
        assert len(seen.low) <= 2 * bins
        ends = np.column_stack([seen.low, seen.high]).ravel().tolist()
        assert ends == sorted(ends)
        for low, high, count in zip(seen.low, seen.high, seen.count, strict=True):
            assert sum(low <= number <= high for number in rows) == count
        assert bins < 1000 or seen.low.tolist() == sorted(set(rows))
