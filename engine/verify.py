"""Verify: count a finished target again and hold it against what the run measured while it read.

The live source has moved on, so it is asked only where the run's record is not in this workspace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from connectors.database import Audit, Database, Form, Marker, Read, ReadColumn, Snapshot, State
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import ForeignKey, Kind, Schema, Table, Unique
from engine.build import target_name
from engine.checksums import Canon
from engine.column_domains import ColumnName
from engine.domains import DomainSpec
from engine.evidence import Evidence, TableEvidence, loads
from engine.jobs.control import Control, Progress
from engine.keys import MaskingKey
from engine.masking.base import Subject
from engine.plan import Plan, Treatment, fingerprint
from engine.record import (
    Measures,
    Measuring,
    TableRecord,
    Watched,
    record_key,
)
from engine.record_store import RecordStore
from engine.residual import residuals
from engine.safety import JOINING, Mode
from engine.sealed import SealError
from engine.subjects import all_subjects
from engine.verify_live import measured_now
from engine.verify_overlap import Exposure, exposure
from engine.verify_report import TableReport, VerifyReport
from engine.workspace import Workspace

RECORD, LIVE = "record of the run", "the source as it is now"
RESIDUAL_SECONDS, RESIDUAL_SHARE = 20.0, 0.2
"""How long the residual scan may take: at least so many seconds, else that part of the time that counting took."""
_READ = (Treatment.MASK, Treatment.COPY, Treatment.PUBLIC)


class NothingToCompare(DatabaseError):
    """There is neither a record of the run nor a source."""


@dataclass(frozen=True)
class _Sides:
    """What every table's check needs."""

    plan: Plan
    key: MaskingKey
    target: Schema
    audit: Audit
    snapshot: Snapshot
    names: Mapping[TableName, TableName]
    """Where each of the source's tables went."""
    control: Control
    subjects: Mapping[ColumnName, Subject]
    """Of the target's columns, as wide as their domains."""
    joined: Mapping[TableName, TableEvidence] = field(default_factory=dict)
    """What was written of each table whose rows joined others."""
    made: Mapping[TableName, int] = field(default_factory=dict)
    """Rows that were made for each synthesised table."""


def verify(
    plan: Plan,
    target: Database,
    key: MaskingKey,
    *,
    workspace: Workspace,
    source: Database | None = None,
    run_id: str | None = None,
    live: bool = False,
    agreed: Mapping[str, DomainSpec] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    control: Control | None = None,
) -> VerifyReport:
    """Check a target. With `live`, or without the run's record, it is compared with the source as it is now. `agreed`: the domains
    beside the key, whose width says how many values may be equal by chance.

    Raises NothingToCompare where there is neither a record nor a source.
    """
    started, control = time.monotonic(), control or Control()
    described = target.describe()
    marker = _marker(target)
    run = run_id or (marker.run if marker else None)
    records = None if live or run is None else _recorded(plan, workspace, run, key)
    compared_with = RECORD if records is not None else LIVE
    if records is None:
        if source is None:
            raise NothingToCompare(
                "the record of the run is not in this workspace, and no source was given: add --source"
            )
        records = measured_now(plan, source, target, described, key, workspace, agreed, control, progress)
    reports = []
    with target.audit() as audit, target.snapshot() as snapshot:
        told = _told(workspace, run)
        names = _names(plan, told, described)
        subjects = _subjects(plan, described, names, agreed)
        joined = {table.name: table for table in told.tables} if told is not None and Mode(told.mode) in JOINING else {}
        sides = _Sides(plan, key, described, audit, snapshot, names, control, subjects, joined, _made(told))
        for name in sorted(plan.tables):
            if plan.tables[name].treatment is not Treatment.DROP:
                progress(Progress("verify", name))
                reports.append(_table(sides, name, records.get(name)))
        progress(Progress("residual"))
        bound = max(RESIDUAL_SECONDS, RESIDUAL_SHARE * (time.monotonic() - started))
        found = residuals(plan, key, described, snapshot, names, records, control, bound)
    others = tuple(_whole(plan, described, records, marker, run_id, joined))
    return VerifyReport(run, compared_with, tuple(reports), round(time.monotonic() - started, 3), others, found)


def _marker(target: Database) -> Marker | None:
    with target.target() as session:
        return session.marker()


