"""Schools and degrees in seven languages."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Education(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "education"
    title = "Education"
    entities = ("education",)
    usual = 0.5
    hit = 0.65
    chance = 0.004
    terms = "education"
    EXAMPLES = ("Bachelor", "High School", "Abitur", "Licenciatura", "PhD")
    COUNTEREXAMPLES = ("Schooner", "B1", "active", "7")
