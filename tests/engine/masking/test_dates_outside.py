"""Dates outside the calendar are somebody's dates too: before Christ, after 9999, and MySQL's partial and impossible ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.arrow import DATES, DAY, INFINITE_DATES, INFINITE_TIMESTAMPS, ODD_DATE, ODD_TIMESTAMP
from connectors.schema import Kind
from engine.checksums import Canon
from engine.masking import make_masker
from engine.masking.partial_dates import PartialDates
from engine.record import distinct_hashes
from tests.engine.masking.one_column import KEY, context, subject

DATE, TIMESTAMP = subject(Kind.DATE), subject(Kind.TIMESTAMP)
MASKS: dict[str, dict[str, Any]] = {
    "date_shift": {},
    "date_band": {"to": "decade"},
    "birth_date": {"as_of": "2026-01-01"},
    "ordered_dates": {},
    "pseudonym": {},
    "within": {"bounds": ["1900-01-01", "2100-01-01"]},
}
PARTS = st.tuples(st.integers(0, 9999), st.integers(0, 12), st.integers(0, 31)).filter(lambda parts: not _whole(parts))
FAR = st.integers(-2_440_588, DATES[0] - 1) | st.integers(DATES[1] + 1, 2_145_042_905)
"""Every such day of PostgreSQL."""
BC = st.integers(-2_440_588, DATES[0] - 1).filter(lambda day: day != ODD_DATE)
"""One day of the year 770 BC is what 0000-00-00 is elsewhere, and stays."""
FAR_TIMES = BC | st.integers(DATES[1] + 1, 106_700_000)


def _whole(parts: tuple[int, int, int]) -> bool:
    year, month, day = parts
    try:
        return bool(np.datetime64(f"{year:04}-{month:02}-{day:02}")) and year > 0
    except ValueError:
        return parts == (0, 0, 0)


def _mask(name: str, numbers: Sequence[int], dialect: str, times: bool = False, **options: Any) -> list[int]:
    values = _dates(numbers, times)
    batch = pa.RecordBatch.from_arrays([values], names=["c"])
    made = context("d", TIMESTAMP if times else DATE, dialect=dialect)
    column = make_masker(name, options or MASKS[name]).mask(batch, made).column(0)
    return [int(number) for number in column.cast(pa.int64() if times else pa.int32()).to_pylist()]


def _dates(numbers: Sequence[int], times: bool) -> pa.Array:
    return (
        pa.array(numbers, pa.int64()).cast(pa.timestamp("us"))
        if times
        else pa.array(numbers, pa.int32()).cast(pa.date32())
    )


def _odd(parts: Sequence[tuple[int, int, int]], times: bool = False) -> list[int]:
    codes = [year * 10_000 + month * 100 + day for year, month, day in parts]
    return [ODD_TIMESTAMP - (code * DAY + 3_600_000_000) if times else ODD_DATE - code for code in codes]


def _parts(number: int, times: bool) -> tuple[int, ...] | None:
    """Year, month and day of the carrier's number; None of a date of the calendar."""
    if number > (ODD_TIMESTAMP if times else ODD_DATE):
        return None
    dates = PartialDates(np.array([number]), DAY if times else 1)
    return (int(dates.year[0]), int(dates.month[0]), int(dates.day[0]))


@pytest.mark.parametrize("times", [False, True])
@pytest.mark.parametrize("name", MASKS)
@settings(deadline=None, max_examples=25)
@given(parts=st.lists(PARTS, min_size=1, max_size=6, unique=True))
def test_a_partial_date_stays_partial_and_what_is_zero_stays_zero(
    name: str, times: bool, parts: list[tuple[int, int, int]]
) -> None:
    """A day that its month has not may become a day of the calendar; every other one keeps its zeros."""
    for before, number in zip(parts, _mask(name, _odd(parts, times), "mariadb", times), strict=True):
        after = _parts(number, times)
        if after is None:
            assert all(before)
            continue
        assert [part == 0 for part in after] == [part == 0 for part in before]
        assert all(part <= most for part, most in zip(after, (9999, 12, 31), strict=True))


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize("most", [1, 365])
def test_no_part_of_a_shifted_partial_date_tells_its_own(dialect: str, most: int) -> None:
    """1985-00-00 gets another year, 1985-12-00 another month, 2020-02-31 another day; at both ends of the calendar too."""
    parts = [(year, month, 0) for year in (1, 1985, 9999) for month in (0, 1, 6, 12)] + [(2020, 2, 31), (0, 5, 12)]
    for times in (False, True):
        given = _odd(parts, times)
        for before, after in zip(given, _mask("date_shift", given, dialect, times, max_days=most), strict=True):
            assert before != after
            assert (_parts(after, times) or (1,))[0] <= 9999


