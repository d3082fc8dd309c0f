"""Numbers moved by a keyed amount."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from connectors.schema import Kind
from engine.canonical import EXACT
from engine.masking.base import Context, Masker, Subject
from engine.masking.columns import person_words, words_of
from engine.masking.units import NUMBERS, Units, over_floats, over_units
from engine.prf import Words, to_range
from engine.problems import Problem

_MILLION = 1_000_000


class NumberNoise(Masker):
    """Each number moved up or down by a keyed amount; equal numbers move alike, with `by` only those of one person.

    Sign, scale and the column's range are kept, and 0 stays 0 under relative noise. It blurs single values and is no anonymity: sums
    and the shape of the distribution survive, and outliers are still outliers.
    """

    name = "number_noise"
    title = "Number with noise"
    kinds = NUMBERS
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"absolute": 5}, {"relative": 0.5, "min": -3, "max": 100})

    relative: float = Field(default=0.1, ge=0.000001, le=1)
    """Most that a number moves, as a part of itself: 0.1 is up to 10 %."""
    absolute: Decimal | None = Field(default=None, gt=0)
    """Most that a number moves, whatever its size; `relative` then does not count."""
    min: Decimal | None = None
    """Smallest result, for a column whose CHECK or meaning asks for one."""
    max: Decimal | None = None
    """Largest result."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if self.min is not None and self.max is not None and self.min > self.max:
            yield self.problem(subject, "number-bounds", "min is above max.", "Exchange them.")

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """A moved number is often another row's: numbers are dense."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        words = words_of(values, context, "number_noise")[:, 0]
        if (person := person_words(context, "number_noise")) is not None:
            words = words ^ person[:, 0]
        if context.subject.column.kind is Kind.FLOAT:
            return over_floats(values, lambda numbers: self._move_floats(numbers, words))
        return over_units(values, context.subject, lambda units, scale, rows: self._move(units, scale, words[rows]))

    def _move(self, units: Units, scale: int, words: Words) -> Units:
        span = self._span(units, scale)
        if span.dtype == object:
            units = units.astype(object)
            step = (words.astype(object) * (2 * span)) >> 64
        else:
            step = to_range(words, (2 * span).astype(np.uint64)).astype(np.int64)
        moved = units + step - span
        moved = np.where(step >= span, moved + (span > 0), moved)  # never by nothing, save where there is no room
        moved = np.where(units >= 0, np.maximum(moved, 0), np.minimum(moved, 0))
        return self._bounded(moved, scale)

    def _span(self, units: Units, scale: int) -> Units:
        size = np.abs(units)
        if self.absolute is not None:
            most = max(1, int(self.absolute.scaleb(scale, EXACT)))
            return np.full(len(units), most, dtype=np.int64 if units.dtype != object and most < 1 << 61 else object)
        parts = round(self.relative * _MILLION)
        span = size // _MILLION * parts + size % _MILLION * parts // _MILLION
        return np.where(size > 0, np.maximum(span, 1), 0)

    def _bounded(self, units: Units, scale: int) -> Units:
        if self.min is not None:
            units = np.maximum(units, int(self.min.scaleb(scale, EXACT).to_integral_value(ROUND_CEILING)))
        if self.max is not None:
            units = np.minimum(units, int(self.max.scaleb(scale, EXACT).to_integral_value(ROUND_FLOOR)))
        return units

    def _move_floats(self, numbers: npt.NDArray[np.float64], words: Words) -> npt.NDArray[np.float64]:
        part = (words >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
        span = np.abs(numbers) * self.relative if self.absolute is None else float(self.absolute)
        moved = numbers + part * span
        moved = np.where(numbers >= 0, np.maximum(moved, 0.0), np.minimum(moved, 0.0))
        low, high = (None if bound is None else float(bound) for bound in (self.min, self.max))
        return moved if low is None and high is None else np.clip(moved, low, high)
