"""Longitudes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.profiling.degrees import degrees
from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import NUMBERS, TEXTS

MOST = 180


class Longitude(Detector):
    """Numbers between -180 and 180 with three decimals or more."""

    name = "longitude"
    title = "Longitude"
    entities = ("longitude",)
    kinds = NUMBERS | TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        weight = degrees(facts, MOST)
        if weight is not None:
            # What lies beyond the poles is no latitude.
            weight += 0.4 if weight > 0 and np.max(np.abs(facts.numbers)) > 90 else 0.0
            share = float(np.mean(np.abs(facts.numbers) <= MOST))
            words = f"{percent(share)} of {len(facts.numbers)} distinct numbers are within {MOST} degrees"
            yield Clue(self.name, "longitude", "values", weight, words, share)
