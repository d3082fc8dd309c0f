"""What the detectors say of every labelled column, looked up once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Column
from engine.profiling.detector import clues
from engine.profiling.discover import all_facts, look, routines
from engine.profiling.documents import read_documents
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue, Options, PathFinding
from engine.profiling.keys.accept import with_likely
from engine.profiling.keys.infer import infer_keys
from engine.profiling.prose import Inside, read_prose
from tests.bench.discovery.labels import Label


@dataclass(frozen=True)
class Evidence:
    """One column."""

    label: Label
    column: Column
    facts: ColumnFacts | None = None
    """None: discovery does not look at it (a generated column)."""
    clues: tuple[Clue, ...] = ()
    paths: tuple[PathFinding, ...] = ()
    """Of documents."""
    seconds: float = 0.0
    """Processor time of all detectors."""


def evidence(source: Database, labels: Iterable[Label]) -> list[Evidence]:
    """Of every labelled column of one database. Raises KeyError for a label without a column."""
    schema, options = source.describe(), Options()
    with source.snapshot() as snapshot:
        looked = look(snapshot, schema, options)
        keys, _ = infer_keys(schema, snapshot, looked.tables, (), routines(source, schema))
    facts = list(all_facts(replace(looked, schema=with_likely(schema, keys))))
    prose, _ = read_prose(facts, options.text_seconds)
    by_place = {(each.table.name.name, each.column.name): each for each in facts}
    columns = {(table.name.name, column.name): column for table in schema.tables for column in table.columns}
    return [_evidence(label, columns[label.place], by_place.get(label.place), prose) for label in labels]


def _evidence(
    label: Label, column: Column, facts: ColumnFacts | None, prose: Mapping[tuple[TableName, str], Inside]
) -> Evidence:
    if facts is None:
        return Evidence(label, column)
    started = time.process_time()
    found = clues(facts)
    seconds = time.process_time() - started
    inside = prose.get((facts.table.name, column.name))
    told = (*found, *(inside.clues if inside else ()))
    return Evidence(label, column, facts, told, read_documents(facts).paths, seconds)
