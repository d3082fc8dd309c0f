"""Street addresses by their shape, where no word for a street is known."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class StreetShape(PatternDetector):
    """A few words and a house number after or before them. Models of goods are written alike: it is weak."""

    name = "street_shape"
    title = "Words with a number"
    entities = ("street_address",)
    hit = 0.85
    chance = 0.06
    alike = 0.85
    usual = 0.9
    lengths = (6, 120)
    digits = (1, 12)
    letters = (4, 100)
    pattern = (
        r"^[^\x00-@\[-`{-\x7f][^\x00-\x1f0-9,;:/()@_+=]{3,40}[ ,]+[0-9]{1,4} ?[a-zA-Z]?(?:[,/-].*)?$"
        r"|^[0-9]{1,5}[a-zA-Z]?,? [^\x00-@\[-`{-\x7f][^\x00-\x1f0-9,;:/()@_+=]{3,40}(?:,.*)?$"
    )
    EXAMPLES = ("Mládkova 90", "Eidehøgda 5", "47 Rosewood Heights", "Unter den Linden 77a", "Boční 4, 592 55 Černošín")
    COUNTEREXAMPLES = ("12", "Main", "2024-01-15", "ABC-1234", "ada1@example.org", "12:30 today", "x_1 5")
