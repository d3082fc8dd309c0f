"""Numbers of accounts."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector
from engine.profiling.taxonomy import NUMBERS, TEXTS


class AccountNumber(PatternDetector):
    """Six to eighteen digits, or letters and digits as banks and shops number accounts. So is much else: it is weak."""

    name = "account_number"
    title = "Account number"
    entities = ("account_number",)
    kinds = TEXTS | NUMBERS
    usual = 0.85
    hit = 0.9
    chance = 0.25
    alike = 0.95
    lengths = (5, 24)
    digits = (4, 20)
    letters = (0, 6)
    pattern = r"^(?:[A-Z]{1,6}[- ]?)?[0-9]+(?:[- ][0-9]+){0,3}$"
    EXAMPLES = ("0012345678", "AW00012345", "12345678", "10-4020-0016324")
    COUNTEREXAMPLES = ("12.50", "Ada", "2024-01-15T10:00", "1e10")
