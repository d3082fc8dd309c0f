"""Values that change rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from connectors.schema import Kind
from engine.masking.base import Context, FirstPass, Masker, MaskError, Properties, Subject
from engine.masking.rows import found_before, group_words, keyless, row_words, starts
from engine.prf import Words
from engine.problems import Problem


class Shuffle(Masker):
    """The column's own values in other rows: the rows are put into a keyed order and each takes the value of the next.

    Every value survives, NULLs included, so the distribution is exact and a value that names a person still does. What goes is which
    row it belongs to: no row keeps its own, though it may get an equal one. Several columns of one rule move together. With `within`
    rows exchange only with rows that agree in those columns; groups of fewer than `min_count` rows are thrown together. The order
    hangs on the rows' keys and on the key: the same rows are shuffled alike again.

    The first pass keeps every row's value and 8 bytes for its key, in memory and sealed in the run's folder, up to `memory_mb`.
    A run that is resumed under a second moment of the source gives rows that came since the value of another row.
    """

    name = "shuffle"
    title = "The column's own values in other rows"
    properties = Properties(deterministic=False, keeps_null=False, overlap="kept")
    kinds = frozenset(Kind)
    several = True
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    within: tuple[str, ...] = ()
    """Columns of the row that name its group; their values are those of the source, kept or masked by another rule."""
    min_count: int = Field(default=2, ge=2)
    """Rows that a group has at least; the rows of smaller groups exchange among themselves."""
    memory_mb: int = Field(default=256, ge=1, le=1800)
    """Most megabytes that the values may take, which while they are sealed are held about four times; for a larger table the run
    ends before a row is written."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        yield from keyless(self, subject)

    def recombines(self) -> bool:
        return True

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return (*self.within, *subject.row_key)

    def prepare(self, subjects: tuple[Subject, ...]) -> FirstPass:
        return _Order(self, subjects[0])

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        found = found_before(context, self.name)
        words = row_words(context, "shuffle", batch.num_rows)[:, 0]
        if not len(found):
            return batch
        # A row that the first pass has not seen stands next to one that it has.
        place = np.minimum(np.searchsorted(found.column("row").to_numpy(), words), len(found) - 1)
        taken = found.select(range(1, found.num_columns)).take(pa.array(place)).combine_chunks()
        columns = [column.combine_chunks() for column in taken.columns]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


class _Order(FirstPass):
    """Every row by the word of its key, with the values that it will hold."""

    def __init__(self, masker: Shuffle, subject: Subject) -> None:
        self._masker, self._subject = masker, subject
        self._rows: list[Words] = []
        self._groups: list[Words] = []
        self._values: list[pa.RecordBatch] = []
        self._bytes = 0

    def observe(self, batch: pa.RecordBatch, context: Context) -> None:
        self._bytes += batch.nbytes + 8 * batch.num_rows
        if self._bytes > self._masker.memory_mb << 20:
            raise MaskError(
                self._subject,
                "shuffle-memory",
                f"To be shuffled the values take more than {self._masker.memory_mb} MB.",
                "Raise `memory_mb`, or choose a mask of the value alone.",
            )
        self._rows.append(row_words(context, "shuffle", batch.num_rows)[:, 0])
        self._groups.append(group_words(context, self._masker.within, "shuffle", batch.num_rows))
        # By place, for the plan's names are the columns' own; a copy, for a slice would hold on to the batch it was cut from.
        values = batch.rename_columns([str(place) for place in range(batch.num_columns)])
        self._values.append(values.replace_schema_metadata(None).take(pa.array(np.arange(batch.num_rows))))

    def found(self) -> pa.Table:
        if not self._bytes:
            return pa.table({"row": pa.array([], pa.uint64())})
        rows = np.concatenate(self._rows)
        order = np.lexsort((rows, self._together(np.concatenate(self._groups))))
        if len(rows) == 1 or len(np.unique(rows)) < len(rows):
            reason = (
                "The table has one row only." if len(rows) == 1 else "Two rows of the table have one and the same key."
            )
            raise MaskError(self._subject, "shuffle-rows", reason, "Choose a mask of the value alone.")
        takes = np.empty(len(rows), np.int64)
        takes[order] = self._following(order)
        by_row = np.argsort(rows)
        values = pa.Table.from_batches(self._values).take(pa.array(takes[by_row]))
        return values.add_column(0, "row", pa.array(rows[by_row]))

    def _together(self, groups: Words) -> npt.NDArray[np.int64]:
        """A number for each row's group; 0 for the rows of small groups, and for those of the largest where these would be alone."""
        _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
        small = size[group] < self._masker.min_count
        if 0 < small.sum() < self._masker.min_count:
            small |= group == np.argmax(size)
        self._group = np.where(small, 0, group + 1)
        return self._group

    def _following(self, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """In a group's order the row after each; after its last the first."""
        group = self._group[order]
        first = starts(group)
        last = np.append(first[1:], len(group)) - 1
        after = np.arange(1, len(group) + 1)
        after[last] = first
        following: npt.NDArray[np.int64] = order[after]
        return following
