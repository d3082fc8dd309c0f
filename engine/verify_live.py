"""The source as it is now, read and measured as a run would read it: what a target is compared with where no record is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.database import Database, Read, Snapshot
from connectors.names import TableName
from connectors.schema import ForeignKey, Schema, Table
from engine.build import planned_schema, target_names
from engine.domains import DomainSpec
from engine.jobs.control import Control, Progress
from engine.keys import MaskingKey
from engine.load_pace import Gate
from engine.pace import Pace
from engine.pipeline import Pipeline, compile_plan
from engine.plan import Plan, selects
from engine.prepare import first_passes
from engine.record import Measuring, TableRecord, plain_uniques, record_key, shortest_told, watched, widths
from engine.subset.declared import declared
from engine.subset.reading import batches, orphans
from engine.subset.selecting import select
from engine.subset.selection import Selection
from engine.workspace import Workspace


def measured_now(
    plan: Plan,
    source: Database,
    target: Database,
    described: Schema,
    key: MaskingKey,
    workspace: Workspace,
    agreed: Mapping[str, DomainSpec] | None,
    control: Control,
    progress: Callable[[Progress], None],
) -> dict[TableName, TableRecord]:
    """Read and measure the source as a run would, without writing."""
    schema = declared(plan, source.describe())
    pipeline = compile_plan(plan, schema, key, agreed)
    names = target_names(plan, planned_schema(plan, schema), described.default_schema)
    records = {}
    with source.snapshot() as snapshot, _selected(plan, schema, snapshot, key, workspace, control) as selection:
        gate = Gate(Pace(), control, lambda _: None)
        found = first_passes(pipeline, snapshot, pipeline.tables, progress=progress, gate=gate, selection=selection)
        pipeline = pipeline.prepared(found)
        for table in pipeline.tables:
            progress(Progress("measure", table.name))
            wire = source.dialect == target.dialect and _same_types(table, described.by_name.get(names[table.name]))
            records[table.name] = _measure(pipeline, snapshot, table, names[table.name], key, wire, control, selection)
    return records


def _same_types(table: Table, there: Table | None) -> bool:
    types = {column.name: (column.native, column.collation) for column in there.columns} if there else {}
    return all(types.get(column.name) == (column.native, column.collation) for column in table.stored)


def _measure(
    pipeline: Pipeline,
    snapshot: Snapshot,
    table: Table,
    target: TableName,
    key: MaskingKey,
    wire: bool,
    control: Control,
    selection: Selection | None,
) -> TableRecord:
    columns, derived = pipeline.reading(table.name, wire=wire)
    seen = watched(pipeline, table, wire=wire)
    measuring = Measuring(record_key(key), seen)
    for batch in batches(selection, table, snapshot, Read(table.name, columns, derived)):
        control.check()
        measuring.observe(batch, pipeline.mask(table.name, batch))
    lost = tuple(_orphans(snapshot, selection, table, foreign) for foreign in table.foreign_keys)
    canons = {column.column.name: column.canon for column in seen}
    return TableRecord(
        table.name, target, wire, measuring.measures(), canons, table.foreign_keys, plain_uniques(table), lost,
        shortest=shortest_told(seen), widths=widths(pipeline, table),
    )  # fmt: skip


@contextmanager
def _selected(
    plan: Plan, schema: Schema, snapshot: Snapshot, key: MaskingKey, workspace: Workspace, control: Control
) -> Iterator[Selection | None]:
    if not selects(plan):
        yield None
        return
    with (
        TemporaryDirectory(prefix="subset-", dir=workspace.folder) as folder,
        select(plan, schema, snapshot, key, Path(folder), control=control) as selection,
    ):
        yield selection


def _orphans(snapshot: Snapshot, selection: Selection | None, table: Table, key: ForeignKey) -> int:
    counted = orphans(selection, table.name, key.name)
    return snapshot.orphans(table.name, key) if counted is None else counted
