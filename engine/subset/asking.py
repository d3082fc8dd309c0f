"""How a foreign key is followed at least cost: for a batch of rows at a time, or once for all rows of the table and sifted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.names import TableName
from connectors.rows import RowIds, Size
from connectors.schema import Schema, Table
from engine.subset.edges import EffectiveEdge

ASKED_AT_ONCE = 50_000
"""Rows to leave from in one question, where indexes lead to what is reached."""
ASKED_PER_SCAN = 500_000
"""The same where the source reads a whole table to answer."""
MOST_SCANS = 2
"""Beyond so many scans for one step it is asked for all rows once."""


@dataclass(frozen=True, slots=True)
class Question:
    """How to ask for one step."""

    every: bool
    """For all rows of the table that is left from; what was not asked for is sifted out here."""
    rows: int
    """Else for so many at a time."""


def question(
    edge: EffectiveEdge, down: bool, frontier: int, schema: Schema, ids: RowIds, sizes: Mapping[TableName, Size]
) -> Question:
    """Linear in the frontier where the source has indexes for it, and never worse than a few scans."""
    source = edge.parent if down else edge.child
    scans = not ids.seekable or not indexed(schema, edge, down)
    rows = ASKED_PER_SCAN if scans else ASKED_AT_ONCE
    questions = -(-frontier // rows)
    most = questions > 1 and frontier * 2 >= sizes[source].rows
    return Question(most or (scans and questions > MOST_SCANS), rows)


def indexed(schema: Schema, edge: EffectiveEdge, down: bool) -> bool:
    """Does an index lead from one end's row to those of the other?"""
    if down:
        return bool(edge.key.columns) and _leads(schema.table(edge.child), edge.key.columns)
    return _leads(schema.table(edge.parent), edge.key.parent_columns)


def _leads(table: Table, columns: tuple[str, ...]) -> bool:
    uniques = [unique.columns for unique in table.uniques if not unique.where and not unique.expression]
    every = [*uniques, *(index.columns for index in table.indexes)]
    return any(set(found[: len(columns)]) == set(columns) for found in every)
