"""Dates by the period they fall in."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import integers
from engine.masking.dates import DATE_KINDS, Days, calendar, from_moments

_PERIODS = {"month": (1, "month"), "quarter": (1, "quarter"), "year": (1, "year"), "decade": (10, "year")}


class DateBand(Masker):
    """Each date by the first day of its month, quarter, year or decade; a time of day becomes midnight.

    Many become one, which is the point; a date alone in its period is still alone. Infinity, the zero date, and the calendar's first
    day and last stay. It uses no key.
    """

    name = "date_band"
    title = "Date by its month, quarter, year or decade"
    properties = Properties(keeps_order=True, keyed=False)
    kinds = DATE_KINDS
    domain = "date"
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"to": "decade"})

    to: Literal["month", "quarter", "year", "decade"] = "year"
    """The period whose first day is taken."""

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """First days may all be in the source."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        dates = Days(values, context.dialect)
        multiple, unit = _PERIODS[self.to]
        floored = pc.floor_temporal(from_moments(dates.moments, values), multiple=multiple, unit=unit)
        # The first decade has no year 0.
        return dates.back(np.maximum(integers(floored), calendar(values, context.subject.column)[0]))
