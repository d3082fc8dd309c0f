"""Latitudes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.profiling.degrees import degrees
from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import NUMBERS, TEXTS

MOST = 90


class Latitude(Detector):
    """Numbers between -90 and 90 with three decimals or more."""

    name = "latitude"
    title = "Latitude"
    entities = ("latitude",)
    kinds = NUMBERS | TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        weight = degrees(facts, MOST)
        if weight is not None:
            # Nobody lives so far in the south.
            weight -= 3.0 if weight > 0 and np.max(facts.numbers) < -57 else 0.0
            share = float(np.mean(np.abs(facts.numbers) <= MOST))
            words = f"{percent(share)} of {len(facts.numbers)} distinct numbers are within {MOST} degrees"
            yield Clue(self.name, "latitude", "values", weight, words, share)
