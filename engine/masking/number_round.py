"""Numbers rounded to a step."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.schema import Column, Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.units import NUMBERS, Units, decimals_of, over_floats, over_units, to_units, unit_range
from engine.problems import Problem


class NumberRound(Masker):
    """Each number rounded to the nearest multiple of a step, halves away from zero.

    Many become one, which is the point; a number alone in its step is still alone. It uses no key.
    """

    name = "number_round"
    title = "Number rounded"
    properties = Properties(keeps_order=True, keyed=False)
    kinds = NUMBERS
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"to": 10},)

    to: Decimal = Field(gt=0)
    """The step: 1000 rounds to thousands, 0.5 to halves."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if not fine_enough(self.to, subject.column):
            yield self.problem(
                subject,
                "number-step",
                f"The step is finer than {subject.column.native} can hold.",
                "Take a coarser one.",
            )

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Round numbers may all be in the source."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        column = context.subject.column
        if column.kind is Kind.FLOAT:
            step = float(self.to)
            return over_floats(values, lambda numbers: np.trunc(numbers / step + np.copysign(0.5, numbers)) * step)
        return over_units(
            values, context.subject, lambda units, scale, rows: self._round(units, scale, column), decimals_of(self.to)
        )

    def _round(self, units: Units, scale: int, column: Column) -> Units:
        step = to_units(self.to, scale)
        units = units if step < 1 << 61 else units.astype(object)
        sign, size = np.where(units < 0, -1, 1), np.abs(units)
        nearest, inner = (size + step // 2) // step * step, size // step * step
        low, high = unit_range(column)
        outside = (sign * nearest > high) | (sign * nearest < low)
        return sign * np.where(outside, inner, nearest)


def fine_enough(number: Decimal, column: Column) -> bool:
    """Can the column hold this number of a plan without rounding it?"""
    if column.kind is Kind.FLOAT or (column.kind is Kind.DECIMAL and column.precision is None):
        return True
    return decimals_of(number) <= (column.scale or 0 if column.kind is Kind.DECIMAL else 0)
