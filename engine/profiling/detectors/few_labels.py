"""Columns of few words that repeat: what tells people apart does not repeat so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from connectors.schema import Kind
from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.taxonomy import TEXTS

MANY_ROWS = 50
REPEATED = 12
"""Rows for each distinct value."""


class FewLabels(Detector):
    """Each value stands in a dozen rows or more: types, states and classes are so; names and addresses are not."""

    name = "few_labels"
    title = "Repeated labels"
    entities: ClassVar[tuple[str, ...]] = (
        "full_name", "first_name", "last_name", "middle_name", "username", "email", "phone", "street_address", "url", "free_text",
        "national_id", "us_ssn", "tax_id", "passport", "driver_license", "account_number", "iban", "bank_account", "credit_card",
        "licence_plate", "vin", "password", "secret", "birth_date", "certificate_number",
    )  # fmt: skip
    kinds = TEXTS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        sample = facts.sample
        if sample is None or not len(facts.some):
            return
        filled, distinct = sample.rows - sample.values.null_count, len(sample.distinct)
        if distinct and filled >= MANY_ROWS and (filled >= REPEATED * distinct or facts.kind is Kind.ENUM):
            weight = -2.0 if filled < 3 * REPEATED * distinct else -3.0
            for entity in self.entities:
                yield Clue(self.name, entity, "values", weight, f"{distinct} distinct values in {filled} rows", None)
