"""Numbers of passports by their form."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Passport(PatternDetector):
    """Up to two letters and six to eight digits, nine signs at most. So is much else: it is weak. Digits alone say nothing."""

    name = "passport"
    title = "Passport number"
    entities = ("passport",)
    usual = 0.55
    hit = 0.9
    chance = 0.06
    alike = 0.95
    lengths = (7, 10)
    digits = (5, 9)
    letters = (1, 8)
    pattern = (
        r"^(?:[A-Z]{1,3} ?[0-9]{6,8}[A-Z]?|[0-9]{2}[A-Z]{2}[0-9]{5}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8})$"
    )
    EXAMPLES = ("C01X00T47", "AB1234567", "X12345678", "12AB34567")
    COUNTEREXAMPLES = ("12345", "ABCDEFG", "123456789", "12-34567", "a1234567")
