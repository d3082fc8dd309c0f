"""One of a few labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Kind
from engine.masking.base import Context, Masker, MaskError, Subject
from engine.masking.columns import keep_null, words_by_person
from engine.masking.literals import literal
from engine.prf import to_range
from engine.problems import Problem


class Category(Masker):
    """A keyed choice among the enum's labels, true and false, or a declared list, each label as likely as the next.

    Without `by` the choice is a function of the label alone: it hides which label is which and not how often each occurs. With `by`
    each person gets a label of their own. With `distinct` the labels change places, so distinct ones stay distinct: for the part of
    a key that a CHECK or a partition holds to a list. A value that is not in the list then ends the run.
    """

    name = "category"
    title = "Another label of the list"
    kinds = frozenset({Kind.TEXT, Kind.ENUM, Kind.BOOLEAN, Kind.INTEGER})
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"choices": ["0", "1"]},)

    choices: tuple[str, ...] = ()
    """The labels to choose from; without them the enum's own, or true and false."""
    distinct: bool = False
    """Let the labels change places instead of choosing one for each."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        labels = self.labels(subject.column)
        if not labels:
            yield self.problem(
                subject, "category-choices", "There is no list to choose from.", 'List them: choices = ["...", "..."].'
            )
        for label in labels:
            try:
                literal(label, subject.column)
            except ValueError as error:
                yield self.problem(subject, "category-label", f"The choice {label!r} {error}.", "Take it out.")

    def labels(self, column: Column) -> tuple[str, ...]:
        """What is chosen from on this column."""
        own = ("true", "false") if column.kind is Kind.BOOLEAN else column.enum
        return self.choices or own

    def bijective_on(self, subject: Subject) -> bool:
        return self.distinct

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Labels are everybody's."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        column = context.subject.column
        labels = pa.array([literal(label, column).as_py() for label in self.labels(column)], values.type)
        if self.distinct:
            return self._exchanged(values, labels.unique(), context)
        chosen = to_range(words_by_person(values, context, "category")[:, 0], len(labels))
        return keep_null(labels.take(pa.array(chosen)), values)

    @staticmethod
    def _exchanged(values: pa.Array, labels: pa.Array, context: Context) -> pa.Array:
        places = pc.index_in(values, labels)
        if places.null_count > values.null_count:
            raise MaskError(
                context.subject,
                "category-outside",
                "A value is none of the choices.",
                "Add it, or leave out `distinct`.",
            )
        image = context.key.permutation(len(labels), "category").apply(
            places.fill_null(0).to_numpy(zero_copy_only=False).astype(np.uint64)
        )
        return keep_null(labels.take(pa.array(image)), values)
