"""Discover: look at every column of a source and say what it holds, what speaks for that, and what was not looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Schema
from engine.person_path import people_tables, person_of
from engine.plan import Plan
from engine.profiling import detectors
from engine.profiling.facts import ColumnFacts, Sample
from engine.profiling.finding import Clue, Findings, NotExamined, Options
from engine.profiling.forms import with_form
from engine.profiling.fusion import decide
from engine.profiling.sampling import TableSample, sample_table
from engine.subjects import all_subjects


@dataclass(frozen=True)
class Looked:
    """What was read of a source."""

    schema: Schema
    tables: Mapping[TableName, TableSample]

    def sample(self, table: TableName, column: str) -> Sample | None:
        found = self.tables.get(table)
        return found.columns.get(column) if found else None


def discover(source: Database, schema: Schema | None = None, options: Options | None = None) -> Findings:
    """Findings for every column. Reads a sample of each table under one snapshot, and never a whole large table."""
    started, options = time.monotonic(), options or Options()
    schema = schema or source.describe()
    with source.snapshot() as snapshot:
        looked = Looked(schema, {table.name: sample_table(snapshot, table, options.rows) for table in schema.tables})
    columns = tuple(with_form(facts, decide(facts, clues(facts))) for facts in all_facts(looked))
    missed: tuple[NotExamined, ...] = tuple(each for table in looked.tables.values() for each in table.not_examined)
    return Findings(columns, missed, seconds=time.monotonic() - started)


def all_facts(looked: Looked) -> Iterator[ColumnFacts]:
    """Every stored column with what is known of it."""
    schema = looked.schema
    people, subjects = people_tables(schema), all_subjects(Plan("", "", {}), schema)
    for table in schema.tables:
        person = person_of(schema, people, table)
        for column in table.stored:
            subject = subjects[table.name, column.name]
            yield ColumnFacts(
                schema, table, column, looked.sample(table.name, column.name), table.name in people, person,
                subject.unique, subject.key,
            )  # fmt: skip


def clues(facts: ColumnFacts) -> list[Clue]:
    """What every detector says of a column."""
    return [clue for detector in detectors() if facts.column.kind in detector.kinds for clue in detector.look(facts)]
