"""Dates moved by some days."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.masking.base import Context, Masker, Subject
from engine.masking.columns import words_by_person
from engine.masking.dates import DATE_KINDS, Days, Int64s, calendar
from engine.prf import Words, to_range


class DateShift(Masker):
    """Each date moved by a keyed number of days, never by none; the time of day stays.

    With `by` every date of one person moves by the same number, in every table, so ages, order and distances between a person's dates
    survive. Without it the shift is a function of the date itself, and order is lost. Infinity, the zero date, and the calendar's
    first day and last (9999-12-31 often means "never") stay; of a partial date (1985-00-00) the year or the month moves.
    Someone who knows one of a person's dates learns that person's shift.
    """

    name = "date_shift"
    title = "Date shifted by some days, one person's alike"
    kinds = DATE_KINDS
    domain = "date"
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"max_days": 7})

    max_days: int = Field(default=365, ge=1, le=36_500)
    """Most days that a date moves, forward or back."""

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """A moved day is often another row's day."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        dates = Days(values, context.dialect)
        days = shift_days(words_by_person(values, context, "date_shift")[:, 0], self.max_days)
        first, last, day = calendar(values, context.subject.column)
        shift = np.where(dates.stays, 0, days * day)
        moved = dates.moments + shift
        # At the calendar's ends the other direction has room.
        moved = np.where((moved < first) | (moved > last), moved - 2 * shift, moved)
        return dates.back(dates.at_least_a_part(moved))


def shift_days(words: Words, most: int) -> Int64s:
    """Days to move by: as many as `most` either way, never none."""
    step = to_range(words, 2 * most).astype(np.int64)
    return np.where(step < most, step - most, step - most + 1)
