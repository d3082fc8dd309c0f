"""Marital statuses by their letter."""

from __future__ import annotations

from collections.abc import Iterator

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.taxonomy import TEXTS

LETTERS = frozenset("smdwxpulcv")
"""Single, married, divorced, widowed, separated and a few more, in English and in Romance languages."""


class MaritalLetter(Detector):
    """Two letters or more, S and M, or S and C, among them. Few other columns are so; sizes have an L."""

    name = "marital_letter"
    title = "Marital status letter"
    entities = ("marital_status",)
    kinds = TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        letters = {text for text in facts.folded if text.isalnum()}
        paired = {"s", "m"} <= letters or {"s", "c"} <= letters
        if 2 <= len(letters) <= 7 and paired and letters <= LETTERS and not {"m", "l"} <= letters:
            yield Clue(
                self.name,
                "marital_status",
                "values",
                3.0,
                f"{len(letters)} distinct letters, as marital statuses have them",
                1.0,
            )
