"""Extremes become a bound of the plan or of the column; all else stays."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.schema import Kind
from engine.masking import make_masker
from tests.engine.masking.one_column import codes, subject
from tests.engine.masking.whole_column import BIGINT, DATE, FLOAT, MONEY, NUMERIC, mask_column


@settings(deadline=None, max_examples=60)
@given(numbers=st.lists(st.integers(-1000, 1000) | st.none(), max_size=60), percent=st.sampled_from([50, 75, 90, 99]))
def test_a_percentile_bounds_the_column_and_touches_nothing_below_it(numbers: list[int | None], percent: int) -> None:
    """The bound is the least value that so many percent of the rows do not exceed."""
    known = sorted(number for number in numbers if number is not None)
    bound = known[max(0, -(-len(known) * percent // 100) - 1)] if known else None
    expected = [number if number is None else min(number, bound) for number in numbers]  # type: ignore[type-var]
    assert mask_column("top_code", BIGINT, numbers, {"top_percentile": percent}, cuts=[len(numbers) // 3]) == expected


def test_bounds_of_the_plan_need_no_look_at_the_column() -> None:
    """Numbers of every type, and dates; NaN and infinities stay."""
    assert make_masker("top_code", {"top": 5}).prepare((subject(Kind.INTEGER),)) is None
    assert mask_column("top_code", BIGINT, [-9, 3, 9, None], {"top": 5, "bottom": 0}) == [0, 3, 5, None]
    assert mask_column("top_code", MONEY, [Decimal("9.99"), Decimal("1.10")], {"top": "5.5"}) == [
        Decimal("5.50"),
        Decimal("1.10"),
    ]
    assert mask_column("top_code", NUMERIC, ["9.990", "1.10", "NaN"], {"top": 5}) == ["5.0", "1.10", "NaN"]
    assert mask_column("top_code", FLOAT, [9.5, float("inf")], {"top": 5}) == [5.0, float("inf")]
    days = [dt.date(1901, 1, 1), dt.date(1990, 1, 1), dt.date(9999, 12, 31)]
    assert mask_column("top_code", DATE, days, {"bottom": dt.date(1940, 1, 1)}) == [dt.date(1940, 1, 1), *days[1:]]


def test_the_mean_of_the_tail_keeps_the_mean_of_the_column_and_hides_a_tail_of_few() -> None:
    """Ten of a hundred lie beyond the 90th percentile; with 11 rows asked for, they become the bound."""
    numbers = list(range(1, 101))
    masked = mask_column("top_code", BIGINT, [10 * n for n in numbers], {"top_percentile": 90, "tail": "mean"})
    assert masked[:90] == [10 * n for n in numbers[:90]]
    assert set(masked[90:]) == {955}
    few = mask_column("top_code", BIGINT, numbers, {"top_percentile": 90, "tail": "mean", "min_count": 11})
    assert set(few[90:]) == {90}


def test_bounds_that_do_not_fit_are_refused() -> None:
    """Crossed ones, ones of another type, two for one side, none at all."""
    number = subject(Kind.INTEGER, precision=16)
    assert codes("top_code", number, {"top": 1, "bottom": 2}) == ["top-code-bound"]
    assert codes("top_code", number, {"top": "2020-01-01"}) == ["top-code-bound"]
    assert codes("top_code", number, {"top": 70_000}) == ["top-code-bound"]
    for options in ({}, {"top": 1, "top_percentile": 90}):
        with pytest.raises(ValidationError):
            make_masker("top_code", options)
