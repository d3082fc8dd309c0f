"""Codes of countries."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from engine.masking import lists
from engine.profiling.detector import ValueDetector


class CountryCode(ValueDetector):
    """Two or three capital letters after ISO 3166-1. Half of all pairs of letters are one: only many together say something."""

    name = "country_code"
    title = "Country code"
    entities = ("country",)
    usual = 0.35
    hit = 0.95
    chance = 0.02
    alike = 0.5
    lengths = (2, 3)
    digits = (0, 0)
    EXAMPLES = ("DE", "USA", "GB", "FRA", "UK")
    COUNTEREXAMPLES = ("de", "ZZ", "XYZ", "M", "EUR")

    def match(self, texts: pa.Array) -> pa.Array:
        return pa.array([text in codes() for text in texts.to_pylist()], pa.bool_())


@cache
def codes() -> frozenset[str]:
    """Those of ISO 3166-1, and the one that Britons use."""
    table = lists.table("country")
    return frozenset({*table["alpha2"].to_pylist(), *table["alpha3"].to_pylist(), "UK", "EL"})
