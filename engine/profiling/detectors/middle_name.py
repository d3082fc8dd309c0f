"""Middle names, where they are initials."""

from __future__ import annotations

from collections.abc import Iterator

from engine.profiling.detector import PatternDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue


class MiddleName(PatternDetector):
    """Many different single letters: with few of them they are codes, which have no more letters than meanings."""

    name = "middle_name"
    title = "Middle initial"
    entities = ("middle_name",)
    usual = 0.5
    hit = 0.9
    chance = 0.02
    alike = 0.8
    lengths = (1, 2)
    digits = (0, 0)
    pattern = r"^\p{Lu}\.?$"
    EXAMPLES = ("Q", "J.")
    COUNTEREXAMPLES = ("q", "QQ", "1", "QQ.")

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        found = self.found(facts)
        if found >= LEAST:
            yield self.clue(found, len(facts.some))


LEAST = 8
"""Different letters."""
