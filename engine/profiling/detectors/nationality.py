"""What people of a country are called, in seven languages. Languages are called alike."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Nationality(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "nationality"
    title = "Nationality"
    entities = ("nationality",)
    usual = 0.5
    hit = 0.8
    chance = 0.03
    terms = "nationality"
    EXAMPLES = ("German", "AMERICAN", "française", "Española", "South African")
    COUNTEREXAMPLES = ("Germany", "EUR", "Berlin", "7")
