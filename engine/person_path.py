"""Whose rows these are: the person key of a table, its own or reached along foreign keys."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.person_key import person_keys
from engine.propose_names import entity_of, names_people, tokens

DEPTH = 3
PERSONAL = frozenset({"first_name", "last_name", "birth_date", "national_id", "birth_name", "marital", "salutation"})
STAFF = frozenset("""
    employee employees staff agent agents user users salesperson seller sellers supplier suppliers vendor vendors provider providers
    officer owner manager mitarbeiter benutzer nutzer employe employes utilisateur utilisateurs empleado empleados usuario usuarios
    dipendente dipendenti utente utenti medewerker medewerkers gebruiker funcionario funcionarios account accounts
""".split())  # fmt: skip


def people_tables(schema: Schema) -> frozenset[TableName]:
    """Tables whose rows are people, by their name or by what they hold."""
    return frozenset(table.name for table in schema.tables if names_people(table.name) or _holds_people(table))


def _holds_people(table: Table) -> bool:
    entities = {found.name for c in table.columns if (found := entity_of(table.name, c.name, c.kind, people=False))}
    return len(entities & PERSONAL) >= 2


def person_of(schema: Schema, people: frozenset[TableName], table: Table) -> str | None:
    """What a rule of this table says in `by`; None where no one person is behind a row, or several are."""
    if table.name in people and len(table.primary_key) == 1:
        return table.primary_key[0]
    for depth in range(1, DEPTH + 1):
        found = {
            text: who
            for text, who in _paths(schema, people, table, depth)
            if len(person_keys(schema, table, text)) == 1
        }
        # Whom a row is about goes before who entered it.
        served = [text for text, who in found.items() if tokens(who.name)[-1:] and tokens(who.name)[-1] not in STAFF]
        for texts in (served, list(found)):
            if len(texts) == 1:
                return texts[0]
        if found:
            return None
    return None


def _paths(schema: Schema, people: frozenset[TableName], table: Table, depth: int) -> Iterator[tuple[str, TableName]]:
    for key in table.foreign_keys:
        if len(key.columns) != 1 or key.parent not in schema.by_name or key.parent == table.name:
            continue
        if depth == 1:
            if key.parent in people and key.parent_columns == schema.table(key.parent).primary_key:
                yield key.columns[0], key.parent
        elif key.parent not in people:
            for rest, who in _paths(schema, people, schema.table(key.parent), depth - 1):
                yield f"{key.columns[0]}.{rest}", who
