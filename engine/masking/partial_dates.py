"""MySQL's dates that are none: 1985-00-00 and 1985-12-00, of which a part is not known, and 2020-02-31."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from connectors.arrow import ODD_DATE, ODD_TIMESTAMP
from engine.keys import DomainKey
from engine.masking.civil import Int64s, civil, first_of_month, month_length

_LEAP = 2000
"""Stands in for a year that is zero: any day may be in it."""


class PartialDates:
    """Such dates by their parts. `known` is false for 0000-00-00."""

    def __init__(self, moments: Int64s, unit: int) -> None:
        self.unit = unit
        code, self.clock = np.divmod((ODD_DATE if unit == 1 else ODD_TIMESTAMP) - moments, unit)
        self.year, self.month, self.day = code // 10_000, code // 100 % 100, code % 100
        self.known: npt.NDArray[np.bool_] = code != 0

    def stand_in(self) -> Int64s:
        """The first moment that each may be; of a day that its month has not, the month's last."""
        year, month = self._year_and_month()
        day = np.minimum(np.maximum(self.day, 1), month_length(year, month))
        moments: Int64s = (first_of_month(year, month) + day - 1) * self.unit + self.clock
        return moments

    def at_least_a_part(self, moments: Int64s) -> Int64s:
        """The moments, moved on by a year or a month where the date would else be what it was."""
        part = np.where(self.day > 0, 1, np.where(self.month > 0, 31, 366)) * self.unit
        own = self.stand_in()
        on = np.where(moments < own, -part, part)
        on = np.where(np.isin(civil((moments + on) // self.unit)[0], (0, 10_000)), -on, on)
        return np.where(self.back(moments) == self.back(own), moments + on, moments)

    def back(self, moments: Int64s) -> Int64s:
        """The dates of these moments without what was zero; whole ones are dates of the calendar."""
        days, clock = np.divmod(moments, self.unit)
        year, month, day = (
            np.where(own == 0, 0, new) for own, new in zip((self.year, self.month, self.day), civil(days), strict=True)
        )
        whole = (self.year > 0) & (self.month > 0) & (self.day > 0)
        return np.where(whole, moments, self.numbers(year, month, day, clock))

    def numbers(self, year: Int64s, month: Int64s, day: Int64s, clock: Int64s) -> Int64s:
        """The carrier's numbers of these parts."""
        start = ODD_DATE if self.unit == 1 else ODD_TIMESTAMP
        numbers: Int64s = start - ((year * 10_000 + month * 100 + day) * self.unit + clock)
        return numbers

    def _year_and_month(self) -> tuple[Int64s, Int64s]:
        return np.where(self.year == 0, _LEAP, self.year), np.clip(self.month, 1, 12)

    def places(self) -> Int64s:
        """The last moments of the calendar before them, in whose order they stand; of 31 February the end of that month."""
        partial = (self.year == 0) | (self.month == 0) | (self.day == 0)
        stand_in = np.where(self.year == 0, np.iinfo(np.int64).min // 2, self.stand_in())
        return stand_in - np.where(partial, self.clock + (1 if self.unit == 1 else 1_000_000), 0)

    def kinds(self) -> Int64s:
        """What a keyed bijection leaves of them: the band of years, which parts are zero, and whether a leap year has such a day."""
        band = np.searchsorted(_YEARS, self.year, side="right")
        possible = self.day <= month_length(np.full_like(self.month, _LEAP), np.clip(self.month, 1, 12))
        kinds: Int64s = ((band * 2 + (self.month > 0)) * 2 + (self.day > 0)) * 4 + possible * 2 + self._whole()
        return kinds

    def _whole(self) -> npt.NDArray[np.bool_]:
        """Which of them the calendar has, year 0 apart."""
        year, month = self._year_and_month()
        return (self.year > 0) & (self.month > 0) & (self.day > 0) & (self.day <= month_length(year, month))


_YEARS = np.array([0, 1, 1900, 2100, 10_000])
"""Where bands of years begin: as with whole dates, those of people's lives are permuted among themselves."""


def permute_partial(
    dates: PartialDates, key: DomainKey, of_clock: Callable[[Int64s], Int64s], places: Int64s | None = None
) -> Int64s:
    """Another such date of the same kind for each, in the carrier's numbers; between the same two of `places`, if given."""
    kinds, out = _among(dates, places), dates.numbers(dates.year, dates.month, dates.day, dates.clock)
    waiting = np.arange(len(out))
    while len(waiting):
        now = PartialDates(out[waiting], dates.unit)
        out[waiting] = now.numbers(*_permuted(now, key), now.clock if dates.unit == 1 else of_clock(now.clock))
        became = _among(PartialDates(out[waiting], dates.unit), places)
        waiting = waiting[np.any(became != kinds[waiting], axis=1)]
    return out


def _among(dates: PartialDates, places: Int64s | None) -> Int64s:
    at = np.zeros_like(dates.year) if places is None else np.searchsorted(places, dates.places(), side="right")
    return np.column_stack([dates.kinds(), at])


def _permuted(dates: PartialDates, key: DomainKey) -> tuple[Int64s, Int64s, Int64s]:
    """Year, month and day permuted together within their band; what is zero stays zero."""
    year, month, day = dates.year.copy(), dates.month.copy(), dates.day.copy()
    band = np.searchsorted(_YEARS, year, side="right")
    shapes = np.column_stack([band, month > 0, day > 0])
    for shape in np.unique(shapes, axis=0).tolist():
        rows = np.flatnonzero(np.all(shapes == shape, axis=1))
        first, end = _YEARS[shape[0] - 1 : shape[0] + 1].tolist()
        months, days = (12 if shape[1] else 1), (31 if shape[2] else 1)
        number = ((year[rows] - first) * months + month[rows] - shape[1]) * days + day[rows] - shape[2]
        size = (end - first) * months * days
        label = f"partial dates/{first}/{months}/{days}"
        number = key.permutation(size, label).apply(number.astype(np.uint64)).astype(np.int64)
        rest, day[rows] = number // days, number % days + shape[2]
        year[rows], month[rows] = rest // months + first, rest % months + shape[1]
    return year, month, day
