"""Dates before Christ and after the year 9999, as PostgreSQL has them: numbers like all others, counted from 2000 on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from connectors.arrow import ODD_DATE, ODD_TIMESTAMP

Int64s = npt.NDArray[np.int64]

_2000 = 10_957
"""Days from 1970 to 2000."""
_CYCLE = 146_097
"""Days of 400 years, after which the calendar repeats itself."""
FIRST_DAY, LAST_DAY, LAST_DAY_OF_TIMES = -2_451_545, 2_145_031_948, 106_751_982
"""4714-11-24 BC, 5874897-12-31 and 294276-12-31, in days since 2000."""


class FarDates:
    """Dates outside the calendar. `known` is false for the infinities, and for the zero date that SQLite has from MySQL."""

    def __init__(self, moments: Int64s, unit: int) -> None:
        self.unit = unit
        wrapped = moments - np.int64(_2000 * unit)
        if unit == 1:
            wrapped = np.where(wrapped < -(2**31), wrapped + 2**32, wrapped)
        self.days, self.clock = np.divmod(wrapped, unit)
        last = LAST_DAY if unit == 1 else LAST_DAY_OF_TIMES
        zero = ODD_DATE if unit == 1 else ODD_TIMESTAMP
        self.known: npt.NDArray[np.bool_] = (self.days >= FIRST_DAY) & (self.days <= last) & (moments != zero)

    def stand_in(self) -> Int64s:
        """The moment of the years 2000 to 2399 that is the same in its 400 years."""
        return (self.days % _CYCLE + _2000) * self.unit + self.clock

    def back(self, moments: Int64s) -> Int64s:
        """As far from each date as these are from what stands in for it; the other way where that is beyond what a column takes."""
        days, clock = np.divmod(moments, self.unit)
        moved = days - (self.days % _CYCLE + _2000)
        last = LAST_DAY if self.unit == 1 else LAST_DAY_OF_TIMES
        there = self.days + moved
        return self.numbers(np.where((there < FIRST_DAY) | (there > last), self.days - moved, there), clock)

    def numbers(self, days: Int64s, clock: Int64s) -> Int64s:
        """The carrier's numbers of days since 2000 and times of day; the last years wrap around."""
        wrapped: Int64s = days * self.unit + clock + np.int64(_2000 * self.unit)
        return wrapped
