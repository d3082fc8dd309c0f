"""Genders by their letter."""

from __future__ import annotations

from collections.abc import Iterator

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.taxonomy import TEXTS

PAIRS = (frozenset("mf"), frozenset("mw"), frozenset("hf"), frozenset("hm"), frozenset("mv"))
"""English, French and Italian; German; French; Spanish; Dutch: what both letters must come from."""
OTHERS = frozenset("xdouni")
"""Neither, and not known."""


class GenderLetter(Detector):
    """Two or three different letters, a man's and a woman's among them. Few other columns are so."""

    name = "gender_letter"
    title = "Gender letter"
    entities = ("gender",)
    kinds = TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        letters = {text for text in facts.folded if text.isalnum()}
        if 2 <= len(letters) <= 4 and any(pair <= letters and letters - pair <= OTHERS for pair in PAIRS):
            yield Clue(
                self.name, "gender", "values", 4.0, f"{len(letters)} distinct letters, as genders have them", 1.0
            )