@pytest.mark.parametrize("name", ["date_shift", "birth_date", "pseudonym", "ordered_dates"])
def test_hardly_any_date_outside_the_calendar_stays(name: str) -> None:
    """Of a hundred dates before Christ, a hundred after 9999, and a hundred months of no day."""
    far = [*range(DATES[0] - 5000, DATES[0], 50), *range(DATES[1] + 1, DATES[1] + 5000, 50)]
    months = _odd([(1950 + number // 12, number % 12 + 1, 0) for number in range(100)])
    for numbers, dialect in ((far, "postgresql"), (far, "sqlite"), (months, "mysql")):
        same = sum(a == b for a, b in zip(numbers, _mask(name, numbers, dialect), strict=True))
        assert same <= len(numbers) // 20


@pytest.mark.parametrize("times", [False, True])
@pytest.mark.parametrize("name", ["pseudonym", "within"])
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_distinct_dates_outside_the_calendar_stay_distinct(name: str, times: bool, data: st.DataObject) -> None:
    """And outside the calendar: nothing meets the image of an ordinary day."""
    far = data.draw(st.lists(FAR_TIMES if times else FAR, min_size=1, max_size=20, unique=True))
    parts = data.draw(st.lists(PARTS, min_size=1, max_size=20, unique=True))
    for numbers, dialect in (
        ([day * DAY + 5 for day in far] if times else far, "postgresql"),
        (_odd(parts, times), "mysql"),
    ):
        image = _mask(name, numbers, dialect, times)
        assert len(set(image)) == len(numbers)
        low, high = (DATES[0] * DAY, (DATES[1] + 1) * DAY - 1) if times else DATES
        assert not [number for number in image if low <= number <= high]


@settings(deadline=None, max_examples=50)
@given(days=st.lists(FAR_TIMES, min_size=1, max_size=10), most=st.integers(1, 36_500))
def test_a_date_before_christ_or_after_9999_is_shifted_like_any_other(days: list[int], most: int) -> None:
    """By one day at least and as many as said at most, in dates and timestamps."""
    for times, unit in ((False, 1), (True, DAY)):
        given = [day * unit for day in days]
        for before, after in zip(given, _mask("date_shift", given, "postgresql", times, max_days=most), strict=True):
            assert 1 <= abs(after - before) // unit <= most


def test_dates_at_the_ends_of_what_postgresql_takes_stay_within() -> None:
    """The last years of a timestamp come round as negative numbers, and are moved as any others."""
    last = 9_223_371_331_200_000_000 - 1 + 946_684_800_000_000 - 2**64
    first = -211_813_488_000_000_000 + 946_684_800_000_000
    moved = _mask("date_shift", [first, last], "postgresql", True)
    assert moved[0] > first
    assert (moved[1] - last) % 2**64 > 2**63, "the last one moved back"
    assert all(
        _mask("date_shift", [-2_440_588, 2_145_042_905], "postgresql")[at] != end
        for at, end in enumerate((-2_440_588, 2_145_042_905))
    )


def test_within_keeps_a_partial_date_in_its_partition() -> None:
    """MySQL sorts 1990-00-00 before 1990-01-01: it belongs with 1989."""
    parts = [(year, month, 0) for year in range(1985, 1995) for month in (0, 3)]
    image = _mask("within", _odd(parts), "mysql", bounds=["1900-01-01", "1990-01-01", "2000-01-01"])
    for before, number in zip(parts, image, strict=True):
        after = _parts(number, False)
        assert after is not None
        assert (after < (1990, 1, 1)) == (before < (1990, 1, 1))


def test_what_means_never_stays_in_every_dialect() -> None:
    """0000-00-00 of MySQL, and as SQLite has it; infinity of PostgreSQL."""
    for name in MASKS:
        for dialect, days, moments in (
            ("mysql", [ODD_DATE], [ODD_TIMESTAMP]),
            ("sqlite", [ODD_DATE, *INFINITE_DATES], [ODD_TIMESTAMP, *INFINITE_TIMESTAMPS]),
            ("postgresql", list(INFINITE_DATES), list(INFINITE_TIMESTAMPS)),
        ):
            assert _mask(name, days, dialect) == days
            assert _mask(name, moments, dialect, True) == moments


def test_the_leak_check_tells_dates_outside_the_calendar_apart() -> None:
    """Each counts for itself; what means never is no evidence."""
    key = KEY.domain("d")
    for times, canon in ((False, Canon.DATE), (True, Canon.TIMESTAMP)):
        given = [*_odd([(1985, 0, 0), (1985, 12, 0), (2020, 2, 31)], times), 10 * (DAY if times else 1)]
        never = [ODD_TIMESTAMP, *INFINITE_TIMESTAMPS] if times else [ODD_DATE, *INFINITE_DATES]
        assert len(set(distinct_hashes(key, _dates([*given, *never], times), canon).tolist())) == len(given)


def test_an_extreme_is_cut_off_however_it_is_written() -> None:
    """A partial date by the first day that it may be, a date after 9999 as the last of all."""
    options = {"top": "1980-01-01"}
    assert _mask("top_code", _odd([(1985, 0, 0), (1979, 0, 0)]), "mysql", **options) == [3652, *_odd([(1979, 0, 0)])]
    assert _mask("top_code", [DATES[1] + 1, DATES[0] - 1], "postgresql", **options) == [3652, DATES[0] - 1]
