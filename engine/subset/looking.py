"""Look at a plan's subset before anything is loaded: how much it is, and why one row is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pyarrow as pa

from connectors.database import Database, Snapshot
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.rows import Rows
from connectors.schema import Schema
from connectors.sql import chunk_key
from engine.check import standing
from engine.check_coverage import meant
from engine.check_declared import declared_keys
from engine.check_subset import subset as subset_problems
from engine.check_view import View
from engine.jobs.control import Control, Report
from engine.keys import MaskingKey
from engine.order import parents_first
from engine.plan import READ, Plan
from engine.problems import PlanError, Problem, Severity, errors
from engine.subset.declared import declared, expression_keys
from engine.subset.edges import EffectiveEdge, effective_edges
from engine.subset.estimate import estimate, fitting
from engine.subset.footprint import Longer, footprints
from engine.subset.report import SubsetReport
from engine.subset.roots import Asking
from engine.subset.selecting import select, selected
from engine.subset.spec import Key, Subset
from engine.subset.trial import condition_issues
from engine.subset.why import Link
from engine.subset.widths import lengthened


@dataclass(frozen=True, slots=True)
class Estimated:
    """A subset as it is reckoned from the sizes of tables; in the order of the load."""

    rows: Mapping[TableName, int]
    source_rows: Mapping[TableName, int]
    bytes: int


@dataclass(frozen=True, slots=True)
class Step:
    """A row on the way from the one that was asked about to one that was selected for its own sake."""

    link: Link
    key: Mapping[str, str | None] | None
    """Column -> value, of the table's key; None where it has none, or where any row of a whole table is meant."""


def estimated(
    plan: Plan, source: Database, key: MaskingKey, folder: Path, progress: Report = lambda _: None
) -> Estimated:
    """How many rows there will be, about: only the roots are counted. Raises PlanError, ReadError."""
    with _looked_at(plan, source) as (schema, snapshot):
        longer = partial(lengthened, plan, schema, snapshot, key, progress)
        return _estimated(plan, schema, snapshot, key, folder, longer)


def exact(
    plan: Plan, source: Database, key: MaskingKey, folder: Path, progress: Report, control: Control | None = None
) -> tuple[Estimated, SubsetReport]:
    """How many rows there are at this moment, beside the estimate. Raises PlanError, ReadError, Cancelled."""
    with _looked_at(plan, source) as (schema, snapshot):
        # Prose is read by a language model for this: once for both.
        longer = cache(partial(lengthened, plan, schema, snapshot, key, progress))
        guess = _estimated(plan, schema, snapshot, key, folder, longer)
        with select(
            plan, schema, snapshot, key, folder, progress=progress, control=control, longer=longer
        ) as selection:
            return guess, selection.report


def why(
    plan: Plan,
    source: Database,
    key: MaskingKey,
    folder: Path,
    table: TableName,
    row: Key,
    progress: Report,
    control: Control | None = None,
) -> list[Step]:
    """The chain from this row to one that was selected for its own sake; empty where the row is not selected.

    Raises PlanError, Cancelled, and ReadError where the table has no such row."""
    with _looked_at(plan, source) as (schema, snapshot):
        columns = _key_columns(schema, table, row)
        ids = _ids(snapshot, Rows(table, key_columns=columns, keys=(row,)))
        if not ids.num_rows:
            raise ReadError(f"{table}: no row has this key", table=table)
        # How long rows become decides on them where the plan names a size, and nowhere else.
        longer = dict if selected(plan).size is None else None
        with select(
            plan, schema, snapshot, key, folder, progress=progress, control=control, longer=longer
        ) as selection:
            return [_step(schema, snapshot, link) for link in selection.chain(table, ids)]


@contextmanager
def _looked_at(plan: Plan, source: Database) -> Iterator[tuple[Schema, Snapshot]]:
    """The source at one moment, where the plan's subset fits it."""
    schema = declared(plan, source.describe())
    view = View(plan, schema)
    problems = errors(standing(plan, [*subset_problems(view), *declared_keys(view)]))
    refused = () if problems else condition_issues(plan, schema, source)
    found = [*problems, *(Problem(i.code, Severity.ERROR, i.message, i.remedy, i.table) for i in refused)]
    if found:
        raise PlanError(found)
    with source.snapshot() as snapshot:
        yield schema, snapshot


def _edges(plan: Plan, schema: Schema, subset: Subset) -> tuple[EffectiveEdge, ...]:
    tables = [name for name, of in plan.tables.items() if of.treatment in READ]
    roots = {root.table for root in subset.roots} | ({plan.clone.table} if plan.clone else set())
    return effective_edges(schema, subset, tables, roots, expression_keys(plan, schema))


def _estimated(
    plan: Plan, schema: Schema, snapshot: Snapshot, key: MaskingKey, folder: Path, longer: Longer
) -> Estimated:
    subset = selected(plan)
    kept = [table for table in parents_first(schema.tables) if _has_rows(plan, table.name)]
    filled = Schema(schema.dialect, schema.default_schema, tuple(kept))
    taken = footprints(filled, snapshot, folder / "estimate", longer=longer)
    roots = _roots(plan, subset, schema, snapshot, key)
    edges = _edges(plan, schema, subset)
    rows = {table.name: taken.sizes[table.name].rows for table in kept}
    if subset.size is not None:
        found = fitting(edges, taken, roots, subset.whole, subset.size)
    else:
        found = estimate(edges, rows, roots, subset.whole)
    return Estimated({table.name: found[table.name] for table in kept}, rows, taken.of(found))


def _has_rows(plan: Plan, name: TableName) -> bool:
    return name in plan.tables and plan.tables[name].treatment in READ


def _roots(plan: Plan, subset: Subset, schema: Schema, snapshot: Snapshot, key: MaskingKey) -> dict[TableName, int]:
    """Rows that are asked for in each table."""
    counted: dict[TableName, int] = {}
    for entry in subset.roots:
        asked = Asking(entry, schema.table(entry.table), snapshot, key, subset.seed, plan.folder)
        counted[entry.table] = counted.get(entry.table, 0) + sum(ids.num_rows for ids in asked.ids())
    return counted


def _key_columns(schema: Schema, name: TableName, row: Key) -> tuple[str, ...]:
    """The columns of the table's key. Raises ReadError where there is none, or one of another number of columns."""
    if name not in schema.by_name:
        near = meant(str(name), [str(known) for known in schema.by_name])
        raise ReadError(f"{name}: the source has no such table.{near}".rstrip("?."), table=name)
    columns = chunk_key(schema.table(name))
    if not columns:
        raise ReadError(
            f"{name}: the table has no primary key and no unique key without NULLs to name a row by", table=name
        )
    if len(columns) != len(row):
        raise ReadError(f"{name}: its key is ({', '.join(columns)}): give {len(columns)} values, as in CSV", table=name)
    return columns


def _ids(snapshot: Snapshot, request: Rows) -> pa.Table:
    schema = snapshot.row_ids(request.table).schema()
    return pa.Table.from_batches(list(snapshot.rows(request)), schema).slice(0, 1)


def _step(schema: Schema, snapshot: Snapshot, link: Link) -> Step:
    columns = chunk_key(schema.table(link.table))
    if link.id is None or not columns:
        return Step(link, None)
    batches = list(snapshot.rows(Rows(link.table, columns=columns, among=link.id)))
    row = pa.Table.from_batches(batches).select(list(columns)).slice(0, 1).to_pylist()[0]
    return Step(link, {name: None if value is None else str(value) for name, value in row.items()})
