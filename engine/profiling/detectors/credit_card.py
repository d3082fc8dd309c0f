"""Numbers of payment cards."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.digits import luhn, only_digits
from engine.profiling.taxonomy import NUMBERS, TEXTS

_ISSUED = (
    r"^(?:4[0-9]{12}(?:[0-9]{3})?(?:[0-9]{3})?"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-5]|095|[689][0-9])[0-9]{11}(?:[0-9]{2})?"  # Diners Club
    r"|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}(?:[0-9]{3})?"  # Discover
    r"|(?:2131|1800)[0-9]{11}|35[2-8][0-9][0-9]{12}(?:[0-9]{3})?"  # JCB
    r"|62[0-9]{14}(?:[0-9]{1,3})?"  # UnionPay
    r"|(?:50(?:18|20|38)|5[6-9][0-9]{2}|6304|67[0-9]{2})[0-9]{8,15}"  # Maestro
    r"|(?:60|81|82|508)[0-9]{13,14}|220[0-4][0-9]{12}|9792[0-9]{12})$"  # RuPay, Mir, Troy
)


class CreditCard(ValueDetector):
    """A number that a card network issues, of its length and with the right check digit; blanks or hyphens may divide it."""

    name = "credit_card"
    title = "Payment card"
    entities = ("credit_card",)
    kinds = TEXTS | NUMBERS
    usual = 0.95
    hit = 0.9
    chance = 0.005
    lengths = (12, 24)
    digits = (12, 19)
    letters = (0, 0)
    EXAMPLES = (
        "4111111111111111",
        "5555 5555 5555 4444",
        "3782-822463-10005",
        "6011111111111117",
        "3530 1113 3330 0000",
    )
    COUNTEREXAMPLES = ("4111111111111112", "1234567812345678", "411111111111", "0000000000000000", "4111.111111111111")

    def match(self, texts: pa.Array) -> pa.Array:
        written = pc.match_substring_regex(texts, r"^[0-9]{3,6}(?:[ -]?[0-9]{1,7}){1,5}$")
        return pc.and_(pc.and_(written, pc.match_substring_regex(only_digits(texts), _ISSUED)), luhn(texts))
