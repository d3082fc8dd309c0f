"""Categories drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from connectors.schema import Kind
from engine.masking.base import Context, FirstPass, Masker, MaskError, Properties, Subject
from engine.masking.literals import literal
from engine.masking.rows import found_before, group_words, keyless, row_or_person_words, starts
from engine.prf import to_range
from engine.problems import Problem

MOST = 100_000
"""Distinct values that a column of categories has at most, over all its groups."""
_MILLION = 1_000_000


class Resample(Masker):
    """Each row gets a category drawn by its key, as likely as it is in the column itself, or as `weights` say.

    What a row had says nothing of what it gets; how often each category occurs stays, about. With `within` the draw is among the
    categories of the row's own group. Categories that fewer than `min_count` rows have are never drawn, or become `other`; a group
    that has none left draws from the whole column. With `by` all rows of one person draw alike. NULL stays NULL.
    """

    name = "resample"
    title = "Category drawn from the column's own distribution"
    properties = Properties(deterministic=False, overlap="kept")
    kinds = frozenset({Kind.TEXT, Kind.ENUM, Kind.BOOLEAN, Kind.INTEGER})
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"min_count": 1},
        {"weights": {"0": 1, "1": 2.5}},
    )

    weights: dict[str, Decimal] = Field(default_factory=dict)
    """Category and how likely it is beside the others; without it a first pass counts the column's own."""
    within: tuple[str, ...] = ()
    """Columns of the row that name its group; source values."""
    min_count: int = Field(default=5, ge=1)
    """Rows that a category has at least, in its group, for it to be drawn."""
    other: str | None = None
    """The category that stands for all rarer ones; without it they are left out."""

    @model_validator(mode="after")
    def _one_source(self) -> Resample:
        if self.weights and (self.within or self.other is not None):
            raise ValueError("weights say all there is to draw: leave out within and other")
        if any(weight < 0 for weight in self.weights.values()) or (self.weights and not any(self.weights.values())):
            raise ValueError("weights are not negative, and one of them is more than 0")
        return self

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        yield from keyless(self, subject)
        for label in (*self.weights, *([] if self.other is None else [self.other])):
            try:
                literal(label, subject.column)
            except ValueError as error:
                yield self.problem(subject, "category-label", f"The category {label!r} {error}.", "Take it out.")

    def recombines(self) -> bool:
        return not self.weights and self.other is None

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return (*self.within, *subject.row_key)

    def prepare(self, subjects: tuple[Subject, ...]) -> FirstPass | None:
        return None if self.weights else _Counts(self, subjects[0])

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        words = row_or_person_words(context, "resample", len(values))[:, 0]
        found = self._weights(context, values.type) if self.weights else found_before(context, self.name)
        if not len(found):
            return pa.nulls(len(values), values.type)
        groups, weight = found.column("group").to_numpy(), found.column("weight").to_numpy()
        upper = np.cumsum(weight)
        first = starts(groups)
        own = group_words(context, self.within, "resample", len(values))
        place = np.minimum(np.searchsorted(groups[first], own), len(first) - 1)
        # The last part is the whole column's, for groups of which nothing may be drawn.
        place = np.where(groups[first][place] == own, place, len(first) - 1)
        last = np.append(first[1:], len(groups)) - 1
        before = upper[first] - weight[first]
        drawn = before[place] + to_range(words, (upper[last] - before)[place].astype(np.uint64)).astype(np.int64)
        chosen = pa.array(np.searchsorted(upper, drawn, side="right"))
        return pc.if_else(values.is_valid(), found.column("value").combine_chunks().take(chosen), values)

    def _weights(self, context: Context, type_: pa.DataType) -> pa.Table:
        column = context.subject.column
        labels = [literal(label, column).as_py() for label in self.weights]
        weight = [max(1, int(part * _MILLION)) if part else 0 for part in self.weights.values()]
        return _drawable(np.full(len(labels), _ALL, np.uint64), pa.array(labels, type_), np.array(weight, np.int64))


_ALL = np.uint64(2**64 - 1)
"""Stands behind every group: the categories of the whole column."""


def _drawable(groups: np.ndarray[tuple[int], np.dtype[np.uint64]], values: pa.Array, weight: pa.Array) -> pa.Table:
    return pa.table({"group": groups, "value": values, "weight": weight})


class _Counts(FirstPass):
    """How many rows of each group have each category."""

    def __init__(self, masker: Resample, subject: Subject) -> None:
        self._masker, self._subject = masker, subject
        self._seen: pa.Table | None = None

    def observe(self, batch: pa.RecordBatch, context: Context) -> None:
        groups = group_words(context, self._masker.within, "resample", batch.num_rows)
        new = pa.table({"group": groups, "value": batch.column(0), "weight": np.ones(len(groups), np.int64)})
        new = new.filter(pc.is_valid(new.column("value")))
        self._seen = _summed(new if self._seen is None else pa.concat_tables([self._seen, new]))
        if len(self._seen) > MOST:
            raise MaskError(
                self._subject,
                "resample-many",
                f"The column has more than {MOST:,} distinct values, which are no categories.",
                "Choose another mask, or leave out `within`.",
            )

    def found(self) -> pa.Table:
        seen = self._seen
        if seen is None or not len(seen):
            return _drawable(np.empty(0, np.uint64), pa.array([], pa.string()), np.empty(0, np.int64))
        everything = seen.set_column(0, "group", pa.array(np.full(len(seen), _ALL)))
        both = pa.concat_tables([self._frequent(seen), self._frequent(_summed(everything))])
        drawn = both.sort_by([("group", "ascending"), ("value", "ascending")])
        if not len(drawn):
            raise MaskError(
                self._subject,
                "resample-rare",
                f"No category of the column has {self._masker.min_count} rows.",
                "Lower `min_count`, or name what to take instead: `other`, `weights`.",
            )
        return drawn

    def _frequent(self, counts: pa.Table) -> pa.Table:
        enough = pc.greater_equal(counts.column("weight"), self._masker.min_count)
        frequent = counts.filter(enough)
        if self._masker.other is None:
            return frequent
        rare = counts.filter(pc.invert(enough))
        other = literal(self._masker.other, self._subject.column).as_py()
        value = pa.array([other] * len(rare), counts.column("value").type)
        return _summed(pa.concat_tables([frequent, rare.set_column(1, "value", value)]))


def _summed(counts: pa.Table) -> pa.Table:
    summed = counts.group_by(["group", "value"]).aggregate([("weight", "sum")])
    return summed.select(["group", "value", "weight_sum"]).rename_columns(["group", "value", "weight"])
