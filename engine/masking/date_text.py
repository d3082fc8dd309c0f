"""Dates in columns of text and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator

from connectors.arrow import DATES
from connectors.schema import Kind
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.date_formats import ISO, DateFormat
from engine.masking.inner import check_inside
from engine.masking.literals import integer_range
from engine.masking.path_masker import Choice, make_choice
from engine.problems import Problem

MOST = (1 << 63) - 1
NUMBERS: dict[str, tuple[int, float]] = {
    "unix": (86_400, 0), "unix_ms": (86_400_000, 0), "unix_us": (86_400_000_000, 0),
    "julian": (1, 2_440_587.5), "excel": (1, 25_569),
}  # fmt: skip
"""Formats of numbers: how many units a day has, and how many days lie before 1970-01-01."""
NUMERIC = frozenset({Kind.INTEGER, Kind.FLOAT})


class DateText(Masker):
    """Dates that stand in a column of text or numbers, by a mask of dates; the writing stays, and so does a time of day.

    A text is read in the first of the formats that fits it, and its day is masked as a column of days would be: with `by` a person's
    dates move in step with those in date columns. Texts without a letter or a digit but 0 (`0000-00-00`) stay. What is no date in any
    of the formats is treated as `other` says.
    """

    name = "date_text"
    title = "Date written as text or number"
    kinds = frozenset({Kind.TEXT, *NUMERIC})
    domain = "date"
    properties = Properties(overlap="kept", keeps_null=False)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"formats": ["iso", "%d.%m.%Y", "%Y%m%d"]},
        {"formats": ["unix"], "of": {"mask": "date_shift", "max_days": 30}, "other": "null"},
    )

    formats: tuple[str, ...] = Field(default=(ISO,), min_length=1)
    """`iso`, or strptime's words (`%d.%m.%Y`, `%b %d, %Y %H:%M`); of numbers `unix`, `unix_ms`, `unix_us`, `julian`, `excel`."""
    of: Choice = "date_shift"
    """The mask of a day: its name, or a table with `mask` and its options."""
    other: Literal["empty", "null", "error"] = "empty"
    """What becomes of what is no date: the empty text (of numbers: 0), NULL, or the end of the run."""

    @field_validator("formats")
    @classmethod
    def _known(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for text in formats:
            _ = text in NUMBERS or DateFormat(text).pieces
        return formats

    @field_validator("of")
    @classmethod
    def _of_dates(cls, choice: Choice) -> Choice:
        masker = make_choice(choice)
        if Kind.DATE not in masker.kinds or masker.name == "keep":
            raise ValueError("the mask of a day is one of dates, such as date_shift")
        return choice

    @cached_property
    def masker(self) -> Masker:
        return make_choice(self.of)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        yield from check_inside(self.masker, _as_date(subject))
        numeric = subject.column.kind in NUMERIC
        for text in self.formats:
            if subject.column.kind in self.kinds and (text in NUMBERS) != numeric and not _digits_only(text):
                reason = f"the format {text!r} is not one of {'numbers' if numeric else 'texts'}."
                yield self.problem(subject, "date-format", reason, "Take it out.")
        if subject.unique or subject.key:
            reason = "the column is unique or a key, and two dates may become the same."
            yield self.problem(subject, "mask-not-unique", reason, "Mask it with `pseudonym`.")
        if self.other == "null" and not subject.column.nullable:
            yield self.problem(subject, "mask-null", "what is no date would become NULL.", 'Use `other = "empty"`.')

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """A moved day is often another row's day."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        masked = pa.nulls(len(values), values.type)
        for text in self.formats:
            if text in NUMBERS:
                found = self._numbers(values, *NUMBERS[text], context)
            else:
                texts = values.cast(pa.string())
                found = self._texts(texts, DateFormat(text), context).cast(values.type)
            masked = pc.coalesce(masked, found)
        return self._with_others(values, masked, context)

    def _texts(self, values: pa.Array, format_: DateFormat, context: Context) -> pa.Array:
        found, days = format_.read(values)
        limit = context.subject.column.length
        written = format_.write(found, self._days(days, context))
        return written if limit is None else pc.if_else(pc.less_equal(pc.utf8_length(written), limit), written, None)

    def _numbers(self, values: pa.Array, units: int, before: float, context: Context) -> pa.Array:
        """Numbers moved by as many days as their day moves."""
        whole = pa.types.is_integer(values.type)
        low, high = integer_range(context.subject.column) if whole else (-math.inf, math.inf)
        # A whole number of julian days is a noon. Beyond 63 bits there is no date.
        numbers = values.fill_null(0).to_numpy(zero_copy_only=False).clip(max=MOST if whole else None)
        numbers = numbers.astype(np.int64) if whole else numbers
        day = numbers // units - math.ceil(before) if whole else np.floor(numbers / units - before)
        valid = (
            values.is_valid().to_numpy(zero_copy_only=False) & np.isfinite(day) & (day >= DATES[0]) & (day <= DATES[1])
        )
        known = np.where(valid, day, 0).astype(np.int32)
        days = pa.array(known, pa.int32(), mask=~valid).cast(pa.date32())
        moved = self._days(days, context).cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        shifted = np.where(valid, numbers, 0) + (moved - known) * units
        valid &= (shifted >= low) & (shifted <= high)
        return pa.array(np.where(valid, shifted, 0), mask=~valid).cast(values.type)

    def _days(self, days: pa.Array, context: Context) -> pa.Array:
        inner = replace(context, subjects=(_as_date(context.subject),), spec=None)
        return self.masker.mask(pa.RecordBatch.from_arrays([days], names=["day"]), inner).column(0)

    def _with_others(self, values: pa.Array, masked: pa.Array, context: Context) -> pa.Array:
        """What is no date, as `other` says."""
        strange = pc.and_(values.is_valid(), masked.is_null())
        if not pc.any(strange).as_py():
            return masked
        text = pa.types.is_string(values.type)
        nothing = (
            pc.invert(pc.match_substring_regex(values, r"[^\s0:./ -]"))
            if text
            else pc.equal(values, pa.scalar(0, values.type))
        )
        masked = pc.if_else(pc.and_(strange, nothing), values, masked)
        strange = pc.and_(strange, pc.invert(nothing))
        if self.other == "error" and pc.any(strange).as_py():
            reason, remedy = (
                "a value is no date in any of the formats.",
                "Add its format, or say what becomes of it by `other`.",
            )
            raise MaskError(context.subject, "date-text", reason, remedy)
        if self.other == "empty":
            return pc.if_else(strange, pa.scalar("" if text else 0, values.type), masked)
        return masked


def _as_date(subject: Subject) -> Subject:
    column = replace(subject.column, kind=Kind.DATE, native="date", length=None, precision=None, range=None)
    return replace(subject, column=column, unique=False, key=False)


def _digits_only(text: str) -> bool:
    """Is it a format of texts that whole numbers can be written in?"""
    return set(text) <= set("%Ymd")
