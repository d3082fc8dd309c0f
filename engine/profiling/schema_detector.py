"""What detectors share that look at the schema alone: examples written as small tables, and what a table's columns are called."""

from __future__ import annotations

from abc import ABC
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Kind, Schema, Table, Unique
from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.naming import Rows, Strength, entities_by_name, names_patient, names_people, says_nothing

Ranked = tuple[tuple[str, Strength], ...]


class SchemaDetector(Detector, ABC):
    """Needs no values."""

    EXAMPLES: ClassVar[tuple[tuple[ColumnFacts, str], ...]]
    """Columns with the entity that it speaks for most."""
    COUNTEREXAMPLES: ClassVar[tuple[tuple[ColumnFacts, str], ...]]
    """Columns that look alike, with an entity that it does not speak for."""


def example(
    table: str, column: str, kind: Kind = Kind.TEXT, *, beside: tuple[str, ...] = (), checks: tuple[str, ...] = (),
    refers: str | None = None, primary: bool = False, unique: bool = False, **more: Any,
) -> ColumnFacts:  # fmt: skip
    """A table of that column and texts `beside` it; `refers` names a table that has the column's name as its key."""
    native = more.pop("native", kind.value)
    columns = (Column(column, native, kind, **more), *(Column(name, "text", Kind.TEXT) for name in beside))
    uniques = (Unique("unique", (column,), primary=primary),) if primary or unique else ()
    keys = (ForeignKey("refers", (column,), TableName(refers), ("id",)),) if refers else ()
    described = Table(
        TableName(table), columns, uniques, keys, tuple(Check("check", text, (column,)) for text in checks)
    )
    parents = (
        (Table(TableName(refers), (Column("id", native, kind),), (Unique("pk", ("id",), primary=True),)),)
        if refers
        else ()
    )
    people = names_people(described.name)
    return ColumnFacts(
        Schema("sqlite", "main", (described, *parents)), described, columns[0], None, people,
        column if primary and people else None, primary or unique, primary or refers is not None,
    )  # fmt: skip


def named(facts: ColumnFacts) -> Ranked:
    """What the column is by its name, in its table."""
    beside = beside_of(facts.table, facts.column.name)
    return entities_by_name(facts.table.name, facts.column.name, facts.kind, people=facts.people, beside=beside)


def named_nothing(facts: ColumnFacts) -> Strength | None:
    """How clearly its name speaks of something that is not personal."""
    beside = beside_of(facts.table, facts.column.name)
    return says_nothing(facts.table.name, facts.column.name, people=facts.people, beside=beside)


def beside_of(table: Table, column: str) -> frozenset[str]:
    """Entities that the other columns of a table are by their names; `<patient>` where one is the key of a patient."""
    by_column = _by_column(table.name, tuple((each.name, each.kind) for each in table.columns))
    count = Counter(entity for entities in by_column.values() for entity in entities)
    count.subtract(by_column.get(column, ()))
    return frozenset(entity for entity, times in count.items() if times > 0)


@lru_cache(maxsize=4096)
def _by_column(table: TableName, columns: tuple[tuple[str, Kind], ...]) -> Mapping[str, frozenset[str]]:
    people = names_people(table)
    return {name: frozenset(_clear(table, name, kind, people)) for name, kind in columns}


def _clear(table: TableName, column: str, kind: Kind, people: bool) -> Iterator[str]:
    for entity, strength in entities_by_name(table, column, kind, people=people):
        if strength >= Strength.PLAIN:
            yield entity
        if entity == "person_id" and names_patient(column):
            yield Rows.PATIENTS
