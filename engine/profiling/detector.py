"""What a detector is: a frozen model whose fields are its options, and a function from a column's facts to clues.

A new one is one file with one subclass and one line in `engine.profiling.DETECTORS`; the contract tests in
`tests/contract/test_detectors.py` pick it up from there and hold it to its EXAMPLES and COUNTEREXAMPLES.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from connectors.schema import Kind
from engine.profiling import installed
from engine.profiling.facts import ColumnFacts, fold, split
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.percent import percent
from engine.profiling.shapes import LONGEST
from engine.profiling.taxonomy import TAXONOMY, TEXTS
from engine.profiling.terms import load


class Detector(BaseModel, ABC):
    """Base of every detector."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    entities: ClassVar[tuple[str, ...]]
    """What it can find: names of the taxonomy."""
    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    """Columns it looks at."""

    @abstractmethod
    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        """Clues for and against; none where it has nothing to say."""


class ValueDetector(Detector):
    """Recognises single values; how many of a column's it recognises is the clue.

    The weight is the logarithm of a likelihood ratio (`engine.profiling.likelihood`), bounded by `strongest`: a value is recognised
    with probability `hit` where the column holds the entity and `chance` where it does not.
    """

    kinds = TEXTS
    hit: ClassVar[float] = 0.95
    chance: ClassVar[float] = 0.01
    alike: ClassVar[float] = 0.5
    """How alike the values of one other column are: near 0 each counts by itself, near 1 all of them count as one."""
    usual: ClassVar[float] = 0.98
    """The share of the entity's columns that are written in this way."""
    strongest: ClassVar[float] = 8.0
    lengths: ClassVar[tuple[int, int]] = (1, LONGEST)
    """Characters, at least and at most, of a value that can be one; others are not looked at."""
    digits: ClassVar[tuple[int, int]] = (0, LONGEST)
    letters: ClassVar[tuple[int, int]] = (0, LONGEST)
    sign: ClassVar[str] = ""
    """What stands in every value that is one: others are not looked at."""
    EXAMPLES: ClassVar[tuple[str, ...]] = ()
    """Values that it recognises."""
    COUNTEREXAMPLES: ClassVar[tuple[str, ...]] = ()
    """Values that look alike and are not."""

    @property
    def entity(self) -> str:
        return self.entities[0]

    @abstractmethod
    def match(self, texts: pa.Array) -> pa.Array:
        """One boolean for each text (stripped, not NULL): is it one?"""

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if of := len(facts.some):
            yield self.clue(self.found(facts), of)

    def found(self, facts: ColumnFacts) -> int:
        """How many of the column's texts it recognises."""
        possible = self.possible(facts)
        return (pc.sum(self.match(possible)).as_py() or 0) if len(possible) else 0

    def possible(self, facts: ColumnFacts) -> pa.Array:
        """Texts that can be one, by their length and by what they are made of."""
        texts = facts.shapes.within(self.lengths, self.digits, self.letters)
        return texts.filter(pc.match_substring(texts, self.sign)) if self.sign and len(texts) else texts

    def clue(self, found: int, of: int, more: float = 0.0) -> Clue:
        """What it says of `found` recognised values; `more` is added to the weight."""
        weight = max(-self.strongest, min(self.strongest, self.weight(found, of) + more))
        what = f"look like {TAXONOMY[self.entity].words}"
        words = (
            f"{percent(found / of)} of {of} distinct values {what}" if found else f"none of {of} distinct values {what}"
        )
        return Clue(self.name, self.entity, "values", weight, words, found / of)

    def weight(self, found: int, of: int) -> float:
        return ratio(found, of, self.hit, self.chance, self.alike, self.usual)


class PatternDetector(ValueDetector):
    """Values of a form: a regular expression of RE2."""

    pattern: ClassVar[str]

    def match(self, texts: pa.Array) -> pa.Array:
        return pc.match_substring_regex(texts, self.pattern)


class WordsDetector(ValueDetector):
    """Values told from their words, lower case. Python looks at each: there are at most `facts.MOST`, split once for all detectors."""

    @abstractmethod
    def fits(self, words: list[str]) -> bool:
        """Are these the words of one? A comma is a word."""

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if facts.latin:
            yield from super().look(facts)

    def match(self, texts: pa.Array) -> pa.Array:
        return pa.array([self.fits(words) for words in split(texts)], pa.bool_())

    def found(self, facts: ColumnFacts) -> int:
        return sum(map(self.fits, facts.words))


class TermsDetector(ValueDetector):
    """Values that stand in a list of `engine.profiling.terms`."""

    terms: ClassVar[str]
    """The name of the list."""

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if facts.latin:
            yield from super().look(facts)

    def match(self, texts: pa.Array) -> pa.Array:
        known = load(self.terms)
        return pa.array([text in known for text in fold(texts)], pa.bool_())

    def found(self, facts: ColumnFacts) -> int:
        known = load(self.terms)
        return sum(text in known for text in facts.folded)


class CategoryDetector(TermsDetector):
    """Columns of a few words, all of them in one list: with fewer than two of them, or many other values, it says nothing.

    Values that stand for "not known" count neither way.
    """

    alike: ClassVar[float] = 0.6
    doubtful: ClassVar[frozenset[str]] = frozenset()
    """Entries that have another meaning too: they count beside others of the list, or where there is nothing else."""

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        known = load(self.terms)
        told = [text for text in facts.folded if text not in UNKNOWN]
        of = len(told) + len(facts.some) - len(facts.folded)
        named = {text for text in told if text in known}
        found = 0 if named <= self.doubtful and len(named) < of else len(named)
        if found >= 2 or (of and not found and facts.latin):
            yield self.clue(found, of)


UNKNOWN = frozenset("""
    unknown other n/a na none null not-specified unspecified undisclosed declined ? - -- . x u undefined missing various andere anderes
    unbekannt keine sonstige sonstiges autre inconnu otro otra desconocido altro sconosciuto anders onbekend outro outra desconhecido
    divers diverse refused
""".split())  # fmt: skip


def clues(facts: ColumnFacts) -> list[Clue]:
    """What every installed detector says of a column."""
    return [clue for detector in installed() if facts.kind in detector.kinds for clue in detector.look(facts)]
