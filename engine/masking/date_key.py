"""Dates and timestamps as keys: a keyed bijection of days, and of times of day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from connectors.arrow import DATES, DAY, ODD_DATE, ODD_TIMESTAMP
from engine.keys import DomainKey
from engine.masking.base import Context
from engine.masking.columns import integers
from engine.masking.dates import Days, Int64s
from engine.masking.far_dates import FIRST_DAY, LAST_DAY, LAST_DAY_OF_TIMES, FarDates
from engine.masking.partial_dates import PartialDates, permute_partial
from engine.prf import Words

NEAR = (-25_567, 47_482)
"""Days of 1900-01-01 and 2100-01-01: the dates of people's lives are permuted among themselves."""
_BANDS = ((DATES[0] + 1, NEAR[0]), NEAR, (NEAR[1], DATES[1]))
_2000 = 10_957
_FAR_BANDS = (
    (_2000 + FIRST_DAY, DATES[0]),
    (DATES[1] + 1, _2000 + LAST_DAY_OF_TIMES + 1),
    (_2000 + LAST_DAY_OF_TIMES + 1, _2000 + LAST_DAY + 1),
)
"""Before Christ, after 9999, and the years that only dates have."""
_SECOND, _MILLISECOND = 1_000_000, 1_000


def permute_dates(values: pa.Array, context: Context) -> pa.Array:
    """Another day of the same band of years for each; infinity, the zero date, and the calendar's first and last day stay.

    In timestamps day and time of day are permuted apart; midnight stays, and whole seconds and milliseconds stay whole.
    """
    dates, key = Days(values, context.dialect), context.key
    days, clock = np.divmod(dates.moments, dates.unit)
    image = _days(days, _BANDS, key) * dates.unit + (clock if dates.unit == 1 else _clock(clock, key))
    return dates.back(image, None if dates.others is None else permute_outside(dates.others, key))


def permute_outside(dates: FarDates | PartialDates, key: DomainKey, places: Int64s | None = None) -> Int64s:
    """Another date outside the calendar for each, in the carrier's numbers; partial ones keep their place among `places`, if given."""
    if isinstance(dates, PartialDates):
        return permute_partial(dates, key, lambda clock: _clock(clock, key), places)
    days, clock, zero = dates.days + _2000, dates.clock, ODD_DATE if dates.unit == 1 else ODD_TIMESTAMP
    out, waiting = np.full(len(days), zero), np.arange(len(days))
    while len(waiting):
        # What SQLite and MySQL take for 0000-00-00 stays, so nothing else may become it.
        days[waiting], clock[waiting] = _days(days[waiting], _FAR_BANDS, key), _clock(clock[waiting], key)
        out[waiting] = dates.numbers(days[waiting] - _2000, clock[waiting])
        waiting = waiting[out[waiting] == zero]
    return out


def permute_times(values: pa.Array, key: DomainKey) -> pa.Array:
    """Another time of day for each; midnight stays, and so does what is none, 24:00 and MySQL's longer spans."""
    moments = integers(values)
    stays = (moments < 0) | (moments >= DAY)
    return pa.array(np.where(stays, moments, _clock(np.where(stays, 0, moments), key)), pa.int64()).cast(values.type)


def _days(days: Int64s, bands: tuple[tuple[int, int], ...], key: DomainKey) -> Int64s:
    out = days.copy()
    for first, end in bands:
        rows = np.flatnonzero((days >= first) & (days < end))
        if len(rows):
            image = key.permutation(end - first, f"days/{first}").apply((days[rows] - first).astype(np.uint64))
            out[rows] = image.astype(np.int64) + first
    return out


def _clock(clock: Int64s, key: DomainKey) -> Int64s:
    seconds, fraction = clock // _SECOND, clock % _SECOND
    milliseconds = fraction // _MILLISECOND
    whole = fraction % _MILLISECOND == 0
    part = np.where(whole, _but_zero(milliseconds, 1000, key) * _MILLISECOND, _microseconds(fraction, whole, key))
    return _but_zero(seconds, 86_400, key) * _SECOND + part


def _but_zero(numbers: Int64s, size: int, key: DomainKey) -> Int64s:
    """A bijection of range(1, size) that leaves 0 as it is."""
    image = key.permutation(size - 1, f"clock/{size}").apply((np.maximum(numbers, 1) - 1).astype(np.uint64))
    return np.where(numbers == 0, 0, image.astype(np.int64) + 1)


def _microseconds(fraction: Int64s, whole: np.ndarray[tuple[int], np.dtype[np.bool_]], key: DomainKey) -> Int64s:
    permutation = key.permutation(_SECOND, "microseconds")
    out: Words = fraction.astype(np.uint64)
    walking = np.flatnonzero(~whole)
    while len(walking):
        out[walking] = permutation.apply(out[walking])
        walking = walking[out[walking] % np.uint64(_MILLISECOND) == 0]
    return out.astype(np.int64)
