"""The years in which people were born."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from pydantic import Field

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.percent import percent
from engine.profiling.taxonomy import NUMBERS, TEXTS

FEWEST = 5


class BirthYear(Detector):
    """Whole numbers that are years of people who live. So are years of manufacture: it is weak for, and strong against."""

    name = "birth_year"
    title = "Year of birth"
    entities = ("birth_year",)
    kinds = NUMBERS | TEXTS
    today: date = Field(default_factory=date.today)
    """The day after which nobody was born."""

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        years = facts.numbers
        if not len(years):
            return
        ages = self.today.year - years
        share = float(np.mean((ages >= 0) & (ages <= 120) & (years == np.round(years))))
        if share < 0.95:
            yield Clue(
                self.name,
                "birth_year",
                "values",
                -6.0,
                f"{percent(1 - share)} of {len(years)} distinct values are no such year",
                share,
            )
        elif len(years) >= FEWEST and np.ptp(years) >= 15:
            weight = 1.5 if np.percentile(ages, 10) >= 15 else 0.3
            yield Clue(
                self.name,
                "birth_year",
                "values",
                weight,
                f"{len(years)} different years over {np.ptp(years):.0f} years",
                share,
            )
