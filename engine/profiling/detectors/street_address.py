"""Street addresses."""

from __future__ import annotations

import re
from itertools import pairwise

from engine.profiling.detector import WordsDetector
from engine.profiling.detectors.city import towns
from engine.profiling.terms import load

_TYPES = frozenset("""
    street st str avenue ave av road rd drive dr lane ln court ct circle cir boulevard blvd blv way place pl terrace ter trail
    trl parkway pkwy highway hwy square sq loop plaza row close crescent cres gardens grove mews hill walk alley expressway
    turnpike pike crossing run path route quay wharf green rise manor straße strasse weg platz allee gasse ring ufer damm
    chaussee hof markt promenade stieg steig rue chemin impasse quai cours passage route faubourg villa sentier esplanade bd
    allée place calle c/ c avenida avda avd paseo plaza camino carretera ronda travesía pasaje calzada carrera cra via viale
    piazza corso largo vicolo strada piazzale contrada v.le p.za straat laan plein kade gracht dijk singel steenweg rua r
    travessa praça alameda estrada rodovia ulica ul aleja al plac gade vej gatan vägen veien katu utca cadde sokak
""".split())  # fmt: skip
_ENDS = (
    "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "ufer", "damm", "straat", "laan", "plein", "kade",
    "gracht", "dijk", "singel", "gatan", "vägen", "vagen", "veien", "vej", "gade", "katu", "gate", "stræde",
)  # fmt: skip
_BOX = re.compile(
    r"(?:p ?o ?box|postfach|boîte postale|bp|b p|apartado|apdo|casella postale|postbus|caixa postal|locked bag) [\d-]+(?: .*)?"
)
_UNIT = re.compile(
    r"(?:apt|apartment|suite|ste|unit|floor|fl|room|rm|#|no|wohnung|whg|appartement|piso|interno|int|bus)\.? ?#?\w{1,6}"
)
_POSTCODE = re.compile(r"\d{5}(?:-\d{3,4})?|\d{4}-\d{3}|\d{2}-\d{3}|[a-z]-\d{4,5}")
_NUMBER = re.compile(r"[#n°º]{0,2}\d{1,6}(?:[-/]\d{1,5})?[a-z]?(?:bis|ter)?|\d{1,3}(?:st|nd|rd|th)")


class StreetAddress(WordsDetector):
    """A house number with the name of a street: with a word for streets in it, or as it stands. Also boxes, flats and suites."""

    name = "street_address"
    title = "Street address"
    entities = ("street_address",)
    usual = 0.95
    hit = 0.85
    chance = 0.01
    alike = 0.5
    EXAMPLES = (
        "12 Main Street", "1600 Pennsylvania Ave NW", "Hauptstraße 5", "10, rue de la Paix", "Calle Mayor 3, 2º",
        "Via Roma 12", "Keizersgracht 123", "P.O. Box 42", "Postfach 1234", "Apt. 5B", "Springfield, IL 62701", "10115 Berlin",
        "Rua Augusta, 1508", "47 Example Drive",
    )  # fmt: skip
    COUNTEREXAMPLES = (
        "Main",
        "12",
        "ISO 9001",
        "3 Doors Down",
        "2024-01-15",
        "HTTP 404 error",
        "Windows 11",
        "Chapter 7",
    )

    def fits(self, words: list[str]) -> bool:
        if not 1 < len(words) <= 14:
            return False
        text = " ".join(word for word in words if word != ",")
        if _BOX.fullmatch(text) or _UNIT.fullmatch(text):
            return True
        if _with_postcode(words):
            return True
        numbered = any(_NUMBER.fullmatch(word) for word in (words[0], words[-1], *words[1:-1]))
        return numbered and any(street_word(word) for word in words)


def street_word(word: str) -> bool:
    return word in _TYPES or (len(word) > 5 and word.endswith(_ENDS))


def _with_postcode(words: list[str]) -> bool:
    """`Springfield, IL 62701`, `10115 Berlin`, `Praça X, 5, 01310-100 Cidade`: with the line of a town, or that alone."""
    if words[0].isdigit() and len(words[0]) in (4, 5) and " ".join(words[1:]) in towns():
        return True
    if "," not in words:
        return False
    states = load("state_code")
    if any(len(code) == 5 and code.isdigit() and state in states for state, code in pairwise(words)):
        return True
    return any(map(_POSTCODE.fullmatch, words)) and any(word.isdigit() and len(word) < 5 for word in words)
