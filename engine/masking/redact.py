"""Text blacked out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import keep_null
from engine.problems import Problem


class Redact(Masker):
    """Every text becomes one fixed text, or, without one, an x for each of its visible characters.

    Rows of x still tell how long each word was; a fixed text tells only which rows had one.
    """

    name = "redact"
    title = "Blacked out: a fixed text or a row of x"
    properties = Properties(keyed=False)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"text": "-"})

    text: str | None = None
    """What stands in place of every text; without it each visible character becomes an x."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        length = subject.column.length
        if self.text is not None and length is not None and len(self.text) > length:
            yield self.problem(
                subject,
                "redact-length",
                f"The text is longer than the column's {length} characters.",
                "Shorten it or leave it out.",
            )

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Rows of x are no one's value; where the source holds them already they are found again."""
        return float(distinct_target)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        if self.text is not None:
            return keep_null(pa.repeat(pa.scalar(self.text, values.type), len(values)), values)
        return pc.replace_substring_regex(values, pattern=r"\S", replacement="x")
