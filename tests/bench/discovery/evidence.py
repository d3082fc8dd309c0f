"""What the detectors say of every labelled column, looked up once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.database import Database
from connectors.schema import Column
from engine.profiling.discover import Looked, all_facts, clues
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.sampling import sample_table
from tests.bench.discovery.labels import Label

ROWS = 1000


@dataclass(frozen=True)
class Evidence:
    """One column."""

    label: Label
    column: Column
    facts: ColumnFacts | None
    """None: discovery does not look at it (a generated column)."""
    clues: tuple[Clue, ...]
    seconds: float = 0.0
    """Processor time of all detectors."""


def evidence(source: Database, labels: Iterable[Label]) -> list[Evidence]:
    """Of every labelled column of one database. Raises KeyError for a label without a column."""
    schema = source.describe()
    with source.snapshot() as snapshot:
        looked = Looked(schema, {table.name: sample_table(snapshot, table, ROWS) for table in schema.tables})
    facts = {(each.table.name.name, each.column.name): each for each in all_facts(looked)}
    columns = {(table.name.name, column.name): column for table in schema.tables for column in table.columns}
    return [_evidence(label, columns[label.place], facts.get(label.place)) for label in labels]


def _evidence(label: Label, column: Column, facts: ColumnFacts | None) -> Evidence:
    started = time.process_time()
    found = tuple(clues(facts)) if facts else ()
    return Evidence(label, column, facts, found, time.process_time() - started)
