"""What date maskers share: days inside the calendar, and the values that stand for something else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.arrow import DATES, DAY, INFINITE_DATES, INFINITE_TIMESTAMPS, ODD_DATE, ODD_TIMESTAMP, TIMESTAMPS
from connectors.schema import Column, Kind
from engine.masking.columns import integers
from engine.masking.far_dates import FarDates
from engine.masking.partial_dates import PartialDates

DATE_KINDS = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_PARTIAL = frozenset({"mysql", "mariadb"})

Int64s = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def calendar(values: pa.Array, column: Column | None = None) -> tuple[int, int, int]:
    """The first and last value of the years 1 to 9999, or of what the column takes, and a day, in the units of this array."""
    first, last, day = (*DATES, 1) if pa.types.is_date32(values.type) else (*TIMESTAMPS, DAY)
    return (*column.range, day) if column is not None and column.range is not None else (first, last, day)


def outside_calendar(values: pa.Array) -> pa.Array:
    """Which values are before the year 1 or after 9999."""
    moments = integers(values)
    first, last, _ = calendar(values)
    return pa.array((moments < first) | (moments > last))


def means_never(values: pa.Array) -> pa.Array:
    """Which values are nobody's: infinity, 0000-00-00, the calendar's first day and its last."""
    moments = integers(values)
    first, last, day = calendar(values)
    nobodys = (INFINITE_DATES if day == 1 else INFINITE_TIMESTAMPS) + ((ODD_DATE,) if day == 1 else (ODD_TIMESTAMP,))
    ends = (moments >= first) & (moments < first + day) | (moments > last - day) & (moments <= last)
    return pa.array(ends | np.isin(moments, nobodys))


class Days:
    """Dates as a masker may take them, all inside the calendar, and the way back.

    What is no day in anybody's life stays: infinity, 0000-00-00, and the calendar's first day and last, which mean "never". Dates
    before Christ and after 9999 stand in by a day of the same place in another 400 years and move as that one does; MySQL's partial
    dates by one that they may be, and what was zero is zero again afterwards.
    """

    def __init__(self, values: pa.Array, dialect: str) -> None:
        self._values, self._given = values, integers(values)
        first, last, self.unit = calendar(values)
        self._ends = first, last
        beyond = (self._given < first) | (self._given > last)
        self.stays: Flags = (self._given < first + self.unit) | (self._given > last - self.unit)
        self.outside = np.flatnonzero(beyond)
        self.moments: Int64s = np.where(self.stays, 0, self._given)
        self.others: FarDates | PartialDates | None = None
        if len(self.outside):
            kind = PartialDates if dialect in _PARTIAL else FarDates
            dates = kind(self._given[self.outside], self.unit)
            self.outside = self.outside[dates.known]
            self.others = kind(self._given[self.outside], self.unit)
            self.stays[self.outside] = False
            self.moments[self.outside] = self.others.stand_in()

    def line(self) -> Int64s:
        """The moments in their order, what is outside the calendar at its end."""
        out = self.moments.copy()
        if isinstance(self.others, FarDates):
            out[self.outside] = np.where(self.others.days < 0, self._ends[0], self._ends[1])
        return out

    def at_least_a_part(self, moments: Int64s) -> Int64s:
        """The same moments, those of partial dates so far away that no part that they have stays."""
        out = moments.copy()
        if isinstance(self.others, PartialDates):
            out[self.outside] = self.others.at_least_a_part(moments[self.outside])
        return out

    def back(self, moments: Int64s, outside: Int64s | None = None) -> pa.Array:
        """The column with these moments instead, NULL where it had it. `outside`: what is outside, in the carrier's own numbers."""
        out = np.where(self.stays, self._given, moments)
        if self.others is not None:
            out[self.outside] = self.others.back(moments[self.outside]) if outside is None else outside
        return from_moments(out, self._values)


def from_moments(moments: Int64s, values: pa.Array) -> pa.Array:
    """Days or microseconds back in the type of `values`, NULL where `values` has it."""
    missing: Flags = values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_date32(values.type):
        return pa.array(moments.astype(np.int32), pa.int32(), mask=missing).cast(values.type)
    return pa.array(moments, pa.int64(), mask=missing).cast(values.type)
