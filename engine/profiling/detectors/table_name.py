"""What a row of the table is: a person, an organisation, a thing, an event, a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from connectors.schema import Kind
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.naming import Rows, rows_of
from engine.profiling.schema_detector import SchemaDetector, beside_of, example, named, named_nothing
from engine.profiling.taxonomy import TEXTS

NAMES = ("full_name", "first_name", "last_name")
OF_PERSONS = (*NAMES, "middle_name", "username", "title", "job_title", "free_text",
              "photo", "medical", "education", "nationality", "race", "ethnicity", "religion", "signature")  # fmt: skip
CARE = ("medical", "medical_code")
OF_NOBODY = ("salary", "age", "gender", "birth_date", "marital_status")
"""What no row has that is not a person, whatever its name; an organisation may yet name its contacts."""
NOBODYS = -2.0
NEVER = -5.0
A_PERSONS = 0.7
CATALOGUE = -3.5
"""A list of diagnoses is nobody's diagnosis."""


class TableKind(SchemaDetector):
    """What rows are by the table's name, and by the keys of persons in it."""

    name = "table_name"
    title = "What a row of the table is"
    entities = tuple(dict.fromkeys((*OF_PERSONS, *OF_NOBODY, "medical_code")))

    EXAMPLES: ClassVar = ((example("customers", "x1"), "full_name"),)
    COUNTEREXAMPLES: ClassVar = (
        (example("products", "x1"), "full_name"),
        (example("diagnosis", "code"), "medical_code"),
        (example("supplier", "x1"), "first_name"),
    )

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        rows = Rows.PEOPLE if facts.people else rows_of(facts.table.name)
        told = {entity for entity, _ in named(facts)}
        if rows is Rows.PEOPLE:
            for entity in _names(facts, told):
                yield Clue(self.name, entity, "table", A_PERSONS, "its table has a row for each person")
            return
        if rows in (Rows.THINGS, Rows.ORGANISATIONS):
            for entity in (*OF_PERSONS, *OF_NOBODY) if facts.kind in TEXTS else OF_NOBODY:
                if entity not in told or entity in OF_NOBODY:
                    weight = NEVER if entity in told else NOBODYS
                    yield Clue(self.name, entity, "table", weight, "no row of its table is a person")
        if not _somebodys(facts):
            for entity in CARE:
                if rows is Rows.CARE or entity in told:
                    weight = CATALOGUE if rows is Rows.CARE else NOBODYS
                    yield Clue(self.name, entity, "table", weight, "no row of its table belongs to a person")


def _names(facts: ColumnFacts, told: set[str]) -> Iterable[str]:
    """Parts of names that its values may be."""
    if facts.kind is not Kind.TEXT or named_nothing(facts):
        return ()
    return [name for name in NAMES if name in told] if told else NAMES


def _somebodys(facts: ColumnFacts) -> bool:
    beside = beside_of(facts.table, facts.column.name)
    return facts.person is not None or "person_id" in beside or Rows.PATIENTS in beside
