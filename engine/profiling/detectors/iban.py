"""International bank account numbers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from stdnum import iban

from engine.profiling.detector import PatternDetector


class Iban(PatternDetector):
    """A country, two check digits (ISO 13616, modulo 97) and an account of the length that is usual there."""

    name = "iban"
    title = "IBAN"
    entities = ("iban",)
    usual = 0.97
    chance = 0.0005
    lengths = (15, 42)
    digits = (6, 34)
    letters = (2, 34)
    pattern = r"^(?i:IBAN:? ?)?[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{1,4}){3,8}$"
    EXAMPLES = ("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606")
    COUNTEREXAMPLES = ("DE89370400440532013001", "ZZ89370400440532013000", "AB12CD34EF56GH78")

    def match(self, texts: pa.Array) -> pa.Array:
        # Python checks one after another, but only what is written like one.
        return pa.array([_valid(text) for text in _shaped(super().match(texts), texts)], pa.bool_())


def _shaped(written: pa.Array, texts: pa.Array) -> list[str | None]:
    shaped: list[str | None] = pc.if_else(written, texts, None).to_pylist()
    return shaped


def _valid(text: str | None) -> bool:
    return text is not None and bool(iban.is_valid(text.upper().removeprefix("IBAN").lstrip(": "), check_country=False))
