"""Records are alike exactly when they are equal in all columns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.assessment.alike import bits, classes, counts, keys

CELLS = st.tuples(st.integers(-1, 2), st.sampled_from([0.0, -0.0, 1.5, np.nan, np.inf, 1e300]))
ROWS = st.lists(CELLS, min_size=1, max_size=30)


def columns_of(rows: list[tuple[int, float]]) -> list[np.ndarray]:
    return [np.array([c for c, _ in rows], np.int32), np.array([x for _, x in rows])]


def spelt(rows: list[tuple[int, float]]) -> list[tuple[int, object]]:
    return [(c, "nan" if np.isnan(x) else x + 0.0) for c, x in rows]


@given(ROWS, ROWS)
def test_classes_are_equal_rows(one: list[tuple[int, float]], other: list[tuple[int, float]]) -> None:
    of = np.concatenate(classes([columns_of(one), columns_of(other)], [len(one), len(other)]))
    rows = spelt(one + other)
    assert (of[:, None] == of[None, :]).tolist() == [[a == b for b in rows] for a in rows]


@given(ROWS, ROWS)
def test_each_record_is_counted_with_all_others_that_agree_in_every_column(
    asked: list[tuple[int, float]], among: list[tuple[int, float]]
) -> None:
    found = counts(keys(columns_of(asked), len(asked)), keys(columns_of(among), len(among)))
    assert found.tolist() == [spelt(among).count(row) for row in spelt(asked)]


def test_with_nothing_compared_all_are_alike() -> None:
    assert [side.tolist() for side in classes([[], []], [3, 2])] == [[0, 0, 0], [0, 0]]


def test_the_order_of_columns_tells_records_apart() -> None:
    one, other = np.array([1]), np.array([2])
    assert keys([one, other], 1) != keys([other, one], 1)


def test_values_are_the_same_by_their_bits_but_for_zeros_and_nothing() -> None:
    """0.0 and -0.0 are one value, all NaN are one, and the next float is another."""
    odd = np.array([0x7FF8000000000001], np.uint64).view(np.float64)[0]
    codes = bits(np.array([0.0, -0.0, np.nan, odd, 1.0, np.nextafter(1.0, 2)]))
    assert codes[0] == codes[1]
    assert codes[2] == codes[3]
    assert len(set(codes.tolist())) == 4
