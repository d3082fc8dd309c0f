"""Where the target's tables come from: every table of the plan with its treatment, in layers along the foreign keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from connectors.names import TableName
from engine.assessment.comparison import Comparison

MOST_TABLES = 60
"""More make no picture: the report's list of tables has them all."""


@dataclass(frozen=True, slots=True)
class Node:
    table: str
    treatment: str
    layer: int
    """0: it refers to no other table; else one more than the highest of its parents."""
    row: int
    """Its place in the layer."""
    itself: bool = False
    """Does it refer to itself?"""


@dataclass(frozen=True, slots=True)
class Lineage:
    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    """(Child, parent), each once."""
    undrawn: int = 0

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """What `asdict` has said of one."""
        nodes = tuple(Node(**node) for node in said["nodes"])
        return cls(nodes, tuple((child, parent) for child, parent in said["edges"]), said["undrawn"])


def lineage_of(comparison: Comparison) -> Lineage:
    """The plan's tables; foreign keys as the schema declares them."""
    standing = [table.name for table in comparison.schema.tables]
    named = list(dict.fromkeys([*standing, *comparison.plan.tables]))
    drawn = named[:MOST_TABLES]
    parents = {table.name: _parents(comparison, table.name, set(drawn)) for table in comparison.schema.tables}
    layers = _layers(drawn, parents)
    rows = _rows(drawn, parents, layers)
    treatments = {name: table.treatment.value for name, table in comparison.plan.tables.items()}
    nodes = tuple(
        Node(str(name), treatments.get(name, ""), layers[name], rows[name], name in parents.get(name, ()))
        for name in drawn
    )
    edges = tuple((str(name), str(parent)) for name in drawn for parent in parents.get(name, ()) if parent != name)
    return Lineage(nodes, edges, len(named) - len(drawn))


def _parents(comparison: Comparison, name: TableName, drawn: set[TableName]) -> tuple[TableName, ...]:
    keys = comparison.schema.table(name).foreign_keys
    return tuple(dict.fromkeys(key.parent for key in keys if key.parent in drawn)) if name in drawn else ()


def _layers(drawn: list[TableName], parents: Mapping[TableName, tuple[TableName, ...]]) -> dict[TableName, int]:
    """Parents left of children; the tables of a cycle stand where it was entered."""
    found: dict[TableName, int] = {}

    def layer(name: TableName, above: frozenset[TableName]) -> int:
        if name not in found:
            asked = [parent for parent in parents.get(name, ()) if parent not in above and parent != name]
            found[name] = max((layer(parent, above | {name}) + 1 for parent in asked), default=0)
        return found[name]

    for name in drawn:
        layer(name, frozenset())
    return found


def _rows(
    drawn: list[TableName], parents: Mapping[TableName, tuple[TableName, ...]], layers: Mapping[TableName, int]
) -> dict[TableName, int]:
    """Children near the height of their parents, so that fewer lines cross."""
    members: dict[int, list[TableName]] = defaultdict(list)
    for name in drawn:
        members[layers[name]].append(name)
    rows: dict[TableName, int] = {}
    for layer in sorted(members):
        heights = {
            name: [rows[parent] for parent in parents.get(name, ()) if parent in rows] for name in members[layer]
        }
        ordered = sorted(
            members[layer], key=lambda name: sum(heights[name]) / len(heights[name]) if heights[name] else 1e9
        )
        rows |= {name: row for row, name in enumerate(ordered)}
    return rows
