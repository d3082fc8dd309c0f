"""Dates: shifted with their person, or put into periods; special values stay special."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.arrow import DATES, INFINITE_DATES, ODD_DATE, carrier
from connectors.schema import Kind
from engine.masking import make_masker
from engine.masking.base import Subject
from tests.engine.masking.one_column import KEY, OTHER_KEY, context, mask, subject

DATE, TIMESTAMP, ZONED = subject(Kind.DATE), subject(Kind.TIMESTAMP), subject(Kind.TIMESTAMPTZ)
DAYS = st.dates(dt.date(1, 1, 2), dt.date(9999, 12, 30))


def _mask(name: str, values: Sequence[Any], options: dict[str, Any], about: Subject = DATE, **more: Any) -> list[Any]:
    return mask(name, values, options, about=about, type_=carrier(about.column), **more)


@settings(deadline=None, max_examples=50)
@given(days=st.lists(DAYS, min_size=1, max_size=10), most=st.integers(1, 400))
def test_a_shift_is_never_nothing_and_never_more_than_said(days: list[dt.date], most: int) -> None:
    """At both ends of the calendar too."""
    for before, after in zip(days, _mask("date_shift", days, {"max_days": most}), strict=True):
        assert 1 <= abs((after - before).days) <= most


def test_the_dates_of_one_person_move_alike_in_every_column() -> None:
    """Distances survive between a date and a timestamp column; the time of day stays."""
    people, other = pa.array([7, 7, 8]), pa.array(["7", "7", "8"])
    key = KEY.domain("customer_id")
    days = [dt.date(2020, 1, 1), dt.date(2020, 3, 1), dt.date(2020, 1, 1)]
    moments = [dt.datetime(2020, 1, 1, 13, 14, 15), dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 1)]
    shifted = _mask("date_shift", days, {}, by=people, by_key=key)
    timed = _mask("date_shift", moments, {}, TIMESTAMP, by=other, by_key=key)
    assert shifted[1] - shifted[0] == days[1] - days[0]
    assert shifted[2] != shifted[0]
    assert timed[0] - moments[0] == timed[1] - moments[1] == shifted[0] - days[0]


def test_a_row_without_a_person_is_shifted_by_its_own_date() -> None:
    """Not all of them alike."""
    days = [dt.date(2020, 1, number) for number in range(1, 20)]
    alone = _mask("date_shift", days, {}, by=pa.nulls(19, pa.int64()), by_key=KEY.domain("p"))
    assert alone == _mask("date_shift", days, {})
    assert len({after - before for before, after in zip(days, alone, strict=True)}) > 5


def test_days_that_mean_never_stay() -> None:
    """The calendar's first and last day, the zero date and infinity."""
    special = pa.array([DATES[0], DATES[1], ODD_DATE, *INFINITE_DATES], pa.int32()).cast(pa.date32())
    for name, options in (("date_shift", {}), ("date_band", {"to": "decade"}), ("pseudonym", {})):
        assert _days(name, special, options) == special.cast(pa.int32()).to_pylist()


def _days(name: str, values: pa.Array, options: dict[str, Any]) -> list[int]:
    batch = pa.RecordBatch.from_arrays([values], names=["c"])
    result: list[int] = (
        make_masker(name, options).mask(batch, context("d", DATE)).column(0).cast(pa.int32()).to_pylist()
    )
    return result


def test_another_key_shifts_otherwise() -> None:
    """Of a hundred days hardly one agrees."""
    days = [dt.date(2020, 1, 1) + dt.timedelta(number) for number in range(100)]
    one, other = _mask("date_shift", days, {}), _mask("date_shift", days, {}, key=OTHER_KEY)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 5


def test_a_period_is_named_by_its_first_day() -> None:
    """Before 1970 as after, and in the first years of the calendar."""
    days = [dt.date(2024, 5, 31), dt.date(1969, 12, 31), dt.date(9, 9, 9)]
    first = {
        "month": [dt.date(2024, 5, 1), dt.date(1969, 12, 1), dt.date(9, 9, 1)],
        "quarter": [dt.date(2024, 4, 1), dt.date(1969, 10, 1), dt.date(9, 7, 1)],
        "year": [dt.date(2024, 1, 1), dt.date(1969, 1, 1), dt.date(9, 1, 1)],
        "decade": [dt.date(2020, 1, 1), dt.date(1960, 1, 1), dt.date(1, 1, 1)],
    }
    for to, expected in first.items():
        assert _mask("date_band", days, {"to": to}) == expected
    moment = dt.datetime(2024, 5, 31, 23, 59, tzinfo=dt.UTC)
    assert _mask("date_band", [moment, None], {"to": "month"}, ZONED) == [dt.datetime(2024, 5, 1, tzinfo=dt.UTC), None]
