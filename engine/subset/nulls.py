"""Foreign keys that are set NULL because their parent exists and nothing selects it: found when the selection is complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.names import TableName
from connectors.rows import FROM, TO
from engine.subset.spec import Missing
from engine.subset.steps import Step

if TYPE_CHECKING:
    from engine.subset.closure import Closure

EdgeName = tuple[TableName, str]
"""A child table and the name of its foreign key."""


@dataclass(frozen=True, slots=True)
class Nulls:
    """The rows of one edge whose key is set NULL."""

    list: str
    """What the store calls the list of them."""
    rows: int


@dataclass(frozen=True, slots=True)
class Dangling:
    """Per edge: keys to set NULL, and keys that have no parent even in the source."""

    nulls: dict[EdgeName, Nulls] = field(default_factory=dict)
    orphans: dict[EdgeName, int] = field(default_factory=dict)


def find_nulls(closure: Closure) -> Dangling:
    """Of every edge that brings no parent. A whole table with such keys is named row by row from here on."""
    found, ends = Dangling(), closure.members
    for number, edge in enumerate(closure.edges):
        if edge.missing is Missing.NULL:
            name = (edge.child, edge.key.name)
            step = Step(edge, number, False, ends[edge.child], ends[edge.parent])
            rows, found.orphans[name] = _unselected(closure, step, f"nulled{number}")
            if rows:
                found.nulls[name] = Nulls(f"nulled{number}", rows)
    for child in {child for child, _ in found.nulls}:
        if ends[child].whole:
            closure.name_rows(ends[child])
    for step in closure.steps:
        if not step.down:
            found.orphans[step.edge.child, step.edge.key.name] = step.orphans
    return found


def _unselected(closure: Closure, step: Step, name: str) -> tuple[int, int]:
    """Keep the children whose parent is not selected under that name; how many they are, and how many have no parent at all."""
    frontier = step.frontier()
    asked = closure.question(step, frontier)
    among = frontier if asked.every and not step.sweeping else None
    with closure.store.staging():
        for batch in closure.pairs(step, frontier, asked):
            if step.target.whole:
                batch = batch.filter(batch.column(TO.format(0)).is_null())
            closure.store.stage(step.target.tokens.seal(batch, TO), step.source.tokens.seal(batch, FROM).tokens)
        return closure.store.unselected(name, step.target.number, among)
