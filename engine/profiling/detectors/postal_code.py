"""Postcodes."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Kind
from engine.profiling.detector import ValueDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.taxonomy import NUMBERS, TEXTS

_TELLING = (
    r"^(?i)(?:[0-9]{5}-[0-9]{4}"  # United States
    r"|(?:GIR ?0AA|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][ABD-HJLNP-UW-Z]{2})"  # United Kingdom
    r"|[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][ -]?[0-9][ABCEGHJ-NPRSTV-Z][0-9]"  # Canada
    r"|[1-9][0-9]{3} ?[A-RT-Z][A-Z]|[1-9][0-9]{3} ?S[BCE-RT-Z]"  # Netherlands
    r"|[0-9]{4}-[0-9]{3}|[0-9]{5}-[0-9]{3}|[0-9]{2}-[0-9]{3}|[0-9]{3}-[0-9]{4}"  # Portugal, Brazil, Poland, Japan
    r"|(?:A|AT|B|BE|CH|CZ|DE?|DK|FI?|FIN|FR|H|HR|I|L|LT|LV|MD|NL|NO?|PL?|RO|SE?|SI|SK)-[0-9]{4,6}"  # with the country's sign
    r"|[1-9][0-9]{2} [0-9]{2}"  # Sweden, Greece, Czechia
    r"|[AC-FHKNPRTV-Y][0-9]{2} ?[0-9AC-FHKNPRTV-Y]{4}|[A-HJ-NP-Z][0-9]{4}[A-Z]{3})$"  # Ireland, Argentina
)
_PLAIN = r"^(?:[0-9]{4,6})$"


class PostalCode(ValueDetector):
    """Forms of some thirty countries. Four to six digits alone say little, letters among them much."""

    name = "postal_code"
    title = "Postcode"
    entities = ("postal_code",)
    kinds = TEXTS | frozenset({Kind.INTEGER})
    usual = 0.95
    hit = 0.95
    chance = 0.12
    alike = 0.9
    lengths = (4, 11)
    digits = (2, 9)
    letters = (0, 5)
    EXAMPLES = (
        "90210",
        "12345-6789",
        "SW1A 1AA",
        "K1A 0B1",
        "1234 AB",
        "4000-123",
        "01310-100",
        "00-950",
        "8010",
        "D-10115",
        "110001",
    )
    COUNTEREXAMPLES = ("123", "1234567", "12.5", "ABCDE", "K1A", "2024-01-15", "1e5")

    def match(self, texts: pa.Array) -> pa.Array:
        return pc.or_(pc.match_substring_regex(texts, _PLAIN), pc.match_substring_regex(texts, _TELLING))

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if not len(facts.some):
            return
        possible = facts.shapes.within(self.lengths, self.digits, self.letters)
        found = possible.filter(self.match(possible)) if len(possible) else possible
        more = _telling(found) + _plain(found, facts.kind in NUMBERS) if len(found) else 0.0
        yield self.clue(len(found), len(facts.some), more)


def _telling(found: pa.Array) -> float:
    """Letters and hyphens; and zeros in front, which numbers do not have."""
    told = pc.sum(pc.match_substring_regex(found, _TELLING)).as_py() or 0
    zeros = pc.any(pc.match_substring_regex(found, "^0[0-9]{3,4}$")).as_py()
    return ratio(told, len(found), 0.9, 0.06, 0.9, 0.3) + (1.0 if zeros else 0.0)


def _plain(found: pa.Array, number: bool) -> float:
    """Digits alone: those of one country are of one length, and no years; numbers that count are of any."""
    digits = found.filter(pc.match_substring_regex(found, _PLAIN))
    if not len(digits) * 2 > len(found):
        return 0.0
    if pc.all(pc.match_substring_regex(digits, "^(?:1[89]|20)[0-9]{2}$")).as_py():
        return -2.5
    lengths = pc.value_counts(pc.utf8_length(digits)).field("counts")
    one_length = pc.max(lengths).as_py() > 0.85 * len(digits)
    return (0.0 if one_length else -1.5) - (1.0 if number else 0.0)
