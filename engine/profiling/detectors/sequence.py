"""Numbers that count: what a database gives its rows is nothing that people have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.taxonomy import NUMBERS

FEWEST = 5


class Sequence(Detector):
    """Whole numbers from 0 or 1 without large gaps, all different: they speak against every number that people are given."""

    name = "sequence"
    title = "Numbers in sequence"
    entities: ClassVar[tuple[str, ...]] = (
        "phone", "imei", "device_id", "us_ssn", "national_id", "tax_id", "passport", "driver_license", "account_number",
        "bank_account",
        "credit_card", "credit_card_cvv", "medical_record_number", "health_insurance_id", "certificate_number", "medical_code",
        "postal_code", "salary", "latitude", "longitude", "age", "house_number", "birth_year",
    )  # fmt: skip
    kinds = NUMBERS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        numbers, sample = facts.numbers, facts.sample
        if len(numbers) < FEWEST or sample is None or np.any(numbers != np.round(numbers)):
            return
        counts = (
            numbers.min() in (0, 1) and np.ptp(numbers) <= 1.2 * len(numbers) and len(sample.distinct) == sample.rows
        )
        if counts:
            for entity in self.entities:
                yield Clue(self.name, entity, "values", -2.5, f"{len(numbers)} numbers in sequence", 0.0)
