"""First names."""

from __future__ import annotations

from engine.profiling.detector import WordsDetector
from engine.profiling.person_words import common, first_name, initial


class FirstName(WordsDetector):
    """One or two words of which the first is in the list of given names of many countries. Lists end: half of a column is enough."""

    name = "first_name"
    title = "First name"
    entities = ("first_name",)
    usual = 0.93
    hit = 0.9
    chance = 0.04
    alike = 0.4
    EXAMPLES = ("Maria", "JÜRGEN", "anna-lena", "Mary Ann", "José", "Aaron697", "John P.")
    COUNTEREXAMPLES = ("Keyboard", "Blue Note", "42", "The Rose", "Invoice 7", "Berlin Alexanderplatz 5", "Pending")

    def fits(self, words: list[str]) -> bool:
        if not 0 < len(words) <= 2 or common(words) or len(words[0]) < 3 or not first_name(words[0]):
            return False
        return len(words) == 1 or first_name(words[1]) or initial(words[1])
