"""Number plates of vehicles."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class LicencePlate(PatternDetector):
    """One to three letters, up to four digits, letters again: as most countries of Europe and the Americas have them.

    Codes of articles are alike: it is weak.
    """

    name = "licence_plate"
    title = "Number plate"
    entities = ("licence_plate",)
    usual = 0.85
    hit = 0.95
    chance = 0.04
    alike = 0.95
    lengths = (5, 11)
    digits = (1, 5)
    letters = (1, 6)
    pattern = (
        r"^(?:[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?[0-9]{1,4}[EH]?|[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[A-Z]{2}[ -]?[0-9]{3}[ -]?[A-Z]{2}"
        r"|[0-9]{4} ?[B-DF-HJ-NP-TV-Z]{3}|[0-9]?[A-Z]{3}[ -]?[0-9]{3,4}|[A-Z]{3}-?[0-9][A-Z][0-9]{2}|[0-9]{2}-[A-Z]{2}-[0-9]{2}"
        r"|[A-Z]{2}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[A-Z]{2,3}-[0-9]{1,2}|[A-Z]{2} ?[0-9]{1,2} ?[A-Z]{1,2} ?[0-9]{4}"
        r"|[A-Z]{2} ?[0-9]{2} ?[0-9]{3}|[0-9]{2} ?[A-Z]{1,3} ?[0-9]{2,4}|[A-Z]{3}-[0-9]{2,3}-[0-9A-Z]{1,2}"
        r"|[A-Z]{1,2}-[0-9]{1,5} ?[A-Z]{1,3})$"
    )
    EXAMPLES = ("B-MW 1234", "AB12 CDE", "AB-123-CD", "1234 BCD", "7ABC123", "ABC1D23", "12-AB-34")
    COUNTEREXAMPLES = ("12345", "ABCDE", "SKU-123456", "2024-01-15", "A1")
