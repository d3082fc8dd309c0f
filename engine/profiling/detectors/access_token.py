"""Long random texts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector


class Token(ValueDetector):
    """Twenty signs or more without a word: capitals, small letters and digits in one. Keys are written like that, and identifiers."""

    name = "token"
    title = "Random text"
    entities = ("secret",)
    usual = 0.4
    hit = 0.9
    chance = 0.02
    alike = 0.95
    lengths = (20, 250)
    digits = (2, 200)
    letters = (8, 250)
    EXAMPLES = ("wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY", "r4Nd0mS3ss10nT0k3nWithLetters")
    COUNTEREXAMPLES = (
        "Invoice2024Final",
        "123e4567-e89b-12d3-a456-426614174000",
        "a text of several words 123",
        "Picture_of_the_house_2024.jpg",
    )

    def match(self, texts: pa.Array) -> pa.Array:
        written = pc.match_substring_regex(texts, r"^[A-Za-z0-9+/_-]+$")
        for part in (
            "[A-Z]",
            "[a-z]",
            "[0-9].*[0-9]",
            "[a-zA-Z][0-9]+[a-zA-Z].*[a-zA-Z][0-9]|[0-9][a-zA-Z]+[0-9][a-zA-Z]",
        ):
            written = pc.and_(written, pc.match_substring_regex(texts, part))
        return written
