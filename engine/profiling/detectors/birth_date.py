"""When people were born."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from pydantic import Field

from engine.profiling.days import Days, days
from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import DATES, NUMBERS, TEXTS

OLDEST = 115
"""Years."""
FEWEST = 3
"""Days from which anything can be told."""


class BirthDate(Detector):
    """Days without a time, none of them to come, spread over decades. What happens in a business is younger and closer together.

    Numbers can be days too: 19840229.
    """

    name = "birth_date"
    title = "Date of birth"
    entities = ("birth_date",)
    kinds = DATES | TEXTS | NUMBERS
    today: date = Field(default_factory=date.today)
    """The day after which nobody was born."""

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        found = days(facts)
        if len(found.years) * 10 < found.of * 9 or not found.of:
            if facts.kind in TEXTS and len(facts.some):
                yield Clue(
                    self.name,
                    "birth_date",
                    "values",
                    -6.0,
                    "its values are not days",
                    len(found.years) / len(facts.some),
                )
            return
        weight = self._weight(found) * min(1.0, len(found.years) / 6)
        if weight:
            early, late = np.percentile(found.years, (10, 90))
            span = f"{len(found.years)} distinct days, most of them within {late - early:.0f} years"
            words = f"{span}, {percent(found.timed)} with a time of day"
            yield Clue(self.name, "birth_date", "values", weight, words, len(found.years) / found.of)

    def _weight(self, found: Days) -> float:
        ages = self.today.year - found.years
        young, median, old = np.percentile(ages, (10, 50, 90))
        if np.mean(ages < 0) > 0.01 or np.mean(ages > OLDEST) > 0.03 or found.timed > 0.2:
            return -3.5
        if len(ages) < FEWEST:
            return 0.5 if median > 18 else -1.0
        if old - young < 6:
            return -2.5 if median < 15 else -1.5
        grown = 1.0 if young >= 15 else 0.0
        if old - young >= 20:
            return 2.0 + grown if median >= 12 else 0.5
        return 0.5 + grown if median >= 15 else -1.0
