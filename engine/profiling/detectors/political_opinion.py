"""Parties and directions."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class PoliticalOpinion(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "political_opinion"
    title = "Political opinion"
    entities = ("political_opinion",)
    usual = 0.6
    hit = 0.7
    chance = 0.003
    terms = "political_opinion"
    EXAMPLES = ("Democrat", "REPUBLICAN", "SPD", "conservative")
    COUNTEREXAMPLES = ("democratise", "active", "party", "7")
