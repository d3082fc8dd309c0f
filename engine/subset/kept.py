"""A finished selection as the load asks for it: ids by their number in a fixed order, and which keys are set NULL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from engine.subset.edges import EffectiveEdge
from engine.subset.nulls import Dangling
from engine.subset.selection import Brought, Selected

if TYPE_CHECKING:
    from engine.subset.closure import Closure


class KeptSelection:
    """The `Selection` that a closure ends in. It lives in the closure's store, and closing it closes that."""

    def __init__(self, closure: Closure, dangling: Dangling) -> None:
        self._closure, self._store, self._dangling = closure, closure.store, dangling
        reasons = {name: self._store.reasons(member.number) for name, member in closure.members.items()}
        counts = closure.counts()
        self.tables: Mapping[TableName, Selected] = {
            table.name: self._selected(table.name, counts.get(table.name, 0), reasons.get(table.name, {}))
            for table in closure.schema.tables
        }
        self.brought = tuple(_brought(closure.edges, reasons))

    def ids(self, table: TableName, start: int, stop: int) -> pa.Table:
        """The ids of the selected rows number `start` to `stop`, sorted, for that is how a source finds them fastest."""
        member = self._closure.members[table]
        sealed = self._store.ordered(member.number, start, stop, bodies=member.tokens.bodies)
        return _sorted(member.tokens.open(sealed))

    def batches(self, table: TableName, start: int, stop: int, rows: int) -> Iterator[pa.Table]:
        """The same in parts of at most `rows`."""
        for first in range(start, stop, rows):
            yield self.ids(table, first, min(first + rows, stop))

    def nulled(self, table: TableName, key: str, ids: pa.Table) -> pa.BooleanArray:
        """For each of these rows: is that foreign key set NULL?"""
        nulls = self._dangling.nulls.get((table, key))
        lost = np.zeros(ids.num_rows, bool)
        if nulls is not None and ids.num_rows:
            tokens = self._closure.members[table].tokens.seal(ids).tokens
            lost[self._store.listed(nulls.list, tokens)] = True
        return pa.array(lost)

    def digests(self) -> Mapping[str, str]:
        """What tells another selection from this one: of each table that is not whole, a digest of its rows' tokens."""
        members = self._closure.members.items()
        return {str(name): self._store.digest(member.number) for name, member in members if not member.whole}

    def close(self) -> None:
        """Delete what is kept of it."""
        self._closure.close()

    def _selected(self, table: TableName, rows: int, reasons: Mapping[int, int]) -> Selected:
        member = self._closure.members.get(table)
        whole = member is not None and member.whole
        return Selected(
            table,
            whole,
            rows,
            direct=rows if whole else sum(count for reason, count in reasons.items() if reason < 0),
            upstream=0 if whole else sum(count for reason, count in reasons.items() if reason >= 0 and not reason % 2),
            downstream=0 if whole else sum(count for reason, count in reasons.items() if reason > 0 and reason % 2),
            orphans={key: count for (child, key), count in self._dangling.orphans.items() if child == table and count},
            nulled={key: nulls.rows for (child, key), nulls in self._dangling.nulls.items() if child == table},
            files=member.tokens.ids.files if member is not None else "",
        )


def _brought(edges: Sequence[EffectiveEdge], reasons: Mapping[TableName, Mapping[int, int]]) -> Iterator[Brought]:
    for number, edge in enumerate(edges):
        for down in (False, True):
            rows = reasons[edge.child if down else edge.parent].get(2 * number + down, 0)
            if rows:
                yield Brought(edge.child, edge.key.name, down, rows)


def _sorted(ids: pa.Table) -> pa.Table:
    return ids.sort_by([(name, "ascending") for name in ids.column_names]).combine_chunks()
