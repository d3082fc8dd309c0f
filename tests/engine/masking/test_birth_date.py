"""Dates of birth that keep the age, its band or the year."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.arrow import DATES, INFINITE_DATES, ODD_DATE, carrier
from connectors.schema import Column, Kind
from engine.masking import make_masker
from engine.masking.base import Subject
from engine.masking.birth_date import age_on
from tests.engine.masking.one_column import KEY, mask, subject

BORN = subject(Kind.DATE)
DAYS = st.dates(dt.date(1850, 1, 1), dt.date(2060, 12, 31)) | st.sampled_from(
    [dt.date(2000, 2, 29), dt.date(1904, 2, 29), dt.date(2024, 2, 29), dt.date(1999, 12, 31)]
)


def _mask(days: list[dt.date], options: dict[str, Any], about: Subject = BORN, **more: Any) -> list[Any]:
    return mask("birth_date", days, options, about=about, type_=carrier(about.column), **more)


def _age(born: dt.date, as_of: dt.date) -> int:
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


@settings(deadline=None, max_examples=50)
@given(days=st.lists(DAYS, min_size=1, max_size=12), as_of=DAYS, band=st.integers(2, 20))
@example(days=[dt.date(2000, 2, 29)], as_of=dt.date(2024, 2, 29), band=2)
@example(days=[dt.date(2000, 2, 29), dt.date(2000, 3, 1)], as_of=dt.date(2025, 2, 28), band=2)
def test_the_age_its_band_and_the_year_stay_and_no_date_does(days: list[dt.date], as_of: dt.date, band: int) -> None:
    """Leap days on both sides, and dates after the day on which ages are counted."""
    said = as_of.isoformat()
    for before, after in zip(days, _mask(days, {"keep": "age", "as_of": said}), strict=True):
        assert _age(before, as_of) == _age(after, as_of)
        assert before != after
    for before, after in zip(days, _mask(days, {"band": band, "as_of": said}), strict=True):
        assert _age(before, as_of) // band == _age(after, as_of) // band
        assert before != after
    for before, after in zip(days, _mask(days, {"keep": "year"}), strict=True):
        assert before.year == after.year
        assert before != after
    numbers = np.array([(day - dt.date(1970, 1, 1)).days for day in days])
    assert age_on(numbers, as_of).tolist() == [_age(day, as_of) for day in days]


def test_every_day_of_the_band_can_come_out() -> None:
    """Five years of birthdays become all but a few of the days of those years."""
    first = dt.date(1991, 1, 2)
    days = [first + dt.timedelta(n) for n in range(5 * 365)]
    masked = set(_mask(days, {"as_of": "2026-01-01"}))
    assert {_age(day, dt.date(2026, 1, 1)) // 5 for day in masked} == {6}
    assert len(masked) > 1000


def test_one_person_has_one_birthday_and_the_time_of_day_stays() -> None:
    people = pa.array([1, 1, 2])
    moments = [dt.datetime(1990, 5, 5, 13, 14)] * 3
    key = KEY.domain("customer_id")
    about = subject(Kind.TIMESTAMP)
    masked = _mask(moments, {"keep": "year"}, about, by=people, by_key=key)  # type: ignore[arg-type]
    assert masked[0] == masked[1] != masked[2]
    assert {moment.time() for moment in masked} == {dt.time(13, 14)}


def test_days_that_are_no_birthday_stay_and_the_calendar_and_the_columns_range_are_not_left() -> None:
    """Infinity and zero dates; MySQL's TIMESTAMP begins in 1970."""
    special = pa.array([DATES[0], DATES[1], ODD_DATE, *INFINITE_DATES], pa.int32()).cast(pa.date32())
    batch = pa.RecordBatch.from_arrays([special], names=["c"])
    from tests.engine.masking.one_column import context

    masked = make_masker("birth_date", {"keep": "year"}).mask(batch, context("d", BORN)).column(0)
    assert masked.equals(special)
    day = 86_400_000_000
    narrow = Subject(BORN.table, Column("c", "timestamp", Kind.TIMESTAMP, range=(day, 20_000 * day)))
    born = [dt.datetime(1970, 1, 2), dt.datetime(1970, 12, 1)]
    masked_ = _mask(born, {"as_of": "2026-01-01"}, narrow)  # type: ignore[arg-type]
    assert all(dt.datetime(1970, 1, 2) <= moment < dt.datetime(1976, 1, 2) for moment in masked_)


def test_an_age_without_a_day_it_is_counted_on_is_refused() -> None:
    with pytest.raises(ValidationError, match="as_of"):
        make_masker("birth_date", {})
