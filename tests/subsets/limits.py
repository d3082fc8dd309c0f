"""Limited edges and goals, held against the rows that a subset has: any choice of children is right, as long as it is so many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from tests.subsets.closure import Closed, Joined, Place, Rows, follows
from tests.subsets.requests import Edge, Request


def limits(request: Request, links: Joined, closed: Closed, least: Closed, started: set[Place]) -> Iterator[str]:
    """Where a parent has other than so many children by an edge. Those that anything else may have brought do not count, and only
    parents that are sure to bring children (`least`) can have too few."""
    scopes = follows(request)
    above, sure = [closed.above(scope) for scope in scopes], [least.above(scope) for scope in scopes]
    for number, edge in enumerate(request.edges):
        if edge.limit is None:
            continue
        others = _otherwise(request, links, closed, above, number) | started
        for parent, children in links.children[number].items():
            if parent not in above[number]:
                continue
            there = [child for child in children if child in closed.selected]
            if parent in sure[number] and len(there) < min(edge.limit, len(children)):
                yield f"{_named(edge)}: {len(there)} of {len(children)} children with a limit of {edge.limit}"
            alone = [child for child in there if child not in others]
            if len(alone) > edge.limit:
                yield f"{_named(edge)}: {len(alone)} children by no other way with a limit of {edge.limit}"


def _otherwise(request: Request, links: Joined, closed: Closed, above: list[set[Place]], but: int) -> set[Place]:
    """Rows that some other edge may have brought."""
    found = {place for name in request.whole for place in closed.selected if place[0] == name}
    for number, edge in enumerate(request.edges):
        if edge.missing == "bring":
            found |= {p for c, p in links.parent[number].items() if c in closed.selected and c != p}
        if number != but:
            found |= {c for p, some in links.children[number].items() if p in above[number] for c in some}
    return found


def goals(request: Request, rows: Rows, selected: set[Place]) -> Iterator[str]:
    """Values, and pairs of them, that survive too few times."""
    for goal in request.goals:
        sets = [(name,) for name in goal.columns]
        for columns in [*sets, *(combinations(goal.columns, 2) if goal.pairs else ())]:
            source = Counter(rows.cells(place, columns) for place in rows.places(goal.table))
            left = Counter(rows.cells(place, columns) for place in selected if place[0] == goal.table)
            if any(left[value] < min(goal.times, count) for value, count in source.items()):
                yield f"{goal.table}: a value of {columns} does not survive {goal.times} times"


def _named(edge: Edge) -> str:
    return f"{edge.table}.{edge.link.columns}"
