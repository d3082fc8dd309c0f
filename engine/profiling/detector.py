"""What a detector is: a frozen model whose fields are its options, and a function from a column's facts to clues.

A new one is one file with one subclass and one line in `engine.profiling.DETECTORS`; the contract tests in
`tests/contract/test_detectors.py` pick it up from there and hold it to its EXAMPLES and COUNTEREXAMPLES.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from connectors.schema import Kind
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.taxonomy import TAXONOMY, TEXTS


class Detector(BaseModel, ABC):
    """Base of every detector."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

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

    The weight is the logarithm of a likelihood ratio: each distinct value is recognised with probability `hit` where the column holds
    the entity and `chance` where it does not (naive Bayes), bounded by `strongest`, as values of one column are not independent.
    """

    kinds = TEXTS
    hit: ClassVar[float] = 0.95
    chance: ClassVar[float] = 0.01
    strongest: ClassVar[float] = 8.0
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
        texts = facts.texts
        if not len(texts):
            return
        found = pc.sum(self.match(texts)).as_py() or 0
        weight = self.weight(found, len(texts))
        if found:
            words = f"{found / len(texts):.0%} of {len(texts)} distinct values are {TAXONOMY[self.entity].words}"
            yield Clue(self.name, self.entity, "values", weight, words, found / len(texts))
        elif weight < 0:
            yield Clue(self.name, self.entity, "values", weight, f"none of {len(texts)} distinct values is one", 0.0)

    def weight(self, found: int, of: int) -> float:
        ratio = found * math.log(self.hit / self.chance) + (of - found) * math.log((1 - self.hit) / (1 - self.chance))
        return max(-self.strongest, min(self.strongest, ratio))