def _told(workspace: Workspace, run: str | None) -> Evidence | None:
    """What the run wrote down; None where that is not here."""
    if run is None or not workspace.has_run(run) or not workspace.run(run).evidence.exists():
        return None
    return loads(workspace.run(run).evidence.read_text())


def _made(told: Evidence | None) -> dict[TableName, int]:
    tables = told.tables if told is not None else ()
    return {table.name: table.rows for table in tables if table.treatment == Treatment.SYNTHESIZE}


def _names(plan: Plan, told: Evidence | None, described: Schema) -> dict[TableName, TableName]:
    """Where each table of the plan is in the target: as the run wrote it down, else as the plan maps schemas."""
    names = {name: target_name(plan, name, described.default_schema) for name in plan.tables}
    if told is not None:
        names |= {table.name: table.target for table in told.tables if table.target is not None}
    return names


def _recorded(plan: Plan, workspace: Workspace, run: str, key: MaskingKey) -> dict[TableName, TableRecord] | None:
    """What the run measured of every table that it read; None where that is not here. Raises under another key."""
    if not workspace.has_run(run):
        return None
    store = RecordStore(workspace.run(run), run, key)
    records = {}
    try:
        for name, table in plan.tables.items():
            if table.treatment in _READ and (record := store.table(name)) is not None:
                records[name] = record
    except SealError:
        raise NothingToCompare(
            f"the record of run {run} was sealed under another masking key than {key.name!r}"
        ) from None
    read = any(table.treatment in _READ for table in plan.tables.values())
    return records if records or not read else None


def _whole(
    plan: Plan,
    described: Schema,
    records: Mapping[TableName, TableRecord],
    marker: Marker | None,
    run_id: str | None,
    joined: Mapping[TableName, TableEvidence],
) -> Iterator[str]:
    if marker is None:
        yield "the target carries no mark of a run of ours"
    elif marker.state is not State.COMPLETE:
        yield f"the target is not complete: run {marker.run} left it {marker.state.value}"
    elif marker.fingerprint != fingerprint(plan):
        yield f"the target was made by run {marker.run} under another version of the plan"
    if marker is not None and run_id is not None and marker.run != run_id:
        yield f"the target holds run {marker.run}, not run {run_id}"
    for name, table in plan.tables.items():
        if table.treatment is Treatment.DROP and name in described.by_name and name not in records and not joined:
            yield f"{name} is in the target, and the plan drops it"


def _table(sides: _Sides, name: TableName, record: TableRecord | None) -> TableReport:
    treatment = sides.plan.tables[name].treatment
    table = sides.target.by_name.get(record.target if record else sides.names[name])
    if table is None:
        rows = record.measures.rows if record else 0
        return TableReport(name, treatment.value, rows, 0, missing=True)
    report = _counted(sides, name, table, record)
    report = _compared(sides, table, record, report) if record is not None else report
    return _beside(sides.joined[name], report) if name in sides.joined else report


def _beside(written: TableEvidence, report: TableReport) -> TableReport:
    """The report of a table whose rows joined others: what was there before, and what testers have added since, is no fault."""
    counts = written.merged
    rows = sum(counts.get(word, 0) for word in ("inserted", "updated", "kept"))
    orphans = {label: written.orphans_left.get(label, count) for label, count in report.orphans_source.items()}
    return replace(report, at_least=rows, kept={}, orphans_source=orphans)


def _counted(sides: _Sides, name: TableName, table: Table, record: TableRecord | None) -> TableReport:
    """What the target's database counts by itself."""
    ask = _Asking(sides.control)
    keys = _keys(sides, table, record)
    orphans = {
        label: ask(f"the foreign key {label}", partial(sides.audit.orphans, table.name, key))
        for label, key in keys.items()
    }
    duplicates = [
        ask(f"the unique key {unique.name}", partial(sides.audit.duplicates, table.name, unique))
        for unique in _uniques(table, record)
    ]
    failed = [
        ask(f"the CHECK {check.name}", partial(sides.audit.failures, table.name, check))
        for check in table.checks
        if check.validated
    ]
    known = {key.name: count for key, count in zip(record.foreign_keys, record.orphans, strict=True)} if record else {}
    return TableReport(
        name=name,
        treatment=sides.plan.tables[name].treatment.value,
        rows_source=_expected(sides, name, record),
        rows_target=ask("the number of rows", partial(sides.audit.count, table.name)),
        orphans_source={label: known.get(label, 0) for label in keys},
        orphans_target=orphans,
        duplicates=sum(duplicates),
        checks_failed=sum(failed),
        notes=tuple(ask.notes),
    )


