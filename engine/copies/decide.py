"""Decide, before anything is written, what every copy's keys are: from the rows that are copied, and from what is there already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from connectors.database import Audit, Database, Form, Read, ReadColumn, Snapshot
from connectors.names import TableName
from connectors.schema import Table
from engine.column_domains import ColumnName
from engine.copies import drawn
from engine.copies.copies import Copies
from engine.copies.drawn import Drawing
from engine.copies.entity import Entity, OwnedRows
from engine.copies.narrow import masked_values, request
from engine.copies.renewal import Renewal, Renewed, Values, is_number, keys_of, renewal
from engine.copies.renumbering import Sides, first_number
from engine.keys import MaskingKey
from engine.pipeline import Pipeline
from engine.record_store import RecordStore
from engine.subset.reading import ASKED_AT_ONCE
from engine.subset.selecting import SubsetSelection
from engine.subset.spec import Missing


@dataclass(frozen=True)
class Asked:
    """Where the answers come from."""

    source: Database
    snapshot: Snapshot
    selection: SubsetSelection
    target: Database | None
    """Whose rows stay; None: it is empty when the copies come."""
    names: Mapping[TableName, TableName]
    """Source table -> target table."""
    store: RecordStore


def decide(entity: Entity, pipeline: Pipeline, key: MaskingKey, salt: str, asked: Asked) -> Copies:
    """Everything about the copies of a run, the same for every attempt of it. `salt`: other for runs whose copies are other people.

    Raises PlanError where copies cannot be told apart, or where there is no room for them."""
    found = renewal(entity, pipeline, _values(entity, pipeline, asked.snapshot))
    key_of = partial(_key_of, key, salt)
    numbered, drawings = _kept(found, pipeline, key_of, asked) or _found(found, pipeline, key, key_of, asked)
    return Copies(found, pipeline, numbered, drawings, _lost(entity, asked.selection), key_of)


def _key_of(key: MaskingKey, salt: str, copy: int, attempt: int) -> MaskingKey:
    return MaskingKey(key.name, key.derive(f"copies/{salt}/{copy}/{attempt}"))


def _values(entity: Entity, pipeline: Pipeline, snapshot: Snapshot) -> Values:
    """What the owned rows hold in the columns of unique keys."""
    values: dict[ColumnName, pa.Array] = {}
    for name, rows in entity.tables.items():
        table = pipeline.schema.table(name)
        columns = {column for unique in keys_of(table) for column in unique.columns}
        stored = [column.name for column in table.stored if column.name in columns]
        if stored:
            read = Read(name, tuple(ReadColumn(column, Form.ARROW) for column in stored))
            batch = _rows(rows, np.arange(rows.rows), read, snapshot)
            values |= {(name, column): batch.column(place) for place, column in enumerate(stored)}
    return values


def _rows(rows: OwnedRows, places: np.ndarray, read: Read, snapshot: Snapshot) -> pa.RecordBatch:
    """The rows at these places, in this order, each once."""
    wanted = rows.ids.take(pa.array(places))
    parts, found = [], []
    for start in range(0, len(places), ASKED_AT_ONCE):
        ids = wanted.slice(start, ASKED_AT_ONCE)
        for batch in snapshot.read(_among(read, ids)):
            parts.append(batch)
            found.append(rows.places.of(batch.columns[: ids.num_columns]))
    width = wanted.num_columns
    whole = pa.Table.from_batches(parts).combine_chunks().to_batches()[0]
    _, first = np.unique(np.concatenate(found), return_index=True)
    whole = whole.take(pa.array(first)).take(pa.array(np.argsort(np.argsort(places))))
    return pa.RecordBatch.from_arrays(
        whole.columns[width:], schema=pa.schema(list(whole.schema)[width:], whole.schema.metadata)
    )


def _among(read: Read, ids: pa.Table) -> Read:
    return Read(read.table, read.columns, read.derived, among=ids, identified=True)


def _found(
    found: Renewal, pipeline: Pipeline, key: MaskingKey, key_of: drawn.KeyOf, asked: Asked
) -> tuple[dict[int, int], dict[int, Drawing]]:
    """Choose numbers and draw values, and keep the choice for a later attempt."""
    copies, numbered, drawings = found.entity.said.copies, {}, {}
    with ExitStack() as stack:
        source = stack.enter_context(asked.source.audit())
        target = stack.enter_context(asked.target.audit()) if asked.target is not None else None
        for place, renewed in enumerate(found.columns):
            table = pipeline.schema.table(renewed.table)
            if is_number(table.column(renewed.column)):
                sides = _sides(renewed, table, pipeline, source, target, asked)
                numbered[place] = first_number(renewed, copies, pipeline, sides)
            else:
                drawings[place] = _drawing(found.entity, renewed, pipeline, key_of, asked.snapshot)
                drawn.settle(drawings[place], copies, partial(_taken, renewed, table, pipeline, asked), key)
    again = {str(place): drawing.again for place, drawing in drawings.items()}
    asked.store.save_copies(json.dumps({"numbered": numbered, "again": again}).encode())
    return numbered, drawings


def _kept(
    found: Renewal, pipeline: Pipeline, key_of: drawn.KeyOf, asked: Asked
) -> tuple[dict[int, int], dict[int, Drawing]] | None:
    """What an earlier attempt has chosen."""
    content = asked.store.copies()
    if content is None:
        return None
    said = json.loads(content)
    drawings = {}
    for place, again in said["again"].items():
        drawing = _drawing(found.entity, found.columns[int(place)], pipeline, key_of, asked.snapshot)
        drawing.again.update({int(copy): {int(c): n for c, n in codes.items()} for copy, codes in again.items()})
        drawings[int(place)] = drawing
    return {int(place): first for place, first in said["numbered"].items()}, drawings


def _sides(
    renewed: Renewed, table: Table, pipeline: Pipeline, source: Audit, target: Audit | None, asked: Asked
) -> Sides:
    there = asked.names[renewed.table]
    return Sides(
        partial(source.greatest, renewed.table, renewed.column),
        partial(target.greatest, there, renewed.column) if target is not None else None,
        partial(masked_values, pipeline, table, renewed.column, asked.snapshot, asked.selection),
    )


def _drawing(entity: Entity, renewed: Renewed, pipeline: Pipeline, key_of: drawn.KeyOf, snapshot: Snapshot) -> Drawing:
    rules = drawn.rules_of(pipeline, renewed)
    read = request(rules, renewed.table, (renewed.column,))
    firsts = _rows(entity.tables[renewed.table], renewed.firsts, read, snapshot)
    return Drawing(renewed, rules, firsts, key_of)


def _taken(renewed: Renewed, table: Table, pipeline: Pipeline, asked: Asked) -> Iterator[pa.Array]:
    """The values that the copies' may not meet."""
    yield from masked_values(pipeline, table, renewed.column, asked.snapshot, asked.selection)
    if asked.target is not None:
        read = Read(asked.names[renewed.table], (ReadColumn(renewed.column, Form.ARROW),))
        with asked.target.snapshot() as snapshot:
            for batch in snapshot.read(read):
                yield batch.column(0)


def _lost(entity: Entity, selection: SubsetSelection) -> dict[tuple[TableName, str], np.ndarray]:
    """The rows whose key is set NULL, since nothing selects the parent that it names."""
    lost = {}
    for name, rows in entity.tables.items():
        for link in rows.links:
            if link.missing is Missing.NULL and link.shared.num_rows:
                gone = np.zeros(rows.rows, bool)
                held = selection.holds(link.key.parent, link.shared)
                gone[link.referring[~held]] = True
                gone[link.referring[held]] = False
                gone[link.owned] = False
                lost[name, link.key.name] = gone
    return lost
