"""National Insurance numbers of the United Kingdom, which have no check digit."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Nino(PatternDetector):
    """Two letters, six digits and a letter from A to D, in the letters that are given."""

    name = "nino"
    title = "National Insurance number"
    entities = ("national_id",)
    usual = 0.1
    hit = 0.97
    chance = 0.0005
    alike = 0.9
    lengths = (9, 13)
    digits = (6, 6)
    letters = (3, 3)
    pattern = r"^(?i)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:[0-9]{2} ?){3}[A-D]$"
    EXAMPLES = ("AB123456C", "JG 10 37 59 A")
    COUNTEREXAMPLES = ("DF123456A", "AB123456E", "AB12345C", "A1234567B")
