"""States and provinces by their code."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.terms import load


class StateCode(ValueDetector):
    """Two to four capital letters as posts of the Americas, Australia, Germany, Italy, India and Switzerland write them."""

    name = "state_code"
    title = "State code"
    entities = ("state",)
    usual = 0.4
    hit = 0.95
    chance = 0.02
    alike = 0.5
    lengths = (2, 5)
    digits = (0, 0)
    EXAMPLES = ("CA", "NY", "NSW", "QC", "US-CA", "BY")
    COUNTEREXAMPLES = ("ca", "ZZ", "EUR", "M", "California")

    def match(self, texts: pa.Array) -> pa.Array:
        known = load("state_code")
        upper = pc.equal(texts, pc.utf8_upper(texts)).to_pylist()
        codes = pc.replace_substring_regex(texts, "^[A-Z]{2}-", "").to_pylist()
        return pa.array(
            [capital and code.lower() in known for capital, code in zip(upper, codes, strict=True)], pa.bool_()
        )
