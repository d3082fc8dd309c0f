"""States, provinces and regions by name."""

from __future__ import annotations

from engine.profiling.detector import TermsDetector


class State(TermsDetector):
    """First-level parts of some twenty countries."""

    name = "state"
    title = "State or region"
    entities = ("state",)
    usual = 0.5
    hit = 0.85
    chance = 0.015
    alike = 0.5
    terms = "state"
    EXAMPLES = ("California", "BAYERN", "Nouvelle-Aquitaine", "Ontario", "Sao Paulo", "Noord-Holland")
    COUNTEREXAMPLES = ("Germany", "active", "Calif0rnia", "shipped", "42")
