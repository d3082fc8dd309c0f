"""Parts of a pipeline: the rules of a few columns alone, or all rules under another key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa

from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.names import TableName
from connectors.schema import Table
from engine.keys import MaskingKey
from engine.pipeline import Pipeline, Step, ancestors
from engine.subset.reading import batches
from engine.subset.selection import Selection


def narrowed(pipeline: Pipeline, table: TableName, columns: Collection[str]) -> Pipeline:
    """The rules that give these columns their values, and nothing of the other tables."""
    needed, kept = set(columns), []
    for step in reversed(pipeline.steps(table)):
        if needed & set(step.rule.columns):
            kept.append(step)
            needed |= set(step.rule.from_)
    return with_steps(pipeline, {table: tuple(reversed(kept))})


def with_steps(pipeline: Pipeline, steps: Mapping[TableName, tuple[Step, ...]]) -> Pipeline:
    """The pipeline with other rules. It counts unknown JSON paths on its own account."""
    return Pipeline(pipeline.plan, pipeline.schema, steps, pipeline.subjects, pipeline.domains)


def under(pipeline: Pipeline, table: TableName, key: MaskingKey) -> Pipeline:
    """The rules of one table under another key: other people, in the same domains."""
    steps = tuple(
        replace(
            step,
            key=key.domain(step.key.name),
            keys=key,
            by_key=key.domain(step.by_key.name) if step.by_key is not None else None,
        )
        for step in pipeline.steps(table)
    )
    return with_steps(pipeline, {table: steps})


def request(pipeline: Pipeline, table: TableName, columns: Collection[str]) -> Read:
    """What to read for these columns to be masked."""
    looked_at = set(columns) | {name for step in pipeline.steps(table) for name in step.looked_at}
    asked = tuple(
        ReadColumn(column.name, Form.ARROW)
        for column in pipeline.schema.table(table).stored
        if column.name in looked_at
    )
    return Read(table, asked, ancestors(pipeline.steps(table)))


def masked_values(
    pipeline: Pipeline, table: Table, column: str, snapshot: Snapshot, selection: Selection
) -> Iterator[pa.Array]:
    """What a column holds in the target, as far as its selected rows go there as they are."""
    narrow = narrowed(pipeline, table.name, (column,))
    for batch in batches(selection, table, snapshot, request(narrow, table.name, (column,))):
        masked = narrow.mask(table.name, batch)
        yield masked.column(masked.schema.get_field_index(column))
