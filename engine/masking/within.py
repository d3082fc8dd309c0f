"""Numbers and dates exchanged within ranges."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import field_validator

from connectors.schema import Column, Kind
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.columns import integers, over_distinct
from engine.masking.date_key import permute_outside
from engine.masking.dates import Days, from_moments
from engine.masking.literals import Literal, literal
from engine.problems import Problem

SECOND = 1_000_000
"""Microseconds."""


class Within(Masker):
    """Each value by another of the same range: a keyed permutation of every range between two bounds, so distinct stay distinct.

    Made for the key of a partitioned table, whose rows must stay inside the bounds of a partition. What stays is the range that a
    value lies in, and of a time its fraction of a second. A value outside all bounds cannot be masked and ends the run.
    """

    name = "within"
    title = "Another value between the same two bounds"
    properties = Properties(bijective=True)
    kinds = frozenset({Kind.INTEGER, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"bounds": ["0001-01-02", "2000-01-01", "9999-12-31"]},
        {"bounds": [-(1 << 15), 0, 100, (1 << 15) - 1]},
    )

    bounds: tuple[Literal, ...]
    """Where each range begins and the one before it ends; the last is where the last one ends."""

    @field_validator("bounds")
    @classmethod
    def _a_range(cls, bounds: tuple[Literal, ...]) -> tuple[Literal, ...]:
        if len(bounds) < 2:
            raise ValueError("a range has two bounds")
        return bounds

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        for bound in self.bounds if subject.column.kind in self.kinds else ():
            try:
                literal(bound, subject.column)
            except ValueError as error:
                yield self.problem(subject, "within-bound", f"A bound {error}.", "Write it as the column has it.")

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Another row's value is often in the same range."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda distinct: self._exchanged(distinct, context))

    def _exchanged(self, values: pa.Array, context: Context) -> pa.Array:
        column = context.subject.column
        step = 1 if column.kind in (Kind.INTEGER, Kind.DATE) else SECOND
        whole, fraction = np.divmod(integers(values), step)
        cuts = _cuts(self.bounds, column, step)
        out, place = whole.copy(), np.searchsorted(cuts, whole, side="right")
        dates = None if column.kind is Kind.INTEGER else Days(values, context.dialect)
        if _outside(place, cuts, dates).any():
            raise MaskError(context.subject, "within-outside", "A value lies outside all bounds.", "Add a bound.")
        for end, (low, high) in enumerate(pairwise(cuts.tolist()), 1):
            rows = place == end
            permutation = context.key.permutation(high - low, f"within/{low}/{high}")
            out[rows] = low + permutation.apply((whole[rows] - low).astype(np.uint64)).astype(np.int64)
        moments = out * step + fraction
        if dates is None:
            return pa.array(moments, pa.int64()).cast(values.type)
        if dates.others is not None:
            moments[dates.outside] = permute_outside(dates.others, context.key, cuts * step)
        return from_moments(moments, values)


def _outside(place: npt.NDArray[np.intp], cuts: npt.NDArray[np.int64], dates: Days | None) -> npt.NDArray[np.bool_]:
    """Beyond the bounds, save dates that stay as they are, and those outside the calendar, which no bound names."""
    beyond: npt.NDArray[np.bool_] = (place == 0) | (place == len(cuts))
    if dates is not None:
        beyond &= ~dates.stays
        beyond[dates.outside] = False
    return beyond


def _cuts(bounds: tuple[Literal, ...], column: Column, step: int) -> npt.NDArray[np.int64]:
    """The bounds as whole numbers of steps, rising. A bound within a second moves up to the next one and so cuts no second in two."""
    scalars = [literal(bound, column) for bound in bounds]
    cuts = -(-integers(pa.array([scalar.as_py() for scalar in scalars], scalars[0].type)) // step)
    return np.unique(cuts)
