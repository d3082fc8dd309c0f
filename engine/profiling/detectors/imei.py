"""Numbers of mobile telephones."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.digits import luhn
from engine.profiling.taxonomy import NUMBERS, TEXTS


class Imei(ValueDetector):
    """Fifteen digits of which the last is a check digit (Luhn); by chance a tenth of such numbers has the right one."""

    name = "imei"
    title = "IMEI"
    entities = ("imei",)
    kinds = TEXTS | NUMBERS
    chance = 0.01
    lengths = (15, 18)
    digits = (15, 15)
    letters = (0, 0)
    EXAMPLES = ("490154203237518", "35-209900-176148-1")
    COUNTEREXAMPLES = ("490154203237519", "49015420323751", "371449635398431", "378282246310005", "1.23456789012345")

    def match(self, texts: pa.Array) -> pa.Array:
        written = pc.match_substring_regex(texts, r"^[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}[ -]?[0-9]$")
        # Cards of American Express have fifteen digits as well.
        card = pc.match_substring_regex(texts, "^3[47]")
        return pc.and_(pc.and_not(written, card), luhn(texts))
