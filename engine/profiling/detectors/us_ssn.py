"""Social security numbers of the United States."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.taxonomy import NUMBERS, TEXTS

_WRITTEN = r"^[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} )[0-9]{4}$|^[0-8][0-9]{8}$"
PLAIN = -4.0
"""What missing signs take away: then the digits say nothing, and leave it to the name."""
_NEVER = r"^(?:000|666)|^[0-9]{3}[- ]?00|0000$"


class UsSsn(ValueDetector):
    """Three, two and four digits, none of the groups all zeros. Nine digits without a sign between them say little alone."""

    name = "us_ssn"
    title = "US social security number"
    entities = ("us_ssn",)
    kinds = TEXTS | NUMBERS
    usual = 0.97
    chance = 0.02
    alike = 0.8
    lengths = (9, 11)
    digits = (9, 9)
    letters = (0, 0)
    EXAMPLES = ("078-05-1120", "219 09 9999", "457555462")
    COUNTEREXAMPLES = (
        "000-12-3456",
        "666-12-3456",
        "123-00-4567",
        "123-45-0000",
        "12-345-6789",
        "12345-6789",
    )

    def match(self, texts: pa.Array) -> pa.Array:
        return pc.and_not(pc.match_substring_regex(texts, _WRITTEN), pc.match_substring_regex(texts, _NEVER))

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if not len(facts.some):
            return
        possible = facts.shapes.within(self.lengths, self.digits, self.letters)
        found = possible.filter(self.match(possible)) if len(possible) else possible
        divided = pc.sum(pc.match_substring_regex(found, "[- ]")).as_py() or 0
        # The groups are written apart in three of four such columns, and hardly ever in another column of nine digits.
        more = max(PLAIN, ratio(divided, len(found), 0.75, 0.03, 0.9)) if len(found) else 0.0
        yield self.clue(len(found), len(facts.some), more)
