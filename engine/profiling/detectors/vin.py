"""Numbers of vehicles."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector


class Vin(ValueDetector):
    """Seventeen signs without I, O and Q (ISO 3779), of which some are letters and the last are digits mostly."""

    name = "vin"
    title = "Vehicle number"
    entities = ("vin",)
    hit = 0.95
    chance = 0.004
    lengths = (17, 17)
    digits = (4, 16)
    letters = (1, 13)
    EXAMPLES = ("1HGCM82633A004352", "WVWZZZ1JZXW000001", "1M8GDM9AXKP042788")
    COUNTEREXAMPLES = ("1HGCM82633O004352", "12345678901234567", "ABCDEFGHJKLMNPRST", "1HGCM82633A00435")

    def match(self, texts: pa.Array) -> pa.Array:
        return pc.and_(
            pc.match_substring_regex(texts, r"^(?i)[A-HJ-NPR-Z0-9]{13}[0-9]{4}$"),
            pc.match_substring_regex(texts, r"^(?i)[0-9]?[A-HJ-NPR-Z]"),
        )
