"""Extreme values cut off at a bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from typing import Literal as OneOf

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from engine.masking.base import Context, FirstPass, Masker, Properties, Subject
from engine.masking.histogram import Histogram
from engine.masking.literals import Literal
from engine.masking.numberline import LINE, exact, placed, position, positions
from engine.masking.rows import found_before
from engine.problems import Problem


class TopCode(Masker):
    """Values above `top` become that bound, and values below `bottom` become that one; all between stay as they are.

    A bound is a value of the plan or a percentile of the column, which a first pass over the table finds: exactly for up to 131,072
    distinct values, else to about one part in 65,536 of the rows. It hides who is extreme and nothing else, and uses no key. NaN,
    infinities and the zero date stay.
    """

    name = "top_code"
    title = "Extremes cut off at a bound (top and bottom coding)"
    properties = Properties(deterministic=False, keeps_order=True, keyed=False, overlap="kept")
    kinds = LINE
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"top_percentile": 75},
        {"top_percentile": 60, "bottom_percentile": 40, "tail": "mean", "min_count": 2},
    )

    top: Literal | None = None
    """The greatest value that may come out: 150000, `1940-01-01`."""
    bottom: Literal | None = None
    """The least value that may come out."""
    top_percentile: float | None = Field(default=None, ge=50, lt=100)
    """The percentile of the column that is its greatest value from then on: 99.5."""
    bottom_percentile: float | None = Field(default=None, gt=0, le=50)
    """The percentile that is its least value from then on."""
    tail: OneOf["bound", "mean"] = "bound"
    """What an extreme value becomes: the bound itself, or the mean of all values beyond it, so that the column's mean stays."""
    min_count: int = Field(default=5, ge=2)
    """Rows that a mean is taken of at least; where fewer lie beyond the bound they become the bound."""

    @model_validator(mode="after")
    def _one_bound_a_side(self) -> TopCode:
        for side in ("top", "bottom"):
            if getattr(self, side) is not None and getattr(self, f"{side}_percentile") is not None:
                raise ValueError(f"{side} and {side}_percentile are two bounds for one side")
        if all(bound is None for bound in (self.top, self.bottom, self.top_percentile, self.bottom_percentile)):
            raise ValueError("it needs a bound: top, bottom, top_percentile or bottom_percentile")
        return self

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.column.kind not in self.kinds:
            return
        found = []
        for bound in (self.bottom, self.top):
            try:
                found += [position(bound, subject)] if bound is not None else []
            except ValueError as error:
                yield self.problem(subject, "top-code-bound", f"A bound {error}.", "Write it as the column has it.")
        if len(found) == 2 and found[0] > found[1]:
            yield self.problem(subject, "top-code-bound", "bottom is above top.", "Exchange them.")

    def recombines(self) -> bool:
        return self.top is None and self.bottom is None and self.tail == "bound"

    def prepare(self, subjects: tuple[Subject, ...]) -> FirstPass | None:
        asks = self.tail == "mean" or self.top_percentile is not None or self.bottom_percentile is not None
        return _Bounds(self, subjects[0]) if asks else None

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        subject = context.subject
        places, known = positions(values, subject, context.dialect)
        out, moved = places.copy(), np.zeros(len(places), bool)
        asked = self.prepare(context.subjects) is not None
        found = found_before(context, self.name).to_pylist()[0] if asked else {}
        for side, bound, beyond in (("top", self.top, np.greater), ("bottom", self.bottom, np.less)):
            limit = found.get(side) if asked else None if bound is None else position(bound, subject)
            if limit is not None:
                rows = known & beyond(places, limit)
                out[rows], moved = found.get(f"{side}_becomes", limit), moved | rows
        return placed(out, moved, values, subject)


class _Bounds(FirstPass):
    """Where the bounds lie, and what the values beyond them become."""

    def __init__(self, masker: TopCode, subject: Subject) -> None:
        self._masker, self._subject = masker, subject
        self._type = np.int64 if exact(subject.column) else np.float64
        self._seen = Histogram(self._type)

    def observe(self, batch: pa.RecordBatch, context: Context) -> None:
        places, known = positions(batch.column(0), self._subject, context.dialect)
        self._seen.add(places[known])

    def found(self) -> pa.Table:
        masker, found = self._masker, dict[str, Any]()
        sides = (
            ("top", masker.top, masker.top_percentile),
            ("bottom", masker.bottom, masker.bottom_percentile),
        )
        for side, bound, percentile in sides:
            limit = None if bound is None else position(bound, self._subject)
            if percentile is not None and self._seen.rows:
                limit = self._percentile(percentile, upper=side == "top")
            found[side] = limit
            found[f"{side}_becomes"] = limit if limit is None else self._becomes(limit, upper=side == "top")
        return pa.table({name: pa.array([value], pa.from_numpy_dtype(self._type)) for name, value in found.items()})

    def _percentile(self, percentile: float, *, upper: bool) -> Any:
        """The least position that `percentile` of the rows do not exceed."""
        seen = self._seen
        rank = max(1, int(np.ceil(seen.rows * percentile / 100)))
        bin_ = int(np.searchsorted(np.cumsum(seen.count), rank))
        return (seen.high if upper else seen.low)[bin_].item()

    def _becomes(self, limit: Any, *, upper: bool) -> Any:
        seen = self._seen
        beyond = seen.low > limit if upper else seen.high < limit
        rows = int(seen.count[beyond].sum())
        if self._masker.tail == "bound" or rows < self._masker.min_count:
            return limit
        mean = float(seen.total[beyond].sum() / rows)
        whole = int(np.rint(mean)) if self._type is np.int64 else mean
        return max(whole, limit) if upper else min(whole, limit)
