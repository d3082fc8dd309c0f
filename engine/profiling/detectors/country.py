"""Countries."""

from __future__ import annotations

from engine.profiling.detector import TermsDetector


class Country(TermsDetector):
    """Names of countries in seven languages."""

    name = "country"
    title = "Country"
    entities = ("country",)
    usual = 0.6
    hit = 0.95
    chance = 0.01
    alike = 0.4
    terms = "country"
    EXAMPLES = ("Germany", "FRANCE", "Österreich", "United States", "Reino Unido", "U.S.A.")
    COUNTEREXAMPLES = ("German", "Berlin", "EUR", "Frenchfries", "42")
