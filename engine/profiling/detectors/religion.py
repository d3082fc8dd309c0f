"""Religions and confessions in seven languages."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Religion(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "religion"
    title = "Religion"
    entities = ("religion",)
    usual = 0.6
    hit = 0.8
    chance = 0.002
    terms = "religion"
    EXAMPLES = ("Catholic", "evangelisch", "Musulmane", "JEWISH", "ateo")
    COUNTEREXAMPLES = ("Cathode", "church street", "none", "7")
