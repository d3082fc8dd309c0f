"""Which tables a subset can touch, and along which keys in which direction: told from the plan alone, before any row is read."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.names import TableName
from engine.subset.edges import EffectiveEdge
from engine.subset.spec import Missing, Scope


@dataclass(frozen=True)
class Reach:
    tables: frozenset[TableName]
    up: frozenset[int]
    """Edges, by their place, along which children bring their parents."""
    down: frozenset[int]
    """Edges along which parents bring their children."""


def reach(edges: Sequence[EffectiveEdge], roots: Collection[TableName], whole: Collection[TableName] = ()) -> Reach:
    """What may come from these roots. Rows are owned that are reached from a root downwards only; `whole` tables own nothing."""
    touching: dict[TableName, list[int]] = defaultdict(list)
    for place, edge in enumerate(edges):
        for end in {edge.child, edge.parent}:
            touching[end].append(place)
    waiting = deque([*((root, True) for root in roots), *((table, False) for table in whole)])
    seen, up, down = set(waiting), set[int](), set[int]()
    while waiting:
        table, owned = waiting.popleft()
        for place in touching[table]:
            edge, found = edges[place], []
            if edge.child == table and edge.missing is Missing.BRING:
                up.add(place)
                found.append((edge.parent, False))
            if edge.parent == table and _brings(edge, owned):
                down.add(place)
                found.append((edge.child, owned))
            waiting.extend(each for each in found if each not in seen)
            seen.update(found)
    return Reach(frozenset(table for table, _ in seen), frozenset(up), frozenset(down))


def _brings(edge: EffectiveEdge, owned: bool) -> bool:
    return edge.scope is Scope.ALL or (edge.scope is Scope.OWNED and owned)
