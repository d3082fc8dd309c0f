"""Ages of people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import NUMBERS, TEXTS

OLDEST = 120
FEWEST = 10


class Age(Detector):
    """Whole numbers up to 120, many of them. So are quantities: it is weak for, and strong against."""

    name = "age"
    title = "Age"
    entities = ("age",)
    kinds = NUMBERS | TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        ages = facts.numbers
        if not len(ages):
            return
        share = float(np.mean((ages >= 0) & (ages <= OLDEST) & (ages == np.round(ages))))
        if share < 0.97:
            yield Clue(
                self.name,
                "age",
                "values",
                -6.0,
                f"{percent(1 - share)} of {len(ages)} distinct values are no age",
                share,
            )
        elif len(ages) >= FEWEST and np.percentile(ages, 10) >= 5 and 35 <= np.percentile(ages, 90) <= 95:
            yield Clue(
                self.name,
                "age",
                "values",
                1.2,
                f"{len(ages)} distinct whole numbers, most of them between 5 and 95",
                share,
            )
