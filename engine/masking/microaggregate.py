"""Numbers and dates by the mean of a small group of neighbours."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.masking.base import Context, FirstPass, Masker, MaskError, Properties, Subject
from engine.masking.histogram import Histogram
from engine.masking.numberline import LINE, Positions, exact, placed, positions
from engine.masking.rows import found_before


class Microaggregate(Masker):
    """Each value by the mean or the median of its group: the column in order, cut into groups of at least `k` rows.

    Every value that comes out stands in at least `k` rows of the table, for equal values are never parted and a rest smaller than `k`
    joins the group before it. A column of fewer than `k` values is refused. With more than 131,072 distinct values groups are larger
    than they need be, by about one part in 65,536 of the rows. `k` counts rows and not people, and this column alone: together with
    others a row may still be one of a kind. NaN, infinities and the zero date stay. It uses no key.

    Univariate fixed-size microaggregation: Domingo-Ferrer, Mateo-Sanz, IEEE Trans. Knowl. Data Eng. 14(1), 2002, section 3,
    doi 10.1109/69.979982.
    """

    name = "microaggregate"
    title = "Mean of at least k neighbours (microaggregation)"
    properties = Properties(deterministic=False, keeps_order=True, keyed=False, overlap="kept")
    kinds = LINE
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"k": 2}, {"k": 3, "by_group": "median"})

    k: int = Field(default=5, ge=2)
    """Rows that each published value stands in at least."""
    by_group: Literal["mean", "median"] = "mean"
    """What stands for a group: its mean, or its lower median, which is a value of the column."""

    def recombines(self) -> bool:
        return self.by_group == "median"

    def prepare(self, subjects: tuple[Subject, ...]) -> FirstPass:
        return _Groups(self, subjects[0])

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        found = found_before(context, self.name)
        places, known = positions(values, context.subject, context.dialect)
        if not len(found):
            return values
        upper, becomes = (found.column(name).to_numpy() for name in ("upper", "becomes"))
        group = np.minimum(np.searchsorted(upper, places), len(upper) - 1)
        return placed(becomes[group], known, values, context.subject)


class _Groups(FirstPass):
    """The upper end of each group, and what stands for it."""

    def __init__(self, masker: Microaggregate, subject: Subject) -> None:
        self._masker, self._subject = masker, subject
        self._seen = Histogram(np.int64 if exact(subject.column) else np.float64)

    def observe(self, batch: pa.RecordBatch, context: Context) -> None:
        places, known = positions(batch.column(0), self._subject, context.dialect)
        self._seen.add(places[known])

    def found(self) -> pa.Table:
        seen, k = self._seen, self._masker.k
        if 0 < seen.rows < k:
            raise MaskError(
                self._subject,
                "microaggregate-few",
                f"The column has {seen.rows} values, and each must stand for {k}.",
                "Lower `k`, or null the column.",
            )
        first = np.array(_first_bins(seen.count.tolist(), k), np.int64)
        last = np.append(first[1:], len(seen.count))[: len(first)] - 1
        return pa.table({"upper": seen.high[last], "becomes": self._stands_for(first, last)})

    def _stands_for(self, first: np.ndarray[tuple[int], np.dtype[np.int64]], last: Positions) -> Positions:
        seen = self._seen
        if not len(first):
            return seen.low
        rows = np.add.reduceat(seen.count, first)
        if self._masker.by_group == "median":
            before = np.cumsum(seen.count)[first] - seen.count[first]
            medians: Positions = seen.low[np.searchsorted(np.cumsum(seen.count), before + (rows + 1) // 2)]
            return medians
        means = np.add.reduceat(seen.total, first) / rows
        whole = np.rint(means) if seen.low.dtype == np.int64 else means
        # A mean that was summed in floating point may leave its group by a hair.
        within: Positions = np.clip(whole.astype(seen.low.dtype), seen.low[first], seen.high[last])
        return within


def _first_bins(counts: list[int], k: int) -> list[int]:
    """The bin with which each group begins. Where a group ends depends on where the one before did, so this is a loop; over bins."""
    first, rows = list[int](), k
    for place, count in enumerate(counts):
        if rows >= k:
            first.append(place)
            rows = 0
        rows += count
    if rows < k and len(first) > 1:
        first.pop()
    return first
