"""What stands before a name, in seven languages."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Title(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "title"
    title = "Form of address"
    entities = ("title",)
    usual = 0.85
    hit = 0.85
    chance = 0.003
    terms = "title"
    EXAMPLES = ("Mr.", "Mrs", "Frau", "Dr.", "Señora", "Mme")
    COUNTEREXAMPLES = ("Mister X", "Manager", "E5", "7")
