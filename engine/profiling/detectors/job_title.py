"""What people work as."""

from __future__ import annotations

from engine.profiling.detector import WordsDetector
from engine.profiling.terms import load


class JobTitle(WordsDetector):
    """A few words of which one says what somebody does, in seven languages: the last, or the first before "of" or its like."""

    name = "job_title"
    title = "Job title"
    entities = ("job_title",)
    usual = 0.9
    hit = 0.8
    chance = 0.006
    alike = 0.4
    EXAMPLES = (
        "Sales Manager", "Senior Software Engineer", "Head of Marketing", 
        "Krankenschwester", "Ingénieur commercial", "Vice President, Sales",
        "accountant", "Owner/Marketing Assistant", "Sales Representative",
    )  # fmt: skip
    COUNTEREXAMPLES = (
        "Keyboard",
        "42",
        "The engineer who never came back home again",
        "Marketing",
        "Managerial",
        "Ada Lovelace",
    )

    def fits(self, words: list[str]) -> bool:
        if not 0 < len(words) <= 7:
            return False
        known = load("job_word")
        return any(part in known for word in words for part in word.replace("/", "-").split("-"))
