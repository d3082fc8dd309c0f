"""No value at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.problems import Problem


class Null(Masker):
    """Every value becomes NULL. What is left is that the column exists."""

    name = "null"
    title = "NULL"
    properties = Properties(reads_value=False, keyed=False, overlap="none")
    kinds = frozenset(Kind)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if not subject.column.nullable:
            yield self.problem(
                subject, "null-required", "The column takes no NULL.", "Mask it with `constant`, or with what it holds."
            )

    def bijective_on(self, subject: Subject) -> bool:
        """Unique keys let NULL through, so nothing collides."""
        return subject.column.nullable and not subject.key

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return pa.nulls(len(values), values.type)
