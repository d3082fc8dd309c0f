"""Last names."""

from __future__ import annotations

from engine.profiling.detector import WordsDetector
from engine.profiling.person_words import PARTICLES, common, last_name
from engine.profiling.terms import load


class LastName(WordsDetector):
    """One word, with particles before it, or two, in the list of family names or built like them."""

    name = "last_name"
    title = "Last name"
    entities = ("last_name",)
    usual = 0.95
    hit = 0.92
    chance = 0.1
    alike = 0.4
    EXAMPLES = (
        "Schmidt",
        "O'BRIEN",
        "van der Berg",
        "García López",
        "Papadopoulos",
        "Smith-Jones",
        "Abbott774",
        "De Luca",
    )
    COUNTEREXAMPLES = ("Laptop", "Net 30 days", "42", "the Smith", "Smith and Sons", "ABC-1234")

    def fits(self, words: list[str]) -> bool:
        named = [word for word in words if word not in PARTICLES]
        if not 0 < len(words) <= 4 or common(named) or not load("nationality").isdisjoint(words):
            return False
        return "".join(words) in load("last_name") or (0 < len(named) <= 2 and all(map(last_name, named)))
