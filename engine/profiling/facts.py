"""What a detector is given: a column with all that the schema says of it, and a sample of its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Kind, Schema, Table
from engine.profiling.shapes import Shapes, shapes


@dataclass(frozen=True)
class Sample:
    """Some values of one column, from rows spread over its table."""

    values: pa.Array
    """One for each row looked at, NULLs too, in the carrier of the column's kind; texts cut to `facts.LONGEST` characters."""
    whole: bool = False
    """These are all rows of the table."""
    cut: int = 0
    """Values that were longer than what was read of them."""
    spelt: bool = False
    """Texts although its type says otherwise: SQLite keeps any value anywhere, bytes can be letters, elements of an array are taken
    one by one (then there are more values than rows, or fewer)."""

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
"""Distinct values that are kept for detectors."""
SOME = 300
"""Texts of them that every detector of values looks at."""


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

    @property
    def kind(self) -> Kind:
        """What its values are, whatever its type says."""
        return Kind.TEXT if self.sample is not None and self.sample.spelt else self.column.kind

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

    @cached_property
    def some(self) -> pa.Array:
        """At most SOME of these texts, spread over them: enough to know a share to a few hundredths."""
        return (
            self.texts
            if len(self.texts) <= SOME
            else self.texts.take(pa.array(range(0, len(self.texts), -(-len(self.texts) // SOME))))
        )

    @cached_property
    def shapes(self) -> Shapes:
        """Those of `some` that can be single values."""
        return shapes(self.some)

    @cached_property
    def latin(self) -> bool:
        """Most of them are of the Latin script, which all our lists of words are of."""
        return bool(np.mean(self.shapes.foreign > 0) < 0.5) if len(self.shapes.texts) else True

    @cached_property
    def folded(self) -> list[str]:
        """The same in lower case."""
        return fold(self.shapes.texts)

    @cached_property
    def words(self) -> list[list[str]]:
        """The same in words."""
        return split(self.shapes.texts)

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """At most MOST distinct numbers; empty where the column holds something else as well."""
        if self.sample is None:
            return np.zeros(0)
        distinct = self.sample.distinct.slice(0, MOST)
        if pa.types.is_integer(distinct.type) or pa.types.is_floating(distinct.type):
            plain: npt.NDArray[np.float64] = distinct.cast(pa.float64(), safe=False).to_numpy()
            return plain[np.isfinite(plain)]
        texts = self.texts
        if (
            not len(texts)
            or not pc.all(
                pc.match_substring_regex(texts, r"^[+-]?[0-9]{1,17}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?$")
            ).as_py()
        ):
            return np.zeros(0)
        found: npt.NDArray[np.float64] = pc.replace_substring_regex(texts, r"^\+", "").cast(pa.float64()).to_numpy()
        return found


def fold(texts: pa.Array) -> list[str]:
    """Lower case, without a full stop at the end."""
    lower: list[str] = pc.utf8_rtrim(pc.utf8_lower(texts), ".").to_pylist()
    return lower


def split(texts: pa.Array) -> list[list[str]]:
    """Words in lower case; a comma is one of them, and full stops are left out."""
    lower = pc.replace_substring(pc.replace_substring(pc.utf8_lower(texts), ",", " , "), ".", " ")
    words: list[list[str]] = [text.split() for text in lower.to_pylist()]
    return words
