"""Dates by the period they fall in."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import integers
from engine.masking.dates import DATE_KINDS, Days, calendar, from_moments

EPOCH = date(1970, 1, 1)
_PERIODS = {"month": (1, "month"), "quarter": (1, "quarter"), "year": (1, "year"), "decade": (10, "year")}


class DateBand(Masker):
    """Each date by the first day of its month, quarter, year or decade; a time of day becomes midnight.

    Many become one, which is the point; a date alone in its period is still alone, save below `bottom`. Infinity, the zero date, and
    the calendar's first day and last stay. It uses no key.
    """

    name = "date_band"
    title = "Date by its month, quarter, year or decade"
    properties = Properties(keeps_order=True, keyed=False)
    kinds = DATE_KINDS
    domain = "date"
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"to": "decade"})

    to: Literal["month", "quarter", "year", "decade"] = "year"
    """The period whose first day is taken."""
    bottom: date | None = None
    """All earlier dates fall into the period of this one: `1936-01-01` puts everybody who was born before that into one year."""

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """First days may all be in the source."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        dates = Days(values, context.dialect)
        multiple, unit = _PERIODS[self.to]
        moments = dates.moments
        if self.bottom is not None:
            first, _, of_day = calendar(values, context.subject.column)
            moments = np.maximum(moments, max((self.bottom - EPOCH).days * of_day, first))
        floored = pc.floor_temporal(from_moments(moments, values), multiple=multiple, unit=unit)
        # The first decade has no year 0.
        return dates.back(np.maximum(integers(floored), calendar(values, context.subject.column)[0]))
