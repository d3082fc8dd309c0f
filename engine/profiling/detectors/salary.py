"""What people earn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import NUMBERS, TEXTS

LEAST, MOST = 300, 2_000_000


class Salary(Detector):
    """Amounts of the order of a month's or a year's pay. So are many others: it is weak for, and strong against."""

    name = "salary"
    title = "Salary"
    entities = ("salary",)
    kinds = NUMBERS | TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        amounts = facts.numbers
        if not len(amounts):
            return
        share = float(np.mean((amounts >= LEAST) & (amounts <= MOST)))
        if np.mean(amounts < 0) > 0.05 or np.median(amounts) < 10:
            yield Clue(
                self.name,
                "salary",
                "values",
                -3.0,
                f"{percent(1 - share)} of {len(amounts)} distinct amounts are no pay",
                share,
            )
        elif share > 0.9 and np.mean(amounts % 10 == 0) > 0.8:
            yield Clue(
                self.name,
                "salary",
                "values",
                1.0,
                f"{percent(share)} of {len(amounts)} distinct amounts could be round pay",
                share,
            )
