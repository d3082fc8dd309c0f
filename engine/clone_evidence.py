"""The evidence of a clone: written when the run takes its target, and whole when it is complete."""

from __future__ import annotations

import time
from dataclasses import replace

from connectors.database import State
from connectors.names import TableName
from connectors.schema import Schema
from engine.build import Build
from engine.clone_run import Run
from engine.evidence import Evidence, TableEvidence, dumps, loads
from engine.jobs.events import now
from engine.pipeline import Pipeline
from engine.plan import Treatment, fingerprint
from engine.record import TableRecord
from engine.safety import Mode
from engine.versions import schema_fingerprint, versions
from engine.workspace import write_private


def told(run: Run) -> Evidence | None:
    """What this workspace has written down of the run; None where it never came to that."""
    file = run.folder.evidence
    return loads(file.read_text()) if file.exists() else None


def started(run: Run, build: Build) -> Evidence:
    """Evidence of a run without an end: which tables it writes."""
    tables = tuple(
        TableEvidence(name, build.names.get(name), plan.treatment.value) for name, plan in run.plan.tables.items()
    )
    return Evidence(
        run=run.id,
        state=State.LOADING.value,
        plan=run.plan.name,
        plan_fingerprint=fingerprint(run.plan),
        schema_fingerprint="",
        key=run.key.identifier,
        source=run.source.url,
        target=run.target.url,
        mode=(run.mode or Mode.NEW).value,
        snapshot=run.snapshot,
        ddl_tool=build.script.tool,
        strategy=run.strategy,
        versions=versions(),
        started=run.started,
        finished="",
        seconds=round(time.monotonic() - run.clock, 3),
        tables=tables,
        issues=tuple(run.issues),
        timings=dict(run.timings),
        subset=run.subset,
    )


def finished(run: Run, build: Build, schema: Schema, pipeline: Pipeline, records: list[TableRecord]) -> Evidence:
    """Evidence of everything but the mark in the target."""
    by_name = {record.name: record for record in records}
    tables = tuple(_table_evidence(run, build, pipeline, name, by_name.get(name)) for name in sorted(run.plan.tables))
    evidence = replace(
        started(run, build),
        tables=tables,
        schema_fingerprint=schema_fingerprint(schema),
        finished=now(),
    )
    return run.synthesis.told(evidence, run) if run.synthesis is not None else evidence


def _table_evidence(
    run: Run, build: Build, pipeline: Pipeline, name: TableName, record: TableRecord | None
) -> TableEvidence:
    plan = run.plan.tables[name]
    if record is None:
        return TableEvidence(name, build.names.get(name), plan.treatment.value)
    masked = {
        column: rule.masker.name
        for column in (pipeline.masked_columns(name) if plan.treatment is Treatment.MASK else ())
        if (rule := plan.rule(column)) is not None and rule.masker is not None
    }
    secret = run.key.derive("content digest")
    return TableEvidence(
        name,
        record.target,
        plan.treatment.value,
        rows=record.measures.rows,
        chunks=record.chunks,
        seconds=round(record.seconds, 3),
        masked=masked,
        kept={column: checksum.digest(secret) for column, checksum in record.measures.kept.items()},
        orphans={key.name: count for key, count in zip(record.foreign_keys, record.orphans, strict=True) if count},
        unchanged={column: m.unchanged_rows for column, m in record.measures.masked.items() if m.unchanged_rows},
    )


def save(run: Run, evidence: Evidence) -> None:
    write_private(run.workspace.run(run.id).evidence, dumps(evidence).encode())
