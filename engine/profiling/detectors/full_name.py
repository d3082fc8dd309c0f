"""Names of people in full."""

from __future__ import annotations

from engine.profiling.detector import WordsDetector
from engine.profiling.person_words import full_name


class FullName(WordsDetector):
    """Given and family name in either order, with titles, initials and particles."""

    name = "full_name"
    title = "Full name"
    entities = ("full_name",)
    usual = 0.95
    hit = 0.85
    chance = 0.02
    alike = 0.4
    EXAMPLES = (
        "Ada Lovelace", "Lovelace, Ada", "Dr. Max Mustermann", "JOHN Q. PUBLIC", "Ludwig van Beethoven", "María García López",
        "Mr. J. Smith", "Peter Müller-Lüdenscheidt",
    )  # fmt: skip
    COUNTEREXAMPLES = (
        "Ada",
        "New York",
        "Love of My Life",
        "Green Tea Large",
        "Invoice 2024",
        "Smith and Sons Ltd",
        "3 Main Street",
    )

    def fits(self, words: list[str]) -> bool:
        return 1 < len(words) <= 8 and full_name(words)
