"""Telephone numbers."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.taxonomy import NUMBERS, TEXTS

_WRITTEN = (
    r"^(?i)(?:tel\.?:? ?|fax:? ?|phone:? ?|[hwmcf]:? )?(?:\+|00)?[ (]{0,2}[0-9](?:[-\s()./·]{0,3}[0-9]){5,16}\)?"
    r"(?:[\s,;]*(?:x|ext\.?|extension|#|durchwahl|app\.?|poste)[\s.:]*[0-9]{1,6})?$"
)
_OTHER = (
    r"^[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)?[0-9]{2}(?:\s|$)|^(?:1[6-9]|20)[0-9]{2}[./-][0-1]?[0-9][./-][0-3]?[0-9]"  # dates
    r"|^[0-9]+\.[0-9]+$|^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$"  # amounts, IP addresses
    r"|^[0-9]+(?:\.[0-9]+){5,}$|^[0-9]{3}-[0-9]{2}-[0-9]{4}$|^[0-9]{5}-[0-9]{3,4}$|^[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}$"
    r"|^[0-9]{4}(?:[ -][0-9]{4}){3}$"
)
"""A day, a decimal number, an object identifier, a social security number, a postcode, a card."""
_MARKED = (
    r"^\+|^00[1-9]|^\(|^0[1-9][0-9 ]{1,4}[ /.-]|(?i)[0-9] ?(?:x|ext\.?|extension) ?[0-9]"
    r"|^(?:1[-. ])?[2-9][0-9]{2}[-. ][0-9]{3}[-. ][0-9]{4}$|^[2-9][0-9]{2}[-. ][0-9]{4}$"
    r"|^[0-9]{2}(?:[ .][0-9]{2}){3,4}$|^[0-9]{1,3} [0-9]{3}[ -][0-9]{2}[ -][0-9]{2}$|^[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}$"
)
"""A plus, brackets, a trunk zero apart, an extension, or the groups in which countries write: hardly another number is written so."""
PARSED = 15
"""Numbers given to phonenumbers, which takes its time."""


class Phone(ValueDetector):
    """Seven to seventeen digits as people write telephone numbers, checked against the plans of the regions that they may be of.

    Digits alone, without a plus or a sign that divides them, say little.
    """

    name = "phone"
    title = "Telephone number"
    entities = ("phone",)
    kinds = TEXTS | NUMBERS
    usual = 0.97
    hit = 0.9
    chance = 0.06
    alike = 0.9
    lengths = (6, 40)
    digits = (6, 22)
    letters = (0, 12)
    regions: tuple[str, ...] = (
        "US",
        "DE",
        "GB",
        "FR",
        "ES",
        "IT",
        "NL",
        "BR",
        "IN",
        "AU",
        "MX",
        "PL",
        "CH",
        "SE",
        "JP",
    )
    """Where numbers without a country may be of."""
    EXAMPLES = (
        "+49 30 901820", "(206) 555-0100", "0171-555-2222", "555-0100", "+1 (415) 555-2671 x123", "011 44 20 7946 0958",
        "030/901820", "01.42.68.53.00", "6505550100", "Tel. 089 1234567",
    )  # fmt: skip
    COUNTEREXAMPLES = ("2024-01-15", "15.01.2024", "3.14159265", "192.168.10.20", "078-05-1120", "12345-6789", "A-1234567", "12345",
                       "4111 1111 1111 1111")  # fmt: skip

    def match(self, texts: pa.Array) -> pa.Array:
        return pc.and_not(pc.match_substring_regex(texts, _WRITTEN), pc.match_substring_regex(texts, _OTHER))

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        of = len(facts.some)
        if not of:
            return
        possible = facts.shapes.within(self.lengths, self.digits, self.letters)
        written = possible.filter(self.match(possible)) if len(possible) else possible
        found = round(len(written) * self._dialled(written))
        yield self.clue(found, of, _marks(written) if found else 0.0)

    def _dialled(self, texts: pa.Array) -> float:
        """The share of some of them that could be dialled in the region where most could, or from abroad."""
        some = (
            texts.take(pa.array(range(0, len(texts), -(-len(texts) // PARSED) or 1))).to_pylist() if len(texts) else []
        )
        if not some:
            return 0.0
        abroad = [text for text in some if text.startswith("+") and _possible(text, None)]
        rest = [text for text in some if not text.startswith("+")]
        best = 0
        for region in self.regions:
            best = max(best, sum(_possible(text, region) for text in rest))
            if best >= 0.9 * len(rest):
                break
        return (len(abroad) + best) / len(some)


def _marks(written: pa.Array) -> float:
    marked = pc.sum(pc.match_substring_regex(written, _MARKED)).as_py() or 0
    return ratio(marked, len(written), 0.9, 0.1, 0.9, 0.8)


def _possible(text: str, region: str | None) -> bool:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))
