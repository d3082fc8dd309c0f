"""Numbers by the bucket they fall in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.number_round import fine_enough
from engine.masking.units import NUMBERS, Units, decimals_of, over_floats, over_units, to_units, unit_range
from engine.problems import Problem


class NumberBucket(Masker):
    """Each number by the greatest edge that is not above it; what lies below the first edge becomes the first edge.

    Top and bottom are coded with the rest: nobody is told to earn more than the last edge. It uses no key.
    """

    name = "number_bucket"
    title = "Number by bucket"
    properties = Properties(keeps_order=True, keyed=False)
    kinds = NUMBERS
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"edges": [0, 18, 65, 100]},)

    edges: tuple[Decimal, ...] = Field(min_length=1)
    """The lower edges of the buckets, in any order: `[0, 18, 65]`."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        column = subject.column
        if (
            column.kind not in NUMBERS
            or column.kind is Kind.FLOAT
            or (column.kind is Kind.DECIMAL and column.precision is None)
        ):
            return
        low, high = unit_range(column)
        scale = column.scale or 0 if column.kind is Kind.DECIMAL else 0
        if not all(fine_enough(edge, column) and low <= to_units(edge, scale) <= high for edge in self.edges):
            yield self.problem(
                subject, "number-edge", f"Some edge is no value of {column.native}.", "Take edges that fit it."
            )

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Edges may all be in the source."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        edges = sorted(self.edges)
        if context.subject.column.kind is Kind.FLOAT:
            floats = np.array([float(edge) for edge in edges])
            return over_floats(values, lambda numbers: floats[_bucket(floats, numbers)])
        finest = max(decimals_of(edge) for edge in edges)
        return over_units(values, context.subject, lambda units, scale, rows: _edges(edges, units, scale), finest)


def _edges(edges: list[Decimal], units: Units, scale: int) -> Units:
    numbers = np.array([to_units(edge, scale) for edge in edges], dtype=units.dtype)
    lower: Units = numbers[_bucket(numbers, units)]
    return lower


def _bucket(edges: Units, numbers: Units) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.maximum(np.searchsorted(edges, numbers, side="right") - 1, 0)
