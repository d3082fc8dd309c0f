"""One value for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import keep_null
from engine.masking.literals import Literal, literal
from engine.problems import Problem


class Constant(Masker):
    """Every value becomes the same one. What is left is which rows had no value: NULL stays NULL."""

    name = "constant"
    title = "The same value in every row"
    properties = Properties(reads_value=False, keyed=False)
    kinds = frozenset(Kind)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"value": "1"},)

    value: Literal
    """The value, as TOML says it or as text: a number, `2000-01-01`, hexadecimal digits for binary columns."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        try:
            literal(self.value, subject.column)
        except ValueError as error:
            yield self.problem(subject, "constant-value", f"The value {error}.", "Give one that the column takes.")

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """The source may well hold the very value that the plan names."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return keep_null(pa.repeat(literal(self.value, context.subject.column), len(values)), values)
