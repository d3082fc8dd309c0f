"""What a detector is given: a column with all that the schema says of it, and a sample of its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Schema, Table


@dataclass(frozen=True)
class Sample:
    """Some values of one column, from rows spread over its table."""

    values: pa.Array
    """One for each row looked at, NULLs too, in the carrier of the column's kind; texts cut to `facts.LONGEST` characters."""
    whole: bool = False
    """These are all rows of the table."""
    cut: int = 0
    """Values that were longer than what was read of them."""

    @property
    def rows(self) -> int:
        return len(self.values)

    @cached_property
    def distinct(self) -> pa.Array:
        """Different values without NULL, in the order in which they were met."""
        return pc.unique(self.values.drop_null())


LONGEST = 2000
"""Characters read of a text, bytes of a binary value."""
MOST = 1000
"""Distinct values that detectors look at."""


@dataclass(frozen=True)
class ColumnFacts:
    """One column. Built once, given to every detector."""

    schema: Schema = field(repr=False)
    table: Table
    column: Column
    sample: Sample | None = field(default=None, repr=False)
    """None where nothing could be read."""
    people: bool = False
    """The table's rows are people."""
    person: str | None = None
    """The person key of its rows (`engine.person_path.person_of`); None where no one person is behind a row."""
    unique: bool = False
    key: bool = False
    """Part of a primary key or of a foreign key, or referred to by one."""

    @cached_property
    def texts(self) -> pa.Array:
        """At most MOST distinct values as stripped text, none of them empty; empty for kinds that have no text."""
        if self.sample is None:
            return pa.array([], pa.string())
        try:
            texts = self.sample.distinct.slice(0, MOST).cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return pa.array([], pa.string())
        stripped = pc.utf8_trim_whitespace(texts)
        return pc.unique(stripped.filter(pc.greater(pc.utf8_length(stripped), 0)))