def _expected(sides: _Sides, name: TableName, record: TableRecord | None) -> int | None:
    """Rows that were read or made; None where nobody knows."""
    if record is not None:
        return record.measures.rows
    if sides.plan.tables[name].treatment is Treatment.SYNTHESIZE:
        return sides.made.get(name)
    return None if sides.plan.tables[name].treatment in _READ else 0


class _Asking:
    """Asks counting questions; one that the database cannot answer becomes a note."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.notes: list[str] = []

    def __call__(self, what: str, count: Callable[[], int]) -> int:
        self._control.check()
        try:
            return count()
        except DatabaseError as error:
            self.notes.append(f"{what} could not be checked: {error}")
            return 0


def _keys(sides: _Sides, table: Table, record: TableRecord | None) -> dict[str, ForeignKey]:
    """The foreign keys of the source as far as the target has both tables, else those of the target itself, by name."""
    if record is None:
        return {key.name: key for key in table.foreign_keys}
    found = {}
    for key in record.foreign_keys:
        parent = sides.names.get(key.parent)
        if parent is not None and parent in sides.target.by_name:
            found[key.name] = replace(key, parent=parent)
    return found


def _uniques(table: Table, record: TableRecord | None) -> list[Unique]:
    """The unique keys of both sides. One over an expression cannot be counted by its columns; its index proves it."""
    own = [unique for unique in table.uniques if not unique.expression]
    counted = {unique.columns for unique in own if not unique.where}
    names = {column.name for column in table.columns}
    recorded = record.uniques if record is not None else ()
    return [*own, *(key for key in recorded if key.columns not in counted and names.issuperset(key.columns))]


def _compared(sides: _Sides, table: Table, record: TableRecord, report: TableReport) -> TableReport:
    """Read the target's table in the form in which the source's was read, and compare."""
    names = [name for name in record.canons if name in {column.name for column in table.columns}]
    found = _measured(sides, table, record, names)
    rules = sides.plan.tables[record.name]
    exposures: dict[str, Exposure] = {}
    for name, masked in record.measures.masked.items():
        rule = rules.rule(name)
        if name in found.masked and rule is not None and rule.masker is not None:
            subject = _as_masked(sides.subjects[table.name, name], record, name)
            exposures[name] = exposure(rule.masker, subject, masked, found.masked[name].source)
    kept = {name: found.kept.get(name) == checksum for name, checksum in record.measures.kept.items()}
    return replace(report, exposures=exposures, kept=kept)


def _as_masked(subject: Subject, record: TableRecord, name: str) -> Subject:
    """The target's column with the width that the masker went by, which says how much is equal by chance."""
    if name not in record.widths or subject.column.kind is not Kind.INTEGER:
        return replace(subject, table=record.name)
    column = replace(subject.column, precision=record.widths[name], unsigned=False)
    return replace(subject, table=record.name, column=column)


def _measured(sides: _Sides, table: Table, record: TableRecord, names: list[str]) -> Measures:
    if not names:
        return Measures()
    columns = tuple(
        Watched(table.column(n), record.canons[n], kept=n in record.measures.kept, shortest=record.shortest.get(n, 1))
        for n in names
    )
    forms = {name: Form.WIRE if record.canons[name] is Canon.WIRE else Form.ARROW for name in names}
    measuring = Measuring(record_key(sides.key), columns)
    for batch in sides.snapshot.read(Read(table.name, tuple(ReadColumn(name, forms[name]) for name in names))):
        sides.control.check()
        measuring.observe(batch)
    return measuring.measures()


def _subjects(
    plan: Plan, target: Schema, names: Mapping[TableName, TableName], agreed: Mapping[str, DomainSpec] | None
) -> dict[ColumnName, Subject]:
    """The target's columns as their maskers were told of them."""
    there = replace(plan, tables={names.get(name, name): table for name, table in plan.tables.items()})
    return all_subjects(there, target, agreed=agreed)
