"""Discover: look at every column of a source and say what it holds, what speaks for that, and what was not looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.database import Database, Snapshot
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Schema
from engine.jobs.control import Control, Progress
from engine.person_path import person_of
from engine.plan import Plan
from engine.profiling.detector import clues
from engine.profiling.documents import read_documents
from engine.profiling.facts import ColumnFacts, Sample
from engine.profiling.finding import Finding, Findings, NotExamined, Options, PathFinding
from engine.profiling.forms import with_form
from engine.profiling.fusion import PERSONAL, decide
from engine.profiling.keys.accept import with_likely
from engine.profiling.keys.infer import infer_keys
from engine.profiling.people import people_tables
from engine.profiling.prose import Inside, read_prose
from engine.profiling.quasi import quasi_sets
from engine.profiling.sampling import TableSample, sample_table, unusable_views
from engine.subjects import all_subjects

Report = Callable[[Progress], None]
ROUTINES = frozenset({"function", "procedure"})


@dataclass(frozen=True)
class Looked:
    """What was read of a source."""

    schema: Schema
    tables: Mapping[TableName, TableSample]

    def sample(self, table: TableName, column: str) -> Sample | None:
        found = self.tables.get(table)
        return found.columns.get(column) if found else None

    @property
    def not_examined(self) -> tuple[NotExamined, ...]:
        return tuple(each for table in self.tables.values() for each in table.not_examined)


def discover(
    source: Database,
    schema: Schema | None = None,
    options: Options | None = None,
    progress: Report = lambda _: None,
    control: Control | None = None,
) -> Findings:
    """Findings for every column. Reads a sample of each table under one snapshot, and never a whole large table.

    `schema`: as described, perhaps with keys that a plan declares. Raises Cancelled where `control` asks for it.
    """
    started, options, control = time.monotonic(), options or Options(), control or Control()
    schema = schema or source.describe()
    with source.snapshot() as snapshot:
        looked = look(snapshot, schema, options, progress, control)
        progress(Progress("keys"))
        bodies = routines(source, schema) if options.infer_keys else {}
        inferred = (
            infer_keys(schema, snapshot, looked.tables, options.statements, bodies) if options.infer_keys else None
        )
        views = unusable_views(snapshot, schema)
    keys, unasked = inferred or ((), ())
    looked = replace(looked, schema=with_likely(schema, keys))
    columns, unread = judged(looked, options, progress, control)
    quasi = quasi_sets(looked, columns) if options.quasi else ()
    missed = (*_denied(schema), *looked.not_examined, *views, *unread, *unasked)
    return Findings(columns, missed, keys, quasi, time.monotonic() - started)


def _denied(schema: Schema) -> Iterator[NotExamined]:
    """Tables that the login may not read."""
    return (NotExamined(table, None, "no-permission", reason, blocking=True) for table, reason in schema.unreadable)


def routines(source: Database, schema: Schema) -> Mapping[str, str]:
    """The functions and procedures of the source by name, where its own tool gives them."""
    try:
        script = source.ddl(schema)
    except DatabaseError:
        # Their joins are evidence among others: without the tool, or the right to see them, there is less of it.
        return {}
    return {each.name: each.sql for each in script.statements if each.kind in ROUTINES} if script else {}


def look(
    snapshot: Snapshot,
    schema: Schema,
    options: Options,
    progress: Report = lambda _: None,
    control: Control | None = None,
) -> Looked:
    """A sample of every table."""
    tables = {}
    for table in schema.tables:
        if control is not None:
            control.check()
        progress(Progress("sample", table.name))
        tables[table.name] = sample_table(snapshot, table, options.rows)
    return Looked(schema, tables)


def judged(
    looked: Looked,
    options: Options | None = None,
    progress: Report = lambda _: None,
    control: Control | None = None,
) -> tuple[tuple[Finding, ...], tuple[NotExamined, ...]]:
    """A finding for every stored column, and what in their values was not read."""
    options, facts = options or Options(), tuple(all_facts(looked))
    progress(Progress("texts"))
    prose, unread = read_prose(facts, options.text_seconds, control, progress)
    findings, missed = [], list(unread)
    for each in facts:
        if control is not None:
            control.check()
        progress(Progress("judge", each.table.name))
        finding, unread = judge(each, prose.get((each.table.name, each.column.name)))
        findings.append(finding)
        missed += unread
    return tuple(findings), tuple(missed)


def judge(facts: ColumnFacts, inside: Inside | None = None) -> tuple[Finding, tuple[NotExamined, ...]]:
    """What one column holds; `inside`: what its prose does."""
    told = [*clues(facts), *(inside.clues if inside else ())]
    finding = with_form(facts, decide(facts, told))
    if inside is not None:
        finding = replace(finding, inside=inside.entities)
    documents = read_documents(facts)
    if documents.form is not None:
        finding = replace(finding, beyond=documents.beyond, partly=documents.partly)
        finding = _of_documents(finding, documents.paths)
    return finding, documents.not_examined


def _of_documents(finding: Finding, paths: Sequence[PathFinding]) -> Finding:
    """The finding of a column of documents: personal where one of its paths is."""
    personal = sorted((path for path in paths if path.entity is not None), key=lambda path: -path.probability)
    finding = replace(finding, paths=tuple(paths))
    if not personal or finding.entity is not None:
        return finding
    first = personal[0]
    evidence = tuple(f"{path.path}: {path.evidence[0]}" for path in personal if path.evidence)
    return replace(
        finding, entity=first.entity, probability=max(PERSONAL, first.probability), evidence=evidence, share=None
    )


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
