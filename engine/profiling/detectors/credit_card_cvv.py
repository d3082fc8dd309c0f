"""Security codes of payment cards."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector
from engine.profiling.taxonomy import NUMBERS, TEXTS


class CreditCardCvv(PatternDetector):
    """Three or four digits; so is much else: it is weak for, and strong against."""

    name = "credit_card_cvv"
    title = "Card security code"
    entities = ("credit_card_cvv",)
    kinds = TEXTS | NUMBERS
    hit = 0.97
    chance = 0.3
    alike = 0.9
    lengths = (3, 4)
    letters = (0, 0)
    pattern = r"^[0-9]{3,4}$"
    EXAMPLES = ("123", "0042")
    COUNTEREXAMPLES = ("12", "12345", "1.2", "12a")
