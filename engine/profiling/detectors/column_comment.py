"""What somebody wrote about the column: COMMENT ON COLUMN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.naming import Strength, entities_by_name
from engine.profiling.schema_detector import SchemaDetector, example
from engine.profiling.taxonomy import TAXONOMY

WEIGHTS = {Strength.PLAIN: 1.5, Strength.UNMISTAKABLE: 4.0}
MOST_WORDS = 8
"""A longer phrase tells a story, and not what the column is."""


class ColumnComment(SchemaDetector):
    """The first phrase of the comment, read like a name."""

    name = "column_comment"
    title = "The column's comment"
    entities = tuple(TAXONOMY)

    EXAMPLES: ClassVar = (
        (example("t", "x7", comment="Date of birth"), "birth_date"),
        (example("t", "x7", comment="Telefonnummer. Leer, wenn unbekannt."), "phone"),
        (example("t", "x7", comment="Last name of the employee; not null"), "last_name"),
    )
    COUNTEREXAMPLES: ClassVar = (
        (example("t", "x7", comment="Whether the customer's e-mail address has been verified"), "email"),
        (
            example(
                "t", "x7", comment="Set by the nightly job, which also looks at every phone number that a customer gave"
            ),
            "phone",
        ),
    )

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        phrase = re.split(r"[.;:,(\n]", facts.column.comment or "", maxsplit=1)[0]
        if not 0 < len(phrase.split()) <= MOST_WORDS:
            return
        ranked = entities_by_name(facts.table.name, phrase, facts.kind, people=False)
        for entity, strength in ranked[:1]:
            if strength in WEIGHTS:
                words = f"its comment speaks of {TAXONOMY[entity].words}"
                yield Clue(self.name, entity, "name", WEIGHTS[strength], words)
