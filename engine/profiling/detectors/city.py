"""Towns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from engine.masking import lists
from engine.profiling.detector import WordsDetector
from engine.profiling.person_words import last_name
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
        named = words[: words.index(",")] if "," in words else words
        return " ".join(named) in towns() or _built(named)


def _built(words: list[str]) -> bool:
    """`New Malden`, `Beispielhausen`: built as towns are, where the list ends."""
    if len(words) == 1:
        return words[0].endswith(_ENDS) and words[0].isalpha()
    return len(words) <= 3 and words[0] in _BEFORE and (last_name(words[-1]) or words[-1] in towns())


_BEFORE = frozenset(
    "new lake port north south east west san santa saint st sainte bad fort mount villa castel são los las el sankt".split()
)
_ENDS = (
    "furt",
    "bury",
    "mouth",
    "ville",
    "burgh",
    "borough",
    "chester",
    "stadt",
    "dorf",
    "hausen",
    "minster",
    "haven",
    "kirchen",
    "drecht",
    "opolis",
)


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
