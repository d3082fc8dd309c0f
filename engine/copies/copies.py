"""The copies of a run: which chunks they travel in, and what each row of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.database import Chunk, Read, Snapshot
from connectors.names import TableName
from connectors.schema import Table
from engine.copies.drawn import Drawing, KeyOf
from engine.copies.entity import OwnedRows
from engine.copies.narrow import narrowed, under
from engine.copies.renewal import UNTOUCHED, Moves, Renewal
from engine.copies.renumbering import numbers
from engine.pipeline import Pipeline
from engine.subset.reading import ASKED_AT_ONCE, emptied, nullable

FIRST = 1 << 30
"""Ordinals of chunks from here on are copies': more than any table has chunks."""
TOGETHER = 65_536
"""Rows of several copies that are written at once."""
BYTES = 8 << 20


@dataclass(frozen=True)
class Copies:
    """Everything that is decided about them. Safe to use from several threads."""

    renewal: Renewal
    pipeline: Pipeline
    """Of the rows themselves, prepared."""
    numbered: Mapping[int, int]
    """Renewed column -> the first of its numbers."""
    drawn: Mapping[int, Drawing]
    """Renewed column -> how its values are drawn, where they are no numbers."""
    lost: Mapping[tuple[TableName, str], np.ndarray]
    """Table and foreign key -> the rows where it is set NULL."""
    key_of: KeyOf

    def beside(self, pipeline: Pipeline) -> tuple[Pipeline, Copies]:
        """The pipeline of a load whose rows have copies, and these with it."""
        tables = self.renewal.entity.tables
        opened = pipeline.opening({name: self.renewal.moving(name) for name in tables})
        return opened, replace(self, pipeline=opened)

    @property
    def number(self) -> int:
        return self.renewal.entity.said.copies

    def rows(self, table: TableName) -> int:
        """The copied rows of a table, of all copies together."""
        owned = self.renewal.entity.tables.get(table)
        return 0 if owned is None else owned.rows * self.number

    def orphans(self, table: TableName, key: str) -> int:
        """Copied rows without a parent in the source."""
        owned = self.renewal.entity.tables.get(table)
        links = owned.links if owned is not None else ()
        return self.number * sum(link.orphans for link in links if link.key.name == key)

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        """Their chunks: some copies of all rows, or one copy of some rows. A bound is a copy's number and a row's place."""
        owned = self.renewal.entity.tables.get(table)
        if owned is None:
            return []
        together = max(1, rows // owned.rows)
        bounds = [
            ((copy, start), (min(copy + together, self.number), min(start + rows, owned.rows)))
            for copy in range(0, self.number, together)
            for start in range(0, owned.rows, rows)
        ]
        return [Chunk(table, FIRST + place, low, high, physical=True) for place, (low, high) in enumerate(bounds)]

    def read(self, snapshot: Snapshot, request: Read) -> Iterator[pa.RecordBatch]:
        """The rows of which a chunk holds copies, each batch with their ids before it."""
        if request.chunk is None or request.chunk.lower is None or request.chunk.upper is None:
            raise AssertionError("copies are read by chunks with both bounds")
        start, stop = request.chunk.lower[1], request.chunk.upper[1]
        for ids in self.renewal.entity.tables[request.table].parts(ASKED_AT_ONCE, start, stop):
            yield from snapshot.read(replace(request, chunk=None, among=ids, identified=True))

    def made(self, chunk: Chunk, batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """The copies of a batch of rows: as they are measured, and as they are written."""
        if chunk.lower is None or chunk.upper is None:
            raise AssertionError("copies have chunks with both bounds")
        owned = self.renewal.entity.tables[chunk.table]
        making = _Making(self, owned, batch)
        together = max(1, min(TOGETHER // max(batch.num_rows, 1), BYTES // max(batch.nbytes, 1)))
        for first in range(chunk.lower[0], chunk.upper[0], together):
            numbers_ = range(first, min(first + together, chunk.upper[0]))
            pairs = [making.copy(number) for number in numbers_]
            yield _joined([pair[0] for pair in pairs]), _joined([pair[1] for pair in pairs])

    def values(self, renewed: int, copy: int, codes: pa.Array, type_: pa.DataType) -> pa.Array:
        """What a renewed column holds in a copy, for these codes."""
        if renewed in self.numbered:
            count = self.renewal.columns[renewed].values
            return numbers(self.numbered[renewed] + copy * count, codes, type_)
        return self._drawn(renewed, copy).take(codes)

    @cached_property
    def _drawn(self) -> Callable[[int, int], pa.Array]:
        # The tables that follow a column ask for the same copy's values, batch by batch.
        return lru_cache(maxsize=8)(lambda renewed, copy: self.drawn[renewed].values(copy))


def copies_in(copies: Copies | None, chunk: Chunk | None) -> Copies | None:
    """What makes the rows of this chunk, where they are copies."""
    return copies if chunk is not None and chunk.ordinal >= FIRST else None


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


class _Making:
    """The copies of one batch."""

    def __init__(self, copies: Copies, owned: OwnedRows, batch: pa.RecordBatch) -> None:
        self._copies, self._name = copies, owned.name
        self._table: Table = copies.pipeline.schema.table(owned.name)
        width = len(owned.ids.column_names)
        self._places = owned.places.of(batch.columns[:width])
        fields, arrays = list(batch.schema)[width:], batch.columns[width:]
        self._source = pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, batch.schema.metadata))
        self._source = self._without_parents(owned)
        self._base = copies.pipeline.mask(self._name, self._source)
        self._masked = set(copies.pipeline.masked_columns(self._name))
        moving = copies.renewal.moving(self._name)
        self._own = {name for name in self._masked if name not in moving and not self._is_tied(name)}
        self._rules = narrowed(copies.pipeline, self._name, self._own)

    def copy(self, number: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """One copy, as it is measured and as it is written."""
        own = under(self._rules, self._name, self._copies.key_of(number, 0)).mask(self._name, self._source)
        seen, written = list(self._source.columns), list(self._base.columns)
        for place, field in enumerate(self._base.schema):
            moves = self._copies.renewal.moves.get((self._name, field.name))
            if moves is not None:
                written[place] = self._moved(moves, number, self._base.column(place))
            elif field.name in self._own:
                written[place] = own.column(place)
            if field.name not in self._masked:
                seen[self._source.schema.get_field_index(field.name)] = written[place]
        return self._like(seen, self._source.schema), self._like(written, self._base.schema)

    def _is_tied(self, column: str) -> bool:
        """Do other rows, or other columns of a key, count on its value?"""
        return self._copies.pipeline.subjects[self._name, column].key

    def _moved(self, moves: Moves, number: int, values: pa.Array) -> pa.Array:
        origin, code = moves.origin[self._places], moves.code[self._places]
        for renewed in sorted(set(origin[origin != UNTOUCHED].tolist())):
            mask = origin == renewed
            new = self._copies.values(renewed, number, pa.array(code[mask]), values.type)
            values = pc.replace_with_mask(values, pa.array(mask), new)
        return values

    def _without_parents(self, owned: OwnedRows) -> pa.RecordBatch:
        """The rows with those keys set NULL whose parent the target does not get."""
        arrays = list(self._source.columns)
        for link in owned.links:
            lost = self._copies.lost.get((owned.name, link.key.name))
            if lost is not None:
                for column in nullable(self._table, link.key):
                    place = self._source.schema.get_field_index(column)
                    arrays[place] = emptied(arrays[place], pa.array(lost[self._places]))
        return self._like(arrays, self._source.schema)

    def _like(self, arrays: list[pa.Array], schema: pa.Schema) -> pa.RecordBatch:
        if not arrays:
            return self._source.select([])
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
