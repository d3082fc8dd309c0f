"""How much longer values are in a target than in their source: from some rows of each table, masked as a run masks them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.database import Read, Snapshot
from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.jobs.control import Progress, Report
from engine.keys import MaskingKey
from engine.masking.base import MaskError
from engine.pipeline import Pipeline, compile_plan
from engine.plan import Plan
from engine.prepare import first_passes
from engine.problems import PlanError

_SAMPLED = 1_000
"""Rows whose masked values are taken for those of all."""
_BYTES = np.array([1 << 7, 1 << 15, 1 << 23, 1 << 31, 1 << 47])
_WIDTHS = np.array([1, 2, 3, 4, 6, 8])
"""What SQLite stores a whole number in, up to these."""

Widths = Mapping[str, float]
"""Column -> the bytes that its masked values have more than those of the source, on the average of all rows."""


def lengthened(
    plan: Plan, schema: Schema, snapshot: Snapshot, key: MaskingKey, progress: Report = lambda _: None
) -> dict[TableName, Widths]:
    """Of the tables that a plan masks; nothing of a plan that is not finished, or of a table that its masks refuse."""
    try:
        pipeline = compile_plan(plan, schema, key)
    except PlanError:
        return {}
    found: dict[TableName, Widths] = {}
    masked = [table for table in pipeline.tables if pipeline.steps(table.name)]
    for number, table in enumerate(masked, 1):
        progress(Progress("sizes", table.name, total_rows=number, total_estimated=len(masked), unit="table"))
        found[table.name] = _of(pipeline, snapshot, table)
    return found


def _of(pipeline: Pipeline, snapshot: Snapshot, table: Table) -> Widths:
    looked_at = {name for step in pipeline.steps(table.name) for name in step.looked_at}
    columns, derived = pipeline.reading(table.name, wire=False)
    asked = tuple(column for column in columns if column.name in looked_at)
    batches = list(snapshot.read(Read(table.name, asked, derived, limit=_SAMPLED)))
    if not batches:
        return {}
    try:
        known = pipeline.prepared(first_passes(pipeline, snapshot, [table], limit=_SAMPLED))
        masked = pa.Table.from_batches([known.mask(table.name, batch) for batch in batches])
    except MaskError:
        return {}
    read, sqlite = pa.Table.from_batches(batches), pipeline.schema.dialect == "sqlite"
    return {
        name: _bytes(masked.column(name), sqlite) - _bytes(read.column(name), sqlite)
        for name in pipeline.masked_columns(table.name)
    }


def _bytes(column: pa.ChunkedArray, sqlite: bool) -> float:
    """On the average of all rows. Nothing where every value takes as much as any other."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        return float(pc.sum(pc.binary_length(column), min_count=0).as_py()) / len(column)
    if sqlite and pa.types.is_integer(column.type):
        values = np.abs(column.drop_null().cast(pa.int64(), safe=False).to_numpy())
        return float(_WIDTHS[np.searchsorted(_BYTES, values, side="right")].sum()) / len(column)
    return 0.0
