"""Letters of the AB0 system with the rhesus factor."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class BloodGroup(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "blood_group"
    title = "Blood group"
    entities = ("medical",)
    usual = 0.1
    hit = 0.97
    chance = 0.0005
    terms = "blood_group"
    EXAMPLES = ("A+", "AB-", "0+", "O neg")
    COUNTEREXAMPLES = ("A", "B+ grade", "C+", "7+")
