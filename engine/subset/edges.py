"""The edges of a subset: every foreign key between its tables, with what the plan says of it, and what holds where it is silent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.subset.owning import Reference, owning
from engine.subset.spec import Edge, Missing, Scope, Subset

DeclaredReference = tuple[TableName, ForeignKey]
"""A child table and a foreign key that only the plan declares."""


@dataclass(frozen=True, slots=True)
class EffectiveEdge:
    """One foreign key of a subset, with everything decided."""

    child: TableName
    key: ForeignKey
    scope: Scope
    """Which parents bring their children."""
    limit: int | None = None
    """At most so many children of each parent."""
    where: str | None = None
    """Only such children are followed down."""
    missing: Missing = Missing.BRING
    owning: bool = False
    """Owned parents bring their children here unless the plan says otherwise."""

    @property
    def parent(self) -> TableName:
        return self.key.parent

    def __str__(self) -> str:
        return f"{self.child}.{self.key.name}"


def effective_edges(
    schema: Schema,
    subset: Subset,
    tables: Collection[TableName],
    roots: Collection[TableName] | None = None,
    expressions: Iterable[DeclaredReference] = (),
) -> tuple[EffectiveEdge, ...]:
    """The edges between these tables, in a fixed order. `roots`: where ownership starts, the tables of `subset.roots` if not given;
    `expressions`: the plan's keys that are made of expressions, and so are no key of the schema."""
    start = frozenset(roots if roots is not None else (root.table for root in subset.roots))
    keys = [(child, key) for child, key in _references(schema, expressions) if {child, key.parent} <= set(tables)]
    owned = owning(((child, key.parent) for child, key in keys), start)
    return tuple(_edge(child, key, subset, owned) for child, key in keys)


def planned(subset: Subset, child: TableName, key: ForeignKey) -> Edge | None:
    """What the plan says of this key; the last word where it speaks twice."""
    said = [edge for edge in subset.edges if edge.table == child and means(edge, key)]
    return said[-1] if said else None


def _edge(child: TableName, key: ForeignKey, subset: Subset, owned: Collection[Reference]) -> EffectiveEdge:
    is_owning = (child, key.parent) in owned
    default = Scope.OWNED if is_owning else Scope.NONE
    said = planned(subset, child, key)
    if said is None:
        return EffectiveEdge(child, key, default, owning=is_owning)
    return EffectiveEdge(child, key, said.follow or default, said.limit, said.where, said.missing, is_owning)


def means(edge: Edge, key: ForeignKey) -> bool:
    """Does what the plan says of a key of this table speak of this one?"""
    if edge.key is not None:
        return edge.key == key.name
    return bool(edge.columns) and sorted(edge.columns) == sorted(key.columns)


def _references(schema: Schema, expressions: Iterable[DeclaredReference]) -> Iterator[DeclaredReference]:
    for table in schema.tables:
        for key in table.foreign_keys:
            yield table.name, key
    yield from expressions
