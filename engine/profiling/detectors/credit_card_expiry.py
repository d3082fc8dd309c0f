"""When payment cards expire."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class CreditCardExpiry(PatternDetector):
    """Month and year as they are printed on cards."""

    name = "credit_card_expiry"
    title = "Card expiry"
    entities = ("credit_card_expiry",)
    usual = 0.75
    hit = 0.95
    chance = 0.003
    alike = 0.9
    lengths = (5, 7)
    digits = (4, 6)
    letters = (0, 0)
    pattern = r"^(?:0?[1-9]|1[0-2])[/-](?:20)?[0-4][0-9]$"
    EXAMPLES = ("09/27", "12/2030", "01-28")
    COUNTEREXAMPLES = ("13/27", "09/99", "2027-09", "9/3", "09/27/24")
