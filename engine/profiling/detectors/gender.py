"""Words for a gender in seven languages."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Gender(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "gender"
    title = "Gender"
    entities = ("gender",)
    usual = 0.5
    hit = 0.7
    chance = 0.002
    terms = "gender"
    EXAMPLES = ("Female", "männlich", "Femme", "hombre", "Vrouw")
    COUNTEREXAMPLES = ("Mallet", "F1", "yes", "unknown")
