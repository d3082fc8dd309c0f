"""Why a row is selected: the chain of links from it to a row that was asked for by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors.names import TableName
from engine.subset.edges import EffectiveEdge
from engine.subset.steps import Member
from engine.subset.tokens import Sealed

if TYPE_CHECKING:
    from engine.subset.closure import Closure


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain, and what brought it."""

    table: TableName
    id: pa.Table | None
    """Of this row: one row of id columns. None: some row of a whole table, whose rows are not named."""
    edge: EffectiveEdge | None = None
    """Along which it was reached from the next link; None at the end of the chain."""
    down: bool = False
    reason: str | None = None
    """At the end of the chain: why it was selected for its own sake."""


def chain(closure: Closure, table: TableName, ids: pa.Table) -> list[Link]:
    """The links from the row of this id to the end of its chain; empty where it is not selected."""
    member = closure.members.get(table)
    if member is None or not ids.num_rows:
        return []
    sealed = member.tokens.seal(ids.slice(0, 1))
    links: list[Link] = []
    while True:
        found = closure.store.provenance(member.number, sealed.tokens, member.tokens.bodies)
        if found is None:
            return [*links, Link(member.name, _opened(member, sealed), reason="whole")] if member.whole else links
        named = Sealed(sealed.tokens, found.body if found.body is not None else sealed.bodies)
        if found.reason < 0:
            return [*links, Link(member.name, _opened(member, named), reason=closure.reasons[-1 - found.reason])]
        edge, down = closure.edges[found.reason // 2], bool(found.reason % 2)
        links.append(Link(member.name, _opened(member, named), edge, down))
        member, sealed = closure.members[edge.parent if down else edge.child], Sealed(found.origin)


def _opened(member: Member, sealed: Sealed) -> pa.Table | None:
    return None if member.tokens.bodies and sealed.bodies is None else member.tokens.open(sealed)
