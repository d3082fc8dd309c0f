"""The first pass: what a masker must know of a whole column or table before a row of it is masked.

One reading of a table serves all its rules. What is found may hold cell values (bounds, means, totals), so it is kept sealed in the
run's folder until the run ends, and a resumed run masks with what its first attempt has found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.names import TableName
from connectors.schema import Table
from engine.jobs.control import Control, Progress
from engine.load_crew import Stop
from engine.load_pace import Gate
from engine.masking.base import FirstPass, MaskError
from engine.pace import Pace
from engine.pipeline import Pipeline, Step, ancestors
from engine.problems import PlanError, Problem, Severity
from engine.record_store import RecordStore
from engine.safety import Refused
from engine.snapshots import Moment
from engine.subset.reading import batches
from engine.subset.selection import Selection

USUAL = Pace()
Found = Mapping[tuple[TableName, str], pa.Table]
"""By table and the first column of the rule."""


def prepared(
    pipeline: Pipeline,
    moment: Moment,
    store: RecordStore,
    *,
    begun: bool,
    progress: Callable[[Progress], None],
    control: Control,
    pace: Pace = USUAL,
    selection: Selection | None = None,
) -> Pipeline:
    """The pipeline with what its first passes find, read at this pace.

    `begun`: the target holds rows that were masked with what an earlier attempt of this run has found, and that is taken again. Raises
    Refused where it is lost."""
    if not needs_first_pass(pipeline):
        return pipeline
    if begun:
        return pipeline.prepared(_kept(pipeline, store))
    gate = Gate(pace, control, lambda why: progress(Progress(why)))
    with moment.reader() as snapshot:
        found = first_passes(pipeline, snapshot, pipeline.tables, progress=progress, gate=gate, selection=selection)
    for (table, column), content in found.items():
        store.save_prepared(table, column, _to_bytes(content))
    return pipeline.prepared(found)


def first_passes(
    pipeline: Pipeline,
    snapshot: Snapshot,
    tables: Sequence[Table],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    gate: Gate | None = None,
    limit: int | None = None,
    selection: Selection | None = None,
) -> Found:
    """Read each of these tables that has a masker with a first pass, once, as fast as the gate lets rows through. `limit`: only its
    first rows, for a preview. `selection`: only the rows that will be masked.

    Raises PlanError with all columns that turn out not to be what their masks need."""
    found: dict[tuple[TableName, str], pa.Table] = {}
    problems: list[Problem] = []
    gate, stop = gate or Gate(USUAL, Control(), lambda _: None), Stop()
    for table in tables:
        passes = list(_passes(pipeline, table.name))
        if passes:
            gate.before_chunk(stop)
        rows = 0
        request = _read(table.name, [step for step, _ in passes], limit, gate.batch_rows)
        for batch in batches(selection, table, snapshot, request) if passes else ():
            rows += batch.num_rows
            progress(Progress("prepare", table.name, rows, table.estimated_rows))
            _observe(batch, passes)
            gate.after_batch(batch.num_rows, stop)
        for step, first in passes:
            try:
                found[table.name, step.rule.columns[0]] = first.found()
            except MaskError as error:
                problems.append(
                    Problem(error.code, Severity.ERROR, error.reason, error.remedy, error.table, error.column)
                )
    if problems:
        raise PlanError(problems)
    return found


def needs_first_pass(pipeline: Pipeline) -> bool:
    """Has any table a masker that must know it whole?"""
    return any(True for table in pipeline.tables for _ in _passes(pipeline, table.name))


def _passes(pipeline: Pipeline, table: TableName) -> Iterator[tuple[Step, FirstPass]]:
    for step in pipeline.steps(table):
        if (first := step.first_pass()) is not None:
            yield step, first


def _read(table: TableName, steps: Sequence[Step], limit: int | None, batch_rows: int | None) -> Read:
    """Only the columns that the passes look at."""
    names = sorted({name for step in steps for name in step.looked_at})
    request = Read(table, tuple(ReadColumn(name, Form.ARROW) for name in names), ancestors(steps), limit=limit)
    return request if batch_rows is None else replace(request, batch_rows=min(batch_rows, request.batch_rows))


def _observe(batch: pa.RecordBatch, passes: Sequence[tuple[Step, FirstPass]]) -> None:
    source = dict(zip(batch.schema.names, batch.columns, strict=True))
    for step, first in passes:
        first.observe(batch.select(list(step.rule.columns)), step.context(source, batch.schema))


def _kept(pipeline: Pipeline, store: RecordStore) -> Found:
    found = {}
    for table in pipeline.tables:
        for step, _ in _passes(pipeline, table.name):
            content = store.prepared(table.name, step.rule.columns[0])
            if content is None:
                raise Refused(
                    f"this workspace does not know what the interrupted run has found in {table.name}: "
                    "start again with `--mode new`",
                    code="record-missing",
                )
            found[table.name, step.rule.columns[0]] = _from_bytes(content)
    return found


def _to_bytes(found: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as writer:
        writer.write_table(found)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _from_bytes(content: bytes) -> pa.Table:
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()
