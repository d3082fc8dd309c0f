"""Whose key the column is, or refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from connectors.schema import ForeignKey, Kind, Table
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.keys.accept import INFERRED
from engine.profiling.naming import Strength, entities_by_name, names_people
from engine.profiling.people import rows_are_people
from engine.profiling.schema_detector import SchemaDetector, example
from engine.profiling.taxonomy import NUMBERS, TAXONOMY, TEXTS

PERSONS = 8.0
SAME_AS = 6.0
"""A key that carries what it means: `country_code`."""
ELSEWHERE = -4.0
"""The numbers of a key that no person has."""

OTHER_NUMBERS = ("medical_record_number", "employee_id", "account_number", "health_insurance_id")
"""What the key of a person may also be called."""
NUMBERED = tuple("""
    postal_code phone house_number age birth_year us_ssn national_id tax_id account_number bank_account employee_id
    credit_card_cvv medical_record_number salary
""".split())  # fmt: skip
EVERY = tuple(entity for entity in TAXONOMY if entity != "free_text")


class KeyNeighbours(SchemaDetector):
    """A person's key, a key to a person, or one to something else: a surrogate means nothing by itself, and a natural key (a country
    code, an e-mail address) means the same on both sides."""

    name = "key_neighbours"
    title = "Whose key it is"
    entities = tuple(TAXONOMY)

    EXAMPLES: ClassVar = (
        (example("customer", "id", Kind.INTEGER, primary=True), "person_id"),
        (example("orders", "placed_by", Kind.INTEGER, refers="customer"), "person_id"),
    )
    COUNTEREXAMPLES: ClassVar = (
        (example("product", "id", Kind.INTEGER, primary=True), "person_id"),
        (example("customer", "city_id", Kind.INTEGER, refers="city"), "city"),
        (example("customer", "city_id", Kind.INTEGER, refers="city"), "postal_code"),
    )

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        name, table = facts.column.name, facts.table
        if facts.people and table.primary_key == (name,):
            yield from self._persons("it is the key of a table of people")
            return
        keys = [(key, column) for key in table.foreign_keys for child, column in _pairs(key) if child == name]
        for key, column in keys:
            parent = facts.schema.by_name.get(key.parent)
            if parent is not None:
                refers = "it seems to refer" if key.name == INFERRED else "it refers"
                yield from self._refers(facts, parent, column, refers)
        if not keys and table.primary_key == (name,) and facts.kind in NUMBERS:
            yield from self._surrogate("it numbers rows that are not people")

    def _refers(self, facts: ColumnFacts, parent: Table, column: str, refers: str) -> Iterator[Clue]:
        if rows_are_people(parent) and parent.primary_key == (column,):
            yield from self._persons(f"{refers} to {parent.name}, a table of people")
            return
        ranked = entities_by_name(parent.name, column, facts.kind, people=names_people(parent.name))
        for entity, strength in ranked[:1]:
            if strength is Strength.UNMISTAKABLE or (strength is Strength.PLAIN and entity != "person_id"):
                yield Clue(self.name, entity, "keys", SAME_AS, f"{refers} to {parent.name}.{column}, which is named so")
                return
        if not rows_are_people(parent) and not (ranked and facts.kind in TEXTS):
            yield from self._surrogate(f"{refers} to rows of {parent.name}, which are not people", EVERY)

    def _persons(self, words: str) -> Iterator[Clue]:
        yield Clue(self.name, "person_id", "keys", PERSONS, words)
        for entity in OTHER_NUMBERS:
            yield Clue(self.name, entity, "keys", ELSEWHERE, words)

    def _surrogate(self, words: str, entities: tuple[str, ...] = NUMBERED) -> Iterator[Clue]:
        for entity in entities:
            yield Clue(self.name, entity, "keys", ELSEWHERE, words)


def _pairs(key: ForeignKey) -> Iterator[tuple[str, str]]:
    yield from zip(key.columns, key.parent_columns, strict=True)
