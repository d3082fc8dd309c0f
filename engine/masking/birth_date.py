"""Dates of birth that keep the age."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, model_validator

from engine.masking.base import Context, Masker, Subject
from engine.masking.columns import words_by_person
from engine.masking.dates import DATE_KINDS, Days, Int64s, calendar
from engine.prf import to_range


class BirthDate(Masker):
    """Another date of birth of the same age, of the same band of ages, or of the same year; never the date itself.

    Age is counted in full years on `as_of`, a date of the plan, so that the mask is the same tomorrow; who was born on 29 February
    turns a year older on 1 March of ordinary years. A date after `as_of` stays within the like band of years to come. The time of day
    of a timestamp stays. Equal dates get equal ones, or with `by` each person their own. Infinity, the zero date, and the
    calendar's first day and last stay; of a partial date (1985-00-00) the parts that it has become others.
    """

    name = "birth_date"
    title = "Date of birth of the same age or band of ages"
    kinds = DATE_KINDS
    domain = "birth_date"
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"as_of": "2026-01-01"},
        {"keep": "age", "as_of": "2024-02-29"},
        {"keep": "year"},
    )

    keep: Literal["band", "age", "year"] = "band"
    """What stays: the band of ages, the age in full years, or the calendar year of birth."""
    band: int = Field(default=5, ge=2, le=100)
    """Years of a band: 5 keeps 30 to 34 together, 35 to 39..."""
    as_of: date | None = None
    """The day on which ages are counted, for `band` and `age`."""

    @model_validator(mode="after")
    def _dated(self) -> BirthDate:
        if self.keep != "year" and self.as_of is None:
            raise ValueError("as_of says on which day ages are counted: as_of = 2026-01-01")
        return self

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Another day of the same years is often another row's day."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        dates = Days(values, context.dialect)
        first, last, unit = calendar(values, context.subject.column)
        days, clock = np.divmod(dates.moments, unit)
        low, high = self._alike(days)
        low, high = np.maximum(low, -(-first // unit)), np.minimum(high, last // unit)
        words = words_by_person(values, context, "birth_date")[:, 0]
        # One of the other days between the two, by going on from the own one and round.
        others = np.maximum(high - low, 1)
        step = 1 + to_range(words, others.astype(np.uint64)).astype(np.int64)
        image = low + (days - low + step) % np.maximum(high - low + 1, 1)
        return dates.back(np.where(high <= low, dates.moments, image * unit + clock))

    def _alike(self, days: Int64s) -> tuple[Int64s, Int64s]:
        """The first and the last day that keep what is to be kept of each."""
        years = _years(days)
        if self.as_of is None or self.keep == "year":
            return _day(years, 1, 1), _day(years + 1, 1, 1) - 1
        ages = age_on(days, self.as_of)
        width = self.band if self.keep == "band" else 1
        youngest = ages // width * width
        return _born_by(self.as_of, youngest + width) + 1, _born_by(self.as_of, youngest)


def age_on(days: Int64s, as_of: date) -> Int64s:
    """Full years on a day of those born on these days; below 0 for days to come."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    of_month = (days.astype("datetime64[D]") - months).astype(np.int64) + 1
    later = (months.astype(np.int64) % 12 + 1, of_month)
    not_yet = (later[0] > as_of.month) | ((later[0] == as_of.month) & (later[1] > as_of.day))
    ages: Int64s = as_of.year - _years(days) - not_yet
    return ages


def _born_by(as_of: date, ages: Int64s) -> Int64s:
    """The last day of birth of those who are of this age on `as_of`."""
    years = as_of.year - ages
    in_month: Int64s = _day(years, as_of.month, as_of.day)
    next_month = _day(years, as_of.month % 12 + 1, 1) if as_of.month < 12 else _day(years + 1, 1, 1)
    last: Int64s = np.minimum(in_month, next_month - 1)
    return last


def _years(days: Int64s) -> Int64s:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def _day(years: Int64s, month: int, day: int) -> npt.NDArray[np.int64]:
    months = ((years - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64) + day - 1
