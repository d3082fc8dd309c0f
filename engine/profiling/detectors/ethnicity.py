"""Words that censuses and hospitals use."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Ethnicity(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "ethnicity"
    title = "Ethnic origin"
    entities = ("ethnicity",)
    usual = 0.6
    hit = 0.7
    chance = 0.003
    terms = "ethnicity"
    EXAMPLES = ("Hispanic", "Not Hispanic or Latino", "puerto rican", "Roma")
    COUNTEREXAMPLES = ("Hispania", "red", "rome", "7")
