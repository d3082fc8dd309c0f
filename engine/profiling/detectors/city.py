"""Towns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from engine.masking import lists
from engine.profiling.detector import WordsDetector
from engine.profiling.terms import load, plain


class City(WordsDetector):
    """In the list of the world's towns of 5,000 people and more, or of smaller ones with a postcode of ours."""

    name = "city"
    title = "Town"
    entities = ("city",)
    usual = 0.95
    hit = 0.85
    chance = 0.06
    alike = 0.45
    digits = (0, 0)
    EXAMPLES = ("Berlin", "NEW YORK", "São Paulo", "Sao Paulo", "St. Louis", "Frankfurt am Main", "Aix-en-Provence")
    COUNTEREXAMPLES = ("Keyboard", "Sausalito Rocks", "42", "Track 9", "Net 30")

    def fits(self, words: list[str]) -> bool:
        if not 0 < len(words) <= 6:
            return False
        known = towns()
        return " ".join(words[: words.index(",")] if "," in words else words) in known


@cache
def towns() -> frozenset[str]:
    """Words of towns, lower case, as `engine.profiling.facts.split` makes them."""
    ours = lists.table("place")["city"].to_pylist()
    return frozenset(
        _variants([*load("city"), *(each for town in ours for each in (town.lower(), plain(town.lower())))])
    )


def _variants(towns: list[str]) -> Iterator[str]:
    for town in towns:
        yield " ".join(town.replace(".", " ").split())
        if town.startswith("saint "):
            yield f"st {town[6:]}"
        if town.endswith(" city"):
            yield town[:-5]
        if "(" in town:
            yield town.partition("(")[0].strip()
