"""How large a subset will be, reckoned from the sizes of tables: no key is followed, and children are taken for evenly spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp

from connectors.names import TableName
from engine.subset.edges import EffectiveEdge
from engine.subset.footprint import Footprints
from engine.subset.spec import Missing, Scope

ROUNDS = 60
STEADY = 1e-4
HALVINGS = 24
_Shares = dict[TableName, float]
"""The part of each table that is selected."""


def estimate(
    edges: Sequence[EffectiveEdge],
    rows: Mapping[TableName, int],
    roots: Mapping[TableName, int],
    whole: Iterable[TableName],
) -> dict[TableName, int]:
    """Rows of each table, from the `rows` that each has in the source, its `roots`, and the tables that are taken whole."""
    direct = {name: min(count / rows[name], 1.0) if rows[name] else 0.0 for name, count in roots.items()}
    complete = set(whole)
    owned: _Shares = dict(direct)
    selected: _Shares = dict.fromkeys(rows, 0.0)
    for _ in range(ROUNDS):
        owned = _down(edges, rows, direct, owned, selected)
        now = _up(edges, rows, owned, selected, complete)
        steady = all(abs(now[name] - selected[name]) < STEADY for name in rows)
        selected = now
        if steady:
            break
    return {name: round(share * rows[name]) for name, share in selected.items()}


def _down(
    edges: Sequence[EffectiveEdge], rows: Mapping[TableName, int], direct: _Shares, owned: _Shares, selected: _Shares
) -> _Shares:
    """The rows that several edges bring are taken for the same ones: a payment is its customer's, and its rental's."""
    most = dict.fromkeys(rows, 0.0)
    for edge in edges:
        most[edge.child] = max(most[edge.child], _brought(edge, rows, owned, selected))
    return {name: 1.0 - (1.0 - direct.get(name, 0.0)) * (1.0 - share) for name, share in most.items()}


def _brought(edge: EffectiveEdge, rows: Mapping[TableName, int], owned: _Shares, selected: _Shares) -> float:
    """The share of the children that this edge brings."""
    if edge.scope is Scope.NONE or edge.child == edge.parent:
        return 0.0
    parents = owned.get(edge.parent, 0.0) if edge.scope is Scope.OWNED else selected[edge.parent]
    return parents * _within_limit(edge, rows)


def _within_limit(edge: EffectiveEdge, rows: Mapping[TableName, int]) -> float:
    if edge.limit is None or not rows[edge.child]:
        return 1.0
    return min(edge.limit * rows[edge.parent] / rows[edge.child], 1.0)


def _up(
    edges: Sequence[EffectiveEdge],
    rows: Mapping[TableName, int],
    owned: _Shares,
    selected: _Shares,
    complete: set[TableName],
) -> _Shares:
    """Each child names a parent at random, so that some are named again and again; what a parent has brought names that parent."""
    left = {name: 0.0 if name in complete else 1.0 - owned.get(name, 0.0) for name in rows}
    for edge in edges:
        if edge.missing is Missing.BRING and edge.child != edge.parent and rows[edge.parent]:
            own = owned[edge.child] if edge.scope is Scope.OWNED else _brought(edge, rows, owned, selected)
            others = max(selected[edge.child] - own, 0.0)
            left[edge.parent] *= exp(-others * rows[edge.child] / rows[edge.parent])
    return {name: 1.0 - share for name, share in left.items()}


def fitting(
    edges: Sequence[EffectiveEdge],
    footprints: Footprints,
    roots: Mapping[TableName, int],
    whole: Sequence[TableName],
    size: int,
) -> dict[TableName, int]:
    """The estimate with as many of the roots as fit a budget of bytes."""
    rows = {name: of.rows for name, of in footprints.sizes.items()}
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        part = (low + high) / 2
        found = estimate(edges, rows, {name: round(count * part) for name, count in roots.items()}, whole)
        low, high = (part, high) if footprints.of(found) <= size else (low, part)
    return estimate(edges, rows, {name: round(count * low) for name, count in roots.items()}, whole)
