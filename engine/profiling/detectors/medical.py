"""Diseases, findings, treatments and medicines in words."""

from __future__ import annotations

import re

from engine.profiling.detector import WordsDetector
from engine.profiling.terms import load

_ENDS = tuple("""
    itis itides osis emia aemia ectomy oscopy ostomy plasty pathy algia uria penia oma megaly graphy therapy pril sartan
    statin cillin mycin azole olol itus ämie itide iasis trophy plegia phobia mab vaccine
""".split())  # fmt: skip
_COMMON = frozenset("""
    photography geography biography diploma aroma write white site suite favorite favourite
    opposite elite purpose rose
""".split())  # fmt: skip
_DOSE = re.compile(r"\d+(?:[.,]\d+)?(?:mg|mcg|µg|ug|ml|iu)")


class Medical(WordsDetector):
    """One of the words is a medical one, by a list or by its ending, or a dose."""

    name = "medical"
    title = "Medical words"
    entities = ("medical",)
    hit = 0.7
    chance = 0.006
    alike = 0.5
    usual = 0.6
    EXAMPLES = (
        "Acute bronchitis", "Essential hypertension (disorder)", "Appendectomy", "Diabetes mellitus", "Fraktur des Arms",
        "Amoxicillin 500 MG",
        "Influenza, seasonal, injectable", "Enfermedad renal",
    )  # fmt: skip
    COUNTEREXAMPLES = ("Keyboard", "Berlin", "Photography", "Ada Lovelace", "42", "Favorite site")

    def fits(self, words: list[str]) -> bool:
        if len(words) > 40:
            return False
        known = load("medical_word")
        plain = [word.strip("()[],;:/") for word in words]
        return any(
            word in known or (word.endswith(_ENDS) and len(word) > 6 and word not in _COMMON) or _DOSE.fullmatch(word)
            for word in plain
        )  # fmt: skip
