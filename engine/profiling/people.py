"""Which tables have a row for each person."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.profiling.naming import Rows, Strength, entities_by_name, head_words, names_people, rows_of

PERSONAL = frozenset("""
    full_name first_name last_name middle_name birth_date birth_year us_ssn national_id passport driver_license gender marital_status
    title medical_record_number health_insurance_id employee_id nationality religion race ethnicity death_date age username
""".split())  # fmt: skip
"""What a row has once where it is a person."""
REACHED = frozenset({"email", "phone", "street_address", "password", "job_title", "salary", "photo"})
"""What people have, and organisations and accounts as well."""
NOT_PEOPLE = {Rows.ORGANISATIONS: 3, Rows.THINGS: 3, Rows.EVENTS: 3, Rows.CARE: 4, Rows.ADDRESSES: 5}
"""How many personal columns it takes against what the table's name says."""


def people_tables(schema: Schema) -> frozenset[TableName]:
    """Tables whose rows are people."""
    return frozenset(table.name for table in schema.tables if rows_are_people(table))


def rows_are_people(table: Table) -> bool:
    """By its name or by what it holds. A table that only joins people to something is none."""
    return (names_people(table.name) and not _joins(table)) or _holds_people(table)


def _joins(table: Table) -> bool:
    """It refers to people, has nothing personal of its own, and its key is not theirs: `team_member`, `film_actor`."""
    people = {key.columns for key in table.foreign_keys if names_people(key.parent) and key.parent != table.name}
    if table.primary_key in people:
        return False
    keys = {column for key in table.foreign_keys for column in key.columns}
    joined = len(table.primary_key) > 1 and set(table.primary_key) <= keys
    # `customer` with a key to an employee is no such table: those are named after both sides.
    named = bool(people) and len(head_words(table.name.name)) > 1
    return (named or joined) and not _own_entities(table) & (PERSONAL | REACHED)


def _holds_people(table: Table) -> bool:
    found = _own_entities(table)
    rows = rows_of(table.name)
    needed = NOT_PEOPLE.get(rows, 2) if rows else 2
    return len(found & PERSONAL) >= needed or (needed == 2 and bool(found & _NAMES) and len(found & REACHED) >= 2)


def _own_entities(table: Table) -> set[str]:
    """What its columns are by their names; `name` beside a last name is a first name."""
    clear = set(_clear(table, frozenset()))
    return clear | set(_clear(table, frozenset(clear & _NAMES), Strength.WEAK)) & _NAMES if clear & _PARTS else clear


def _clear(table: Table, beside: frozenset[str], least: Strength = Strength.PLAIN) -> Iterator[str]:
    for column in table.columns:
        ranked = entities_by_name(table.name, column.name, column.kind, people=False, beside=beside)
        yield from (entity for entity, strength in ranked[:1] if strength >= least)


_PARTS = frozenset({"first_name", "last_name"})
_NAMES = _PARTS | {"full_name"}
