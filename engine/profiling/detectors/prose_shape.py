"""Are values sentences? What they tell of, `engine.profiling.prose` reads."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.compute as pc

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import TEXTS

LOOKED = 200
"""Texts, some of which are long."""
WORDS = 5
_STOP = (
    r"(?i)\b(?:the|and|of|to|in|is|for|with|was|on|that|at|by|this|are|not|from|but|have|der|die|das|und|ist|nicht|mit|für|ein|eine|von|auf|"
    r"zu|le|la|les|des|est|une|et|pour|dans|avec|que|el|los|las|de|del|en|con|por|para|una|il|lo|gli|di|che|per|non|het|een|van|niet|met|"
    r"voor|op|os|um|uma|com|não|do|da|em)\b"
)


class ProseShape(Detector):
    """Several words, small ones of seven languages among them. Labels and names are shorter, and go without."""

    name = "prose_shape"
    title = "Sentences"
    entities = ("free_text",)
    kinds = TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if not len(facts.some):
            return
        texts = pc.utf8_slice_codeunits(facts.some.slice(0, LOOKED), 0, 400)
        spaces = pc.count_substring(texts, " ")
        long = pc.greater_equal(spaces, WORDS - 1)
        stopped = pc.match_substring_regex(texts, _STOP)
        share = pc.mean(pc.and_(long, stopped)).as_py()
        words = f"{percent(share)} of {len(texts)} distinct values are sentences"
        weight = 1.5 if share > 0.6 else 0.5 if share > 0.25 else -0.5 if share > 0.05 else -2.5
        yield Clue(self.name, "free_text", "text", weight, words, share)
