"""Which foreign keys own: what a root brings with it downwards when the plan says nothing, told by the tables alone.

A customer owns its orders and their lines; a product in a line is a parent there and owns nothing; an employee does not own its
subordinates unless the plan says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from connectors.names import TableName
from engine.order import components

Reference = tuple[TableName, TableName]
"""A child and the parent that one of its foreign keys names."""


def owning(references: Iterable[Reference], roots: Collection[TableName]) -> frozenset[Reference]:
    """The references along which an owned parent owns its children: away from the roots, and not back to them."""
    every = set(references)
    depth = depths(every, roots)
    component = component_of(every)
    return frozenset(
        (child, parent)
        for child, parent in every
        if parent in depth
        and child not in roots
        and child != parent
        and (component[child] != component[parent] or depth[child] > depth[parent])
    )


def depths(references: Collection[Reference], roots: Collection[TableName]) -> Mapping[TableName, int]:
    """How many references lie between each table and the nearest root above it; tables below no root are left out."""
    children: dict[TableName, list[TableName]] = {}
    for child, parent in references:
        children.setdefault(parent, []).append(child)
    depth = dict.fromkeys(roots, 0)
    frontier, level = list(depth), 0
    while frontier:
        level += 1
        reached = {child for parent in frontier for child in children.get(parent, ()) if child not in depth}
        depth |= dict.fromkeys(reached, level)
        frontier = list(reached)
    return depth


def component_of(references: Collection[Reference]) -> Mapping[TableName, int]:
    """The number of each table's strongly connected component of "refers to": parents have lower numbers than their children."""
    parents: dict[TableName, list[TableName]] = {name: [] for pair in sorted(references) for name in pair}
    for child, parent in sorted(references):
        parents[child].append(parent)
    return {name: number for number, component in enumerate(components(parents)) for name in component}
