"""What came first still does, across columns of one rule."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.schema import Column, Kind
from engine.masking import make_masker
from tests.engine.masking.one_column import KEY, codes, mask, subject
from tests.engine.masking.whole_column import DATE, mask_table

STAMP = Column("c", "timestamp", Kind.TIMESTAMP)
AGE = Column("age", "smallint", Kind.INTEGER, precision=16)
DAYS = (
    st.dates(dt.date(1, 1, 2), dt.date(9999, 12, 30)) | st.dates(dt.date(2000, 1, 1), dt.date(2000, 1, 9)) | st.none()
)
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)) | st.none()


def _moment(value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(DAYS, MOMENTS, DAYS, MOMENTS), min_size=1, max_size=8),
    most=st.integers(1, 2000),
    gaps=st.sampled_from([0, 0.1, 0.9]),
)
def test_two_dates_of_a_row_compare_as_they_did(rows: list[tuple[Any, ...]], most: int, gaps: float) -> None:
    """Dates with timestamps, the same day, NULLs, the ends of the calendar; the time of day stays."""
    columns = list(zip((DATE, STAMP, DATE, STAMP), zip(*rows, strict=True), strict=True))
    masked = mask_table("ordered_dates", columns, {"max_days": most, "gaps": gaps})
    for before, after in zip(rows, zip(*masked, strict=True), strict=True):
        assert [value is None for value in before] == [value is None for value in after]
        known = [(_moment(b), _moment(a)) for b, a in zip(before, after, strict=True) if b is not None]
        assert all((a.hour, a.minute, a.microsecond) == (b.hour, b.minute, b.microsecond) for b, a in known)
        for (b, a), (other_b, other_a) in combinations(known, 2):
            assert (a < other_a, a == other_a) == (b < other_b, b == other_b)


@settings(deadline=None, max_examples=60)
@given(
    start=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    gaps=st.lists(st.integers(0, 20_000), min_size=1, max_size=4),
    part=st.sampled_from([0, 0.05, 0.5]),
)
def test_a_gap_changes_by_no_more_than_said(start: dt.date, gaps: list[int], part: float) -> None:
    """And the earliest date by no more than max_days, and never by none."""
    days = [start]
    for gap in gaps:
        days.append(days[-1] + dt.timedelta(gap))
    masked = [
        column[0]
        for column in mask_table("ordered_dates", [(DATE, [day]) for day in days], {"max_days": 90, "gaps": part})
    ]
    assert 1 <= abs((masked[0] - days[0]).days) <= 90
    for n, gap in enumerate(gaps):
        assert abs((masked[n + 1] - masked[n]).days - gap) <= gap * part
        assert (masked[n + 1] - masked[n]).days >= min(gap, 1)


def test_a_person_moves_as_by_date_shift() -> None:
    """The earliest date of each row, in whatever table."""
    people, key = pa.array([1, 2, 1]), KEY.domain("customer_id")
    days = [dt.date(2001, 1, 1), dt.date(2002, 1, 1), dt.date(2003, 1, 1)]
    later = [day + dt.timedelta(400) for day in days]
    first, second = mask_table("ordered_dates", [(DATE, days), (DATE, later)], {}, by=people, by_key=key)
    about = subject(Kind.DATE)
    assert first == mask("date_shift", days, {}, about=about, type_=pa.date32(), by=people, by_key=key)
    assert second[0] - first[0] == second[2] - first[2]


def test_the_age_is_that_of_the_new_date_of_birth() -> None:
    """Where there is none it moves by a year; special dates order nothing."""
    born = [dt.date(1980, 6, 1), None, dt.date(9999, 12, 31)]
    hired = [dt.date(2000, 1, 1)] * 3
    options = {"age": "age", "as_of": "2026-01-01"}
    masked = mask_table("ordered_dates", [(DATE, born), (DATE, hired), (AGE, [45, 30, 0])], options)
    assert masked[2][0] == 2025 - masked[0][0].year + (masked[0][0].replace(year=2026) <= dt.date(2026, 1, 1))
    assert masked[2][1:] in ([29, 1], [31, 1])
    assert masked[0][1:] == [None, dt.date(9999, 12, 31)]


def test_a_number_that_is_not_named_as_the_age_is_refused() -> None:
    assert codes("ordered_dates", subject(Kind.INTEGER)) == ["ordered-dates-age"]
    assert codes("ordered_dates", subject(Kind.DATE), {"age": "c", "as_of": "2026-01-01"}) == ["ordered-dates-age"]
    with pytest.raises(ValidationError, match="as_of"):
        make_masker("ordered_dates", {"age": "age"})
