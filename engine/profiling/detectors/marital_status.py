"""Words for a marital status in seven languages."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class MaritalStatus(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "marital_status"
    title = "Marital status"
    entities = ("marital_status",)
    usual = 0.6
    hit = 0.8
    chance = 0.002
    terms = "marital_status"
    EXAMPLES = ("Married", "ledig", "DIVORCÉ", "soltera", "Gehuwd")
    COUNTEREXAMPLES = ("active", "closed", "marry", "S1")
