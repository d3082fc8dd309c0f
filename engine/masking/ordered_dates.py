"""Several dates of a row, moved so that what came first still does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, model_validator

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Subject
from engine.masking.birth_date import age_on
from engine.masking.columns import person_words
from engine.masking.date_shift import shift_days
from engine.masking.dates import DATE_KINDS, Days, Int64s, calendar
from engine.masking.rows import tuple_words
from engine.masking.units import from_units, unit_range, units_of
from engine.prf import Words, to_range
from engine.problems import Problem

Grid = npt.NDArray[np.int64]
"""Rows down, the rule's date columns across."""


class OrderedDates(Masker):
    """The dates of a row moved together by a keyed number of days, and the gaps between them stretched or shrunk a little.

    Whatever order a row's dates had in the source they have afterwards: earlier stays earlier, the same day stays the same day, and
    days that are a day or more apart stay so. The time of day stays. With `by` all rows of one person move by the days that
    `date_shift` moves that person's dates by; without it a row moves by its own dates. NULL stays NULL; infinity, the zero date and
    the calendar's first day and last stay and order nothing; dates before Christ, after 9999, or in part zero move and order nothing.
    A column `age` of the rule is worked out anew from the first column.

    List date and timestamp columns, and the age if there is one: columns = ["born", "hired", "left", "age"].
    """

    name = "ordered_dates"
    title = "Dates of a row moved together, their order kept"
    kinds = DATE_KINDS | {Kind.INTEGER}
    several = True
    domain = "date"
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"max_days": 30, "gaps": 0})

    max_days: int = Field(default=365, ge=1, le=36_500)
    """Most days that a row's earliest date moves, forward or back."""
    gaps: float = Field(default=0.1, ge=0, le=0.9)
    """Most that the time between two dates changes, as a part of itself; 0 keeps every gap to the day."""
    age: str | None = None
    """The column of the rule that holds an age in years, from the date in the rule's first column."""
    as_of: date | None = None
    """The day on which that age is counted."""

    @model_validator(mode="after")
    def _dated(self) -> OrderedDates:
        if (self.age is None) != (self.as_of is None):
            raise ValueError(
                'an age needs both, its column and the day it is counted on: age = "age", as_of = 2026-01-01'
            )
        return self

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if (subject.column.kind is Kind.INTEGER) != (subject.column.name == self.age):
            yield self.problem(
                subject,
                "ordered-dates-age",
                "an age is a whole number, and a date is none.",
                'Name the column with the age in `age = "..."`; all others of the rule hold dates.',
            )

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """A moved day is often another row's day."""
        return float(distinct_target)

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        dated = [place for place, subject in enumerate(context.subjects) if subject.column.kind is not Kind.INTEGER]
        columns = [_Dates(batch.column(place), context, place) for place in dated]
        grid, known = (np.column_stack([getattr(column, part) for column in columns]) for part in ("days", "known"))
        words = self._words([batch.column(place) for place in dated], context)
        more = context.key.words(words, len(dated), "ordered_dates")
        shift = shift_days(words[:, 0], self.max_days)
        moved = _inside(self._stretched(grid, known, more[:, 1:]) + shift[:, None], known, columns)
        out = list(batch.columns)
        for at, place in enumerate(dated):
            out[place] = columns[at].back(moved[:, at], shift)
        for place, subject in enumerate(context.subjects):
            if subject.column.kind is Kind.INTEGER:
                out[place] = self._ages(batch.column(place), subject, moved[:, 0], known[:, 0], more[:, 0])
        return pa.RecordBatch.from_arrays(out, schema=batch.schema)

    def _words(self, columns: list[pa.Array], context: Context) -> Words:
        """Of each row's person, else of its dates together."""
        own = tuple_words(columns, context.key, "ordered_dates", len(columns[0]))
        person = person_words(context, "date_shift")
        return own if person is None else np.where(np.any(person, axis=1, keepdims=True), person, own)

    def _stretched(self, grid: Grid, known: npt.NDArray[np.bool_], words: Words) -> Grid:
        """The earliest day of each row where it was, and each later one after a gap of its own."""
        order = np.argsort(np.where(known, grid, _NEVER), axis=1, kind="stable")
        days = np.take_along_axis(np.where(known, grid, _NEVER), order, axis=1)
        gaps = np.where(np.take_along_axis(known, order, axis=1)[:, 1:], np.diff(days, axis=1), 0)
        most = np.minimum((gaps * self.gaps).astype(np.int64), gaps - 1)
        most = np.maximum(most, 0)
        change = to_range(words, (2 * most + 1).astype(np.uint64)).astype(np.int64) - most
        rising = np.cumsum(np.column_stack([days[:, :1], gaps + change]), axis=1)
        out = np.empty_like(grid)
        np.put_along_axis(out, order, rising, axis=1)
        return out

    def _ages(
        self, ages: pa.Array, subject: Subject, born: Int64s, known: npt.NDArray[np.bool_], words: Words
    ) -> pa.Array:
        """Full years since the moved date of birth; a year more or less where there is none."""
        old = units_of(ages).astype(np.int64)
        near = np.abs(old + np.where(words & np.uint64(1), 1, -1))
        counted = age_on(np.where(known, born, 0), self.as_of or date.max)
        low, high = unit_range(subject.column)
        return from_units(np.clip(np.where(known, counted, near), max(low, 0), min(high, (1 << 63) - 1)), ages)


_NEVER = 1 << 40
"""Days behind all of the calendar: where NULL and dates outside it wait while a row is put in order."""


class _Dates:
    """One column of days and times of day."""

    def __init__(self, values: pa.Array, context: Context, place: int) -> None:
        first, last, self._unit = calendar(values, context.subjects[place].column)
        self._dates = Days(values, context.dialect)
        self.known: npt.NDArray[np.bool_] = values.is_valid().to_numpy(zero_copy_only=False) & ~self._dates.stays
        self.known[self._dates.outside] = False
        self.days, self._clock = np.divmod(self._dates.moments, self._unit)
        # Within the column's own first and last day, which mean "never".
        self.first, self.last = -(-first // self._unit) + 1, last // self._unit - 1

    def back(self, days: Int64s, shift: Int64s) -> pa.Array:
        """The column with other days; what is outside the calendar orders nothing and moves by the row's own shift."""
        inside = np.clip(np.where(self.known, days, self.days + shift), self.first, self.last)
        return self._dates.back(self._dates.at_least_a_part(inside * self._unit + self._clock))


def _inside(moved: Grid, known: npt.NDArray[np.bool_], columns: list[_Dates]) -> Grid:
    """Rows that leave the calendar of one of their columns moved back together, as far as they must."""
    first, last = (np.array([getattr(column, end) for column in columns]) for end in ("first", "last"))
    moved = moved - np.where(known, np.maximum(moved - last, 0), 0).max(axis=1, keepdims=True)
    back: Grid = moved + np.where(known, np.maximum(first - moved, 0), 0).max(axis=1, keepdims=True)
    return back
