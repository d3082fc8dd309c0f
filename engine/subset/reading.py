"""Read what a selection names of a table, as a plain read of the table would give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from connectors.database import Chunk, Read, Snapshot
from connectors.errors import SnapshotLost
from connectors.names import TableName
from connectors.schema import ForeignKey, Table
from engine.subset.selection import Selection

ASKED_AT_ONCE = 20_000
"""Ids in one question to the source."""


@dataclass(frozen=True, slots=True)
class SelectedRows:
    """One table of a selection, and what of its rows is left out."""

    selection: Selection
    table: Table

    @property
    def rows(self) -> int:
        return self.selection.tables[self.table.name].rows

    def chunks(self, rows: int) -> list[Chunk]:
        """The selected rows in parts of so many. A bound is a number in the selection's order."""
        stops = range(0, self.rows, rows)
        return [
            Chunk(self.table.name, ordinal, (start,), (min(start + rows, self.rows),), physical=True)
            for ordinal, start in enumerate(stops)
        ]

    def read(self, snapshot: Snapshot, request: Read) -> Iterator[pa.RecordBatch]:
        """Batches of the request's chunk (without one: of every selected row), foreign keys without their parent set NULL."""
        self._refuse_rewritten(snapshot)
        nulled = self._nulled_keys()
        start, stop = self._bounds(request.chunk)
        request = replace(request, chunk=None, identified=bool(nulled))
        for ids in self.selection.batches(self.table.name, start, stop, ASKED_AT_ONCE):
            for batch in snapshot.read(replace(request, among=ids)):
                yield self._without_parents(batch, ids.num_columns, nulled) if nulled else batch

    def _refuse_rewritten(self, snapshot: Snapshot) -> None:
        if snapshot.row_ids(self.table.name).files != self.selection.tables[self.table.name].files:
            raise SnapshotLost(
                f"{self.table.name} was rewritten after its rows were selected (VACUUM FULL, CLUSTER, TRUNCATE or ALTER TABLE)"
            )

    def _bounds(self, chunk: Chunk | None) -> tuple[int, int]:
        if chunk is None or chunk.lower is None or chunk.upper is None:
            return 0, self.rows
        return chunk.lower[0], chunk.upper[0]

    def _nulled_keys(self) -> Sequence[ForeignKey]:
        counts = self.selection.tables[self.table.name].nulled
        return [key for key in self.table.foreign_keys if counts.get(key.name)]

    def _without_parents(self, batch: pa.RecordBatch, width: int, keys: Sequence[ForeignKey]) -> pa.RecordBatch:
        # By place, since a column of the table may be called as one of the id's.
        ids = pa.Table.from_arrays(batch.columns[:width], schema=pa.schema(list(batch.schema)[:width]))
        fields, arrays = list(batch.schema)[width:], batch.columns[width:]
        places = {field.name: place for place, field in enumerate(fields)}
        for key in keys:
            lost = self.selection.nulled(self.table.name, key.name, ids)
            for name in nullable(self.table, key):
                if name in places:
                    arrays[places[name]] = emptied(arrays[places[name]], lost)
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, batch.schema.metadata))


def nullable(table: Table, key: ForeignKey) -> tuple[str, ...]:
    """The key's columns that take NULL: one NULL part and nothing is referred to (MATCH SIMPLE)."""
    return tuple(name for name in key.columns if table.column(name).nullable)


def emptied(values: pa.Array, where: pa.BooleanArray) -> pa.Array:
    """The values, NULL where the mask is true."""
    return pc.if_else(where, pa.scalar(None, values.type), values)


def of(selection: Selection | None, table: Table) -> SelectedRows | None:
    """The table's part of a selection; None where all of its rows are read."""
    if selection is None or selection.tables[table.name].whole:
        return None
    return SelectedRows(selection, table)


def batches(selection: Selection | None, table: Table, snapshot: Snapshot, request: Read) -> Iterator[pa.RecordBatch]:
    """What a request gives of a table under a selection, if there is one."""
    part = of(selection, table)
    return snapshot.read(request) if part is None else part.read(snapshot, request)


def orphans(selection: Selection | None, table: TableName, key: str) -> int | None:
    """Selected rows without a parent in the source; None where the source must be asked."""
    if selection is None or selection.tables[table].whole:
        return None
    return selection.tables[table].orphans.get(key, 0)
