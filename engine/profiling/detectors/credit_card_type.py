"""Networks of payment cards."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class CreditCardType(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "credit_card_type"
    title = "Card brand"
    entities = ("credit_card_type",)
    usual = 0.6
    hit = 0.85
    chance = 0.001
    terms = "credit_card_type"
    EXAMPLES = ("Visa", "MASTERCARD", "American Express", "Diners Club")
    COUNTEREXAMPLES = ("Visage", "cash", "invoice", "7")
