"""Read the entities of a source at one moment: whole tables streamed, each row given to its owner or left out.

A row without an owner (its key is NULL in a part, or finds no parent) is nobody's data and is left out, as are the rows of entities
that are held out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import carrier
from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.schema import Schema, Table
from engine.jobs.control import Control
from engine.keys import DomainKey, MaskingKey
from engine.plan import Plan
from engine.privacy.entities import Entities, EntityRows, Places
from engine.privacy.entropy import entropy
from engine.privacy.holdout import BATCH_BYTES, entity_tags, held_out, unit_batches
from engine.privacy.linking import NOBODY, KeyIndex
from engine.privacy.spec import How
from engine.synthesis.structure import Goes, Owned, Structure

MOST = 1000
"""Rows of one parent that are looked at where neither a bound is declared nor one was paid for yet: a public figure."""


def read_entities(
    snapshot: Snapshot,
    schema: Schema,
    structure: Structure,
    plan: Plan,
    key: MaskingKey,
    *,
    holdout: bool = False,
    control: Control | None = None,
) -> Entities:
    """The entities that are learned from, or with `holdout` those that are not; the subset's, if the plan has one. Of a parent with
    more rows than its bound a uniform sample. Raises ReadError, Cancelled."""
    reader = _Reader(snapshot, schema, structure, plan, key, holdout, control or Control())
    bounds = {
        place: owned.most if owned.most is not None else MOST
        for place, owned in enumerate(structure.tables)
        if owned.parent is not None
    }
    return reader.entities().truncated(bounds, entropy())


def learned_columns(plan: Plan, schema: Schema, owned: Owned) -> tuple[str, ...]:
    """The columns of an owned table that something is learned of, in the table's order."""
    decided = plan.tables[owned.table].rules
    names = {name for rule in decided if rule.learn and rule.learn.how is not How.KEY for name in rule.columns}
    names |= {name for link in owned.links if link.goes is Goes.PUBLIC for name in link.key.columns}
    return tuple(column.name for column in schema.table(owned.table).columns if column.name in names)


@dataclass(frozen=True)
class _Reader:
    snapshot: Snapshot
    schema: Schema
    structure: Structure
    plan: Plan
    key: MaskingKey
    holdout: bool
    control: Control

    def entities(self) -> Entities:
        tables: list[EntityRows] = []
        keys: dict[tuple[int, tuple[str, ...]], list[pa.Array]] = {}
        for place, owned in enumerate(self.structure.tables):
            rows, parent = self._root(owned) if owned.parent is None else self._owned(owned, keys)
            rows, parent = self._ordered(owned, rows, parent)
            for names in self._asked_by_children(place):
                keys[place, names] = [rows.column(name).combine_chunks() for name in names]
            entity = parent if owned.parent is None else tables[owned.parent].entity[parent]
            tables.append(EntityRows(rows.select(learned_columns(self.plan, self.schema, owned)), parent, entity))
        return Entities(self.structure, tuple(tables))

    def _root(self, owned: Owned) -> tuple[pa.Table, Places]:
        table = self.schema.table(owned.table)
        primary = [table.column(name) for name in self.structure.unit.key]
        privacy = self.plan.privacy
        assert privacy is not None

        def kept(batch: pa.RecordBatch) -> pa.RecordBatch:
            tags, complete = entity_tags(self.key, [batch.column(column.name) for column in primary], primary)
            return batch.filter(pa.array(complete & (held_out(tags, privacy.holdout) == self.holdout)))

        names = self._needed(owned, self.structure.tables.index(owned))
        batches = unit_batches(self.snapshot, self.plan, table, names, self.control)
        rows = _together(table, names, (kept(batch) for batch in batches))
        tags, _ = entity_tags(self.key, [rows.column(column.name).combine_chunks() for column in primary], primary)
        # As structured values, so that both words count.
        _, first = np.unique(np.ascontiguousarray(tags).view([("", tags.dtype)] * 2), return_index=True)
        return rows.take(np.sort(first)), np.arange(len(first))

    def _owned(self, owned: Owned, keys: dict[tuple[int, tuple[str, ...]], list[pa.Array]]) -> tuple[pa.Table, Places]:
        """The rows that have an owner, in the order they come, and whose they are."""
        assert owned.owner is not None
        assert owned.parent is not None
        above = self.schema.table(self.structure.tables[owned.parent].table)
        named = owned.owner.parent_columns
        index = KeyIndex(self._links, keys[owned.parent, named], [above.column(name) for name in named])
        table, parents = self.schema.table(owned.table), []
        names = self._needed(owned, self.structure.tables.index(owned))

        def kept(batch: pa.RecordBatch) -> pa.RecordBatch:
            places = index.places([batch.column(name) for name in owned.owner.columns] if owned.owner else [])
            parents.append(places[places != NOBODY])
            return batch.filter(pa.array(places != NOBODY))

        rows = _together(table, names, (kept(batch) for batch in self._batches(table, names)))
        return rows, np.concatenate([*parents, np.zeros(0, np.int64)])

    def _batches(self, table: Table, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        asked = tuple(ReadColumn(name, Form.ARROW) for name in names)
        for batch in self.snapshot.read(Read(table.name, asked, batch_bytes=BATCH_BYTES)):
            self.control.check()
            yield batch

    def _ordered(self, owned: Owned, rows: pa.Table, parent: Places) -> tuple[pa.Table, Places]:
        """The rows of one parent together, by the column of time, then by primary key; without one by all that is learned."""
        if owned.parent is None:
            return rows, parent
        table = self.schema.table(owned.table)
        by = [
            name
            for name in (owned.order, *(table.primary_key or learned_columns(self.plan, self.schema, owned)))
            if name
        ]
        columns = [pa.array(parent), *(sortable(rows.column(name)) for name in dict.fromkeys(by))]
        names = [str(number) for number in range(len(columns))]
        order = pc.sort_indices(pa.table(columns, names), [(name, "ascending") for name in names])
        return rows.take(order), parent[order.to_numpy()]

    def _needed(self, owned: Owned, place: int) -> tuple[str, ...]:
        """The columns to read: what is learned, what rows are joined by, and what orders them."""
        table = self.schema.table(owned.table)
        names = {*learned_columns(self.plan, self.schema, owned), *table.primary_key}
        names |= {name for asked in self._asked_by_children(place) for name in asked}
        names |= set(owned.owner.columns) if owned.owner else set(self.structure.unit.key)
        names |= {owned.order} if owned.order else set()
        return tuple(column.name for column in table.columns if column.name in names)

    def _asked_by_children(self, place: int) -> set[tuple[str, ...]]:
        return {o.owner.parent_columns for o in self.structure.tables if o.parent == place and o.owner is not None}

    @property
    def _links(self) -> DomainKey:
        return self.key.domain("lookalike links")


def _together(table: Table, names: Sequence[str], batches: Iterator[pa.RecordBatch]) -> pa.Table:
    """One table of these batches, with the columns' carriers where there is none."""
    schema = pa.schema([pa.field(name, carrier(table.column(name))) for name in names])
    return pa.Table.from_batches([batch.select(list(names)).cast(schema) for batch in batches], schema)


def sortable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as a type that Arrow sorts: dates outside the calendar included."""
    if pa.types.is_duration(column.type) or pa.types.is_timestamp(column.type):
        return column.cast(pa.int64())
    if pa.types.is_fixed_size_binary(column.type):
        return column.cast(pa.binary())
    return column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
