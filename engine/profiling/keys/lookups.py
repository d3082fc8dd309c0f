"""Values looked for among a parent's keys: in what was read of them, else by bounded questions to the source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.database import Snapshot
from connectors.errors import DatabaseError, Lost
from connectors.names import TableName
from connectors.rows import Rows
from engine.profiling.keys.material import Clock, ParentKey
from engine.profiling.keys.values import Codes, Values, as_text, folded, tuples

OF_EACH = 100
"""Distinct values of each column that are looked up in a large table."""
_UNWRITTEN = "binary"
"""The shape whose values nobody writes as text in the same way everywhere: they are not looked up."""
AT_ONCE = 5_000
"""In one question."""


class Lookups:
    """Keys of large tables that were asked for, and which of them there are."""

    def __init__(self, snapshot: Snapshot, clock: Clock) -> None:
        self._snapshot, self._clock = snapshot, clock
        self._there: dict[tuple[TableName, str], tuple[pa.Array, pa.Array]] = {}
        self.unasked: list[TableName] = []
        """Large tables that there was no time for."""

    def ask(self, parent: ParentKey, children: Sequence[Values]) -> None:
        """Look up some values of all these columns together, where the parent's keys were not read whole."""
        if parent.codes is not None or not children or parent.values[0].shape == _UNWRITTEN:
            return
        if self._clock.left <= 0:
            self.unasked.append(parent.name)
            return
        asked = pc.unique(pa.chunked_array([_some(child) for child in children], pa.string()))
        there = []
        try:
            with self._clock.asking():
                for start in range(0, len(asked), AT_ONCE):
                    there += self._present(parent, asked.slice(start, AT_ONCE))
        except Lost:
            raise
        except DatabaseError:
            # A value that the parent's type does not take: none of them says anything then.
            return
        self._there[parent.name, parent.columns[0]] = asked, pa.concat_arrays([pa.array([], pa.string()), *there])

    def found(self, child: Values, parent: ParentKey) -> tuple[int, int]:
        """How many distinct values were looked for, and found."""
        if (keys := parent.codes) is not None:
            distinct = referring(child, keys)
            return len(distinct), int(np.isin(distinct, keys).sum())
        known = self._there.get((parent.name, parent.columns[0]))
        if known is None:
            return 0, 0
        some = folded(child.column, _some(child))
        return len(some), int(pc.sum(pc.is_in(some, value_set=known[1])).as_py() or 0)

    def found_together(self, children: Sequence[Values], parent: ParentKey) -> tuple[int, int]:
        """The same for the values of several columns, in the rows where all are present."""
        mixed, present = tuples(children)
        if (keys := parent.codes) is not None:
            distinct = np.unique(mixed[present])
            return len(distinct), int(np.isin(distinct, keys).sum())
        if any(child.shape == _UNWRITTEN for child in children):
            return 0, 0
        if self._clock.left <= 0:
            self.unasked.append(parent.name)
            return 0, 0
        there = np.flatnonzero(present)
        rows = there[np.unique(mixed[there], return_index=True)[1]][:OF_EACH]
        texts = [_texts_of(child, rows) for child in children]
        request = Rows(parent.name, key_columns=parent.columns, keys=tuple(zip(*texts, strict=True)), columns=())
        try:
            with self._clock.asking():
                return len(rows), sum(batch.num_rows for batch in self._snapshot.rows(request)) if len(rows) else 0
        except Lost:
            raise
        except DatabaseError:
            return 0, 0

    def _present(self, parent: ParentKey, texts: pa.Array) -> list[pa.Array]:
        keys = tuple((text,) for text in texts.to_pylist())
        request = Rows(parent.name, key_columns=parent.columns, keys=keys, columns=parent.columns)
        column = parent.values[0].column
        batches = self._snapshot.rows(request)
        return [folded(column, as_text(batch.column(batch.num_columns - 1))) for batch in batches]


def referring(child: Values, keys: Codes) -> Codes:
    """Without the 0 that says "none" in a column of numbers, where no key is 0."""
    return np.setdiff1d(child.distinct, 0) if says_none(child, keys) else child.distinct


def says_none(child: Values, keys: Codes) -> bool:
    """Is there a 0 in the column that is no key, as where nobody wants NULL?"""
    return (
        child.shape == "integer"
        and len(child.distinct) > 1
        and bool(np.isin(0, child.distinct) and not np.isin(0, keys))
    )


def _some(child: Values) -> pa.Array:
    places = np.linspace(0, len(child.texts) - 1, OF_EACH).astype(int) if len(child.texts) > OF_EACH else None
    return child.texts if places is None else child.texts.take(pa.array(places))


def _texts_of(child: Values, rows: NDArray[np.int64]) -> list[str]:
    places = np.searchsorted(child.distinct, child.rows[rows])
    texts: list[str] = child.texts.take(pa.array(places)).to_pylist()
    return texts
