"""Why a row is selected: the chain of links from it to a row that was asked for by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors.names import TableName
from engine.subset.edges import EffectiveEdge
from engine.subset.steps import Member
from engine.subset.tokens import Sealed, token_octets

if TYPE_CHECKING:
    from engine.subset.closure import Closure

WHOLE = "whole"
"""The reason of rows that are selected with their whole table."""


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
    seen: set[tuple[TableName, bytes]] = set()
    while True:
        here = (member.name, token_octets(sealed.tokens).tobytes())
        found = closure.store.provenance(member.number, sealed.tokens, member.tokens.bodies)
        if found is None:
            return [*links, Link(member.name, _opened(member, sealed), reason=WHOLE)] if member.whole else links
        if here in seen:
            return _cut(closure, links)
        seen.add(here)
        named = Sealed(sealed.tokens, found.body if found.body is not None else sealed.bodies)
        if found.reason < 0:
            return [*links, Link(member.name, _opened(member, named), reason=closure.reasons[-1 - found.reason])]
        edge, down = closure.edges[found.reason // 2], bool(found.reason % 2)
        links.append(Link(member.name, _opened(member, named), edge, down))
        member, sealed = closure.members[edge.parent if down else edge.child], Sealed(found.origin)


def _cut(closure: Closure, links: list[Link]) -> list[Link]:
    """The chain up to its first row of a whole table. Only such a row can be reached from rows that it has brought itself."""
    end = next(place for place, link in enumerate(links) if closure.members[link.table].whole)
    return [*links[:end], Link(links[end].table, links[end].id, reason=WHOLE)]


def _opened(member: Member, sealed: Sealed) -> pa.Table | None:
    return None if member.tokens.bodies and sealed.bodies is None else member.tokens.open(sealed)
