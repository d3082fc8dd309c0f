"""Who is held out of all learning: a keyed coin of each entity's own primary key, so that nobody's presence moves another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.rows import Rows
from connectors.schema import Column, Table
from connectors.sql import chunk_key
from engine.jobs.control import Control
from engine.keys import MaskingKey
from engine.plan import Plan
from engine.prf import Words
from engine.privacy.linking import key_tags
from engine.subset.roots import KEYS_AT_ONCE, read_keys
from engine.subset.spec import Key, Roots

BATCH_BYTES = 32 << 20


def entity_tags(
    key: MaskingKey, values: Sequence[pa.Array], primary: Sequence[Column]
) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Who each row is, by its primary key as it stands: under a collation's folds one entity could hide another. Where a part
    is NULL a row is nobody: it could not be told from another one."""
    plain = [replace(column, folds=frozenset()) for column in primary]
    return key_tags(key.domain("lookalike holdout"), values, plain)


def held_out(tags: Words, holdout: float) -> npt.NDArray[np.bool_]:
    """Which of these entities nothing is learned from, where this share of them is held out."""
    coins: npt.NDArray[np.bool_] = tags[:, 0] < np.uint64(min(int(holdout * 2**64), 2**64 - 1))
    return coins


def unit_batches(
    snapshot: Snapshot, plan: Plan, table: Table, names: Sequence[str], control: Control
) -> Iterator[pa.RecordBatch]:
    """The unit's rows; with a subset those that one of its entries for the unit means, some of them perhaps twice."""
    entries = [entry for entry in plan.subset.roots if entry.table == table.name] if plan.subset else []
    if not entries:
        asked = tuple(ReadColumn(name, Form.ARROW) for name in names)
        for batch in snapshot.read(Read(table.name, asked, batch_bytes=BATCH_BYTES)):
            control.check()
            yield batch
    ids = len(snapshot.row_ids(table.name).types)
    for request in (request for entry in entries for request in _requests(plan, table, entry)):
        for batch in snapshot.rows(replace(request, columns=tuple(names))):
            control.check()
            yield pa.RecordBatch.from_arrays(batch.columns[ids:], names=list(names))


def _requests(plan: Plan, table: Table, entry: Roots) -> Iterator[Rows]:
    """A key that no row has is passed over: a refusal would say who is there."""
    condition = Rows(table.name, where=entry.where)
    if not entry.keys and entry.keys_file is None:
        yield condition
        return
    columns = chunk_key(table)
    given: Iterable[tuple[int, Key]] = enumerate(entry.keys)
    if entry.keys_file is not None:
        given = read_keys(entry, (plan.folder or Path()) / entry.keys_file, len(columns))
    keys = iter([key for _, key in given])
    while batch := tuple(islice(keys, KEYS_AT_ONCE)):
        yield replace(condition, key_columns=columns, keys=batch)
