"""Codes of banks."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.detectors.country_code import codes


class Bic(ValueDetector):
    """Bank, country, place and branch (ISO 9362): beside it stands the account."""

    name = "bic"
    title = "BIC"
    entities = ("bank_account",)
    usual = 0.2
    hit = 0.97
    chance = 0.002
    alike = 0.9
    lengths = (8, 11)
    letters = (6, 11)
    EXAMPLES = ("DEUTDEFF", "BNPAFRPPXXX", "CHASUS33")
    COUNTEREXAMPLES = ("DEUTZZFF", "deutdeff", "DEUTDEFFXX", "DEUTDE")

    def match(self, texts: pa.Array) -> pa.Array:
        written = pc.match_substring_regex(texts, r"^[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?$")
        known = pc.is_in(pc.utf8_slice_codeunits(texts, 4, 6), pa.array(sorted(codes())))
        return pc.and_(written, known)
