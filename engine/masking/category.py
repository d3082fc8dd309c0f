"""One of a few labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa

from connectors.schema import Column, Kind
from engine.masking.base import Context, Masker, Subject
from engine.masking.columns import keep_null, words_by_person
from engine.masking.literals import literal
from engine.prf import to_range
from engine.problems import Problem


class Category(Masker):
    """A keyed choice among the enum's labels, true and false, or a declared list, each label as likely as the next.

    Without `by` the choice is a function of the label alone: it hides which label is which and not how often each occurs. With `by`
    each person gets a label of their own.
    """

    name = "category"
    title = "Another label of the list"
    kinds = frozenset({Kind.TEXT, Kind.ENUM, Kind.BOOLEAN, Kind.INTEGER})
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"choices": ["0", "1"]},)

    choices: tuple[str, ...] = ()
    """The labels to choose from; without them the enum's own, or true and false."""

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

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Labels are everybody's."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        column = context.subject.column
        labels = pa.array([literal(label, column).as_py() for label in self.labels(column)], values.type)
        chosen = to_range(words_by_person(values, context, "category")[:, 0], len(labels))
        return keep_null(labels.take(pa.array(chosen)), values)
