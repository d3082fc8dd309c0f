"""Preview: a few rows of a table before and after masking, read and never written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.database import Database, Read
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.schema import Schema
from engine.domains import DomainSpec
from engine.keys import MaskingKey
from engine.masking.keep import Keep
from engine.pipeline import compile_plan
from engine.plan import READ, Plan, Rule, TablePlan, Treatment
from engine.prepare import first_passes
from engine.problems import PlanError, Problem, Severity
from engine.subset.declared import declared

PREPARED_ROWS = 5000
"""Rows that stand for the whole table where a mask must know it."""


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """Rows of one table. Holds cell values: for the screen of a person who may see the source, and for nothing else."""

    table: TableName
    before: pa.RecordBatch
    after: pa.RecordBatch
    changed: npt.NDArray[np.bool_]
    """Shape (rows, columns): which cells differ."""


def preview(
    plan: Plan,
    source: Database,
    key: MaskingKey,
    table: TableName,
    rows: int = 10,
    agreed: Mapping[str, DomainSpec] | None = None,
    *,
    schema: Schema | None = None,
) -> Preview:
    """Mask the first rows of a table, as a run would. `agreed`: the domains beside the key. A mask that must know the whole column
    is shown knowing the table's first rows only. `schema`: the source's with the plan's keys, where it is known already.

    Raises PlanError for a table that the plan does not mask or copy.
    """
    schema = schema or declared(plan, source.describe())
    if table not in schema.by_name:
        raise ReadError(f"the source has no table {table}", table=table)
    pipeline = compile_plan(plan, schema, key, agreed)
    if pipeline.treatment(table) not in READ:
        reason = f"The plan gives this table the treatment {pipeline.treatment(table).value}: none of its rows is read."
        raise PlanError([Problem("no-rows", Severity.ERROR, reason, "Choose a table that is masked or copied.", table)])
    columns, derived = pipeline.reading(table, wire=False)
    with source.snapshot() as snapshot:
        batches = list(snapshot.read(Read(table, columns, derived, limit=rows)))
        pipeline = pipeline.prepared(
            first_passes(pipeline, snapshot, [pipeline.schema.table(table)], limit=PREPARED_ROWS)
        )
    if not batches:
        empty = pa.RecordBatch.from_pydict({column.name: pa.array([], pa.string()) for column in columns})
        return Preview(table, empty, empty, np.zeros((0, len(columns)), np.bool_))
    masked = pa.Table.from_batches([pipeline.mask(table, batch) for batch in batches])
    read = pa.Table.from_batches(batches).select(masked.schema.names)
    return Preview(table, _one(read), _one(masked), _changed(read, masked))


def table_alone(plan: Plan, schema: Schema, table: TableName) -> Plan:
    """The plan with the decisions of one table only, for who looks at it before the others are decided. What nobody has decided here
    stays as it is. Other tables keep their rules, since keys that refer to each other share a domain; none of their rows is read."""
    tables = {name: replace(each, treatment=Treatment.EMPTY) for name, each in plan.tables.items()}
    tables |= {name: TablePlan(Treatment.EMPTY) for name in schema.by_name if name not in tables}
    own = plan.tables.get(table, TablePlan(Treatment.MASK))
    tables[table] = replace(own, rules=(*(rule for rule in own.rules if rule.decided), *_kept(own, schema, table)))
    return replace(plan, tables=tables)


def undecided(plan: Plan, schema: Schema, table: TableName) -> tuple[str, ...]:
    """The table's columns that nobody has decided yet."""
    own = plan.tables.get(table, TablePlan(Treatment.MASK))
    known = {name for rule in own.rules if rule.decided for name in rule.columns}
    return tuple(column.name for column in schema.table(table).stored if column.name not in known)


def _kept(own: TablePlan, schema: Schema, table: TableName) -> list[Rule]:
    if own.treatment is not Treatment.MASK:
        return []
    open_ = set(undecided(Plan("", "", {table: own}), schema, table))
    return [Rule((name,), Keep(), "nobody has decided it") for name in sorted(open_)]


def cell(value: pa.Scalar) -> Any:
    """A value as Python has it; in words where it is a dialect's special date, for Python knows the years 1 to 9999 only."""
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return "outside the calendar"


def _one(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def _changed(before: pa.Table, after: pa.Table) -> npt.NDArray[np.bool_]:
    """Cell by cell in Python: a screenful of rows, of any type."""
    columns = [
        [left != right for left, right in zip(_values(before.column(name)), _values(after.column(name)), strict=True)]
        for name in after.schema.names
    ]
    return np.array(columns, np.bool_).reshape(len(columns), after.num_rows).T


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Moments as numbers, for Python knows no day outside of the years 1 to 9999."""
    if not pa.types.is_temporal(column.type):
        return list(column.to_pylist())
    return list(column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64()).to_pylist())
