"""Could numbers be degrees on the map?"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from engine.profiling.facts import ColumnFacts

DIVIDED = 3
"""Decimals: a thousandth of a degree is a hundred metres."""


def degrees(facts: ColumnFacts, most: float) -> float | None:
    """The weight of numbers up to `most` on either side of zero with several decimals; None where they are not numbers."""
    numbers = facts.numbers
    if not len(numbers):
        return None
    if np.mean(np.abs(numbers) > most) > 0.02:
        return -6.0
    precise = pc.mean(pc.match_substring_regex(facts.some, rf"\.[0-9]{{{DIVIDED},}}")).as_py()
    if precise < 0.7:
        return -2.0 if len(numbers) >= 5 else -0.5
    # What is measured in steps repeats.
    if facts.sample is not None and facts.sample.rows > 10 * len(numbers):
        return -0.5
    # Shares and rates lie between zero and one.
    return 1.2 if np.max(np.abs(numbers)) > 1.5 else -1.0
