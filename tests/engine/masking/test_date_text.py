"""Dates in columns of text and numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.schema import Kind
from engine.masking import make_masker
from engine.masking.base import MaskError
from tests.engine.masking.one_column import KEY, codes, mask, subject

PEOPLE = {"by_key": KEY.domain("person_id")}
DATES = [dt.date(1980, 2, 3), dt.date(2024, 2, 29), dt.date(1999, 12, 31)]


def shifted(dates: list[Any], **more: Any) -> list[Any]:
    return mask("date_shift", dates, about=subject(Kind.DATE), type_=pa.date32(), **more)


def days(values: list[Any], formats: list[str], of: Any = "date_shift", **options: Any) -> list[Any]:
    return mask("date_text", values, {"formats": formats, "of": of, **options})


@pytest.mark.parametrize("format_", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%Y%m%d", "%d %b %Y", "%B %d, %Y"])
def test_dates_move_as_in_columns_of_dates_and_keep_their_writing(format_: str) -> None:
    found = days([date.strftime(format_) for date in DATES], [format_])
    assert found == [date.strftime(format_) for date in shifted(DATES)]


def test_a_time_of_day_and_a_zone_stay_as_written() -> None:
    (day,) = shifted([dt.date(1980, 2, 3)])
    for rest in ("", "T04:05", " 04:05:06.7890", "T04:05:06Z", " 4:05:06+0530"):
        assert days([f"1980-02-03{rest}"], ["iso"]) == [f"{day}{rest}"]
    assert days(["4:05 PM on 3.2.80"], ["%I:%M %p on %d.%m.%y"]) == [f"4:05 PM on {day.day}.{day.month}.{day:%y}"]


def test_the_first_format_that_fits_a_value_is_taken() -> None:
    one, two = shifted([dt.date(2001, 2, 3), dt.date(2001, 1, 31)])
    found = days(["03/02/2001", "01/31/2001"], ["%d/%m/%Y", "%m/%d/%Y"])
    assert found == [one.strftime("%d/%m/%Y"), two.strftime("%m/%d/%Y")]


def test_the_dates_of_one_person_move_in_step_with_date_columns() -> None:
    by = pa.array([7, 7, 8])
    as_dates = shifted(DATES, by=by, **PEOPLE)
    found = mask("date_text", [str(date) for date in DATES], by=by, **PEOPLE)
    assert found == [str(date) for date in as_dates]
    assert as_dates[0] - DATES[0] == as_dates[1] - DATES[1]


@pytest.mark.parametrize(
    ("format_", "type_", "value", "step"),
    [
        ("unix", pa.int64(), 318_402_305, 86_400), ("unix_ms", pa.int64(), 318_402_305_017, 86_400_000),
        ("unix", pa.float64(), 318_402_305.25, 86_400.0), ("julian", pa.float64(), 2_444_272.75, 1.0),
        ("excel", pa.int64(), 29_254, 1),
    ],
)  # fmt: skip
def test_numbers_of_days_and_seconds_move_by_whole_days(
    format_: str, type_: pa.DataType, value: Any, step: Any
) -> None:
    about = subject(Kind.INTEGER if type_ == pa.int64() else Kind.FLOAT)
    (found,) = mask("date_text", [value], {"formats": [format_]}, about=about, type_=type_)
    moved = (shifted([dt.date(1980, 2, 3)])[0] - dt.date(1980, 2, 3)).days
    assert found == value + moved * step


def test_whole_numbers_can_be_dates_by_their_digits() -> None:
    found = mask(
        "date_text", [19800203], {"formats": ["%Y%m%d"]}, about=subject(Kind.INTEGER, precision=32), type_=pa.int64()
    )
    assert found == [int(f"{shifted([dt.date(1980, 2, 3)])[0]:%Y%m%d}")]


def test_what_is_no_date_is_treated_as_said_and_zero_dates_stay() -> None:
    strange = ["2024-02-30", "Ada Byron", "2024-13-01", "0000-00-00", "", None]
    assert days(strange, ["iso"]) == ["", "", "", "0000-00-00", "", None]
    assert days(strange, ["iso"], other="null") == [None, None, None, "0000-00-00", "", None]
    with pytest.raises(MaskError, match="no date in any") as error:
        days(strange, ["iso"], other="error")
    assert "Ada" not in str(error.value)
    far = mask("date_text", [10**17, 0], about=subject(Kind.INTEGER), options={"formats": ["unix"]}, type_=pa.int64())
    assert far[0] == 0


@given(
    st.lists(st.dates(dt.date(1000, 1, 2), dt.date(9998, 12, 30)), min_size=1, max_size=9),
    st.sampled_from(["%d.%m.%Y", "iso", "%Y/%d/%m %H"]),
)
def test_any_day_of_the_calendar_moves_to_another_one(dates: list[dt.date], format_: str) -> None:
    said = "%Y-%m-%d" if format_ == "iso" else format_
    found = days([date.strftime(said) for date in dates], [format_], {"mask": "date_shift", "max_days": 400})
    for date, text in zip(dates, found, strict=True):
        assert 0 < abs((dt.datetime.strptime(text, said).date() - date).days) <= 400


def test_what_does_not_fit_is_refused() -> None:
    assert codes("date_text", subject(), {"formats": ["unix"]}) == ["date-format"]
    assert codes("date_text", subject(Kind.INTEGER), {"formats": ["iso"]}) == ["date-format"]
    assert codes("date_text", subject(nullable=False), {"other": "null"}) == ["mask-null"]
    assert codes("date_text", subject(unique=True)) == ["mask-not-unique"]
    for options, sentence in (
        ({"formats": ["%Q"]}, "is not known"), ({"formats": ["%Y-%m"]}, "each once"), ({"of": "email"}, "one of dates")
    ):  # fmt: skip
        with pytest.raises(ValueError, match=sentence):
            make_masker("date_text", options)
