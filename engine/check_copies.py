"""An entity can be copied: every unique key of what it owns can tell the copies apart, and there is room for their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Table, Unique
from engine.check_view import View, error, warning
from engine.copies.entity import owning_edges
from engine.copies.renewal import REMEDY, can_differ, is_number, keys_of, tied
from engine.copies.renumbering import room
from engine.problems import Problem
from engine.subset.edges import EffectiveEdge
from engine.subset.spec import Scope


def copies(view: View) -> Iterator[Problem]:
    """Problems of what [clone] copies, as far as the tables tell. Which rows refer to which, the run looks at before it writes."""
    if view.plan.clone is None or view.plan.clone.table not in view.schema.by_name:
        return
    edges = owning_edges(view.plan, view.schema)
    owned = _owned(edges, view.plan.clone.table)
    for name in sorted(owned):
        table = view.schema.table(name)
        for unique in keys_of(table):
            yield from _apart(view, table, unique, owned)
    for edge in edges:
        if edge.key.expressions and {edge.child, edge.parent} <= owned:
            reason = f"The key {edge.key.name} is made of expressions, so in copies it refers to what it refers to in the entity."
            remedy = "Declare it over columns, or accept this."
            yield warning("copies-expression", reason, remedy, edge.child)


def _owned(edges: tuple[EffectiveEdge, ...], root: TableName) -> set[TableName]:
    """The tables of which rows can belong to the entity."""
    found, waiting = {root}, [root]
    while waiting:
        parent = waiting.pop()
        below = {edge.child for edge in edges if edge.parent == parent and edge.scope is not Scope.NONE} - found
        found |= below
        waiting += below
    return found


def _apart(view: View, table: Table, unique: Unique, owned: set[TableName]) -> Iterator[Problem]:
    if any(_follows(table, column, owned) for column in unique.columns) or _emptied(view, table, unique):
        return
    free = [column for column in unique.columns if column not in tied(table)]
    usable = [c for c in free if can_differ(view.subjects[table.name, c], view.masker(table.name, c))]
    if not usable:
        reason = (
            f"Copies of its rows would be equal under {unique.name}: no column of it can differ, since all refer to shared rows, hold "
            "one of a few values, or are masked by what gives all copies the same."
        )
        yield error("copies-unique", reason, REMEDY, table.name, unique.columns[0])
    elif len(usable) == 1 and is_number(table.column(usable[0])):
        yield from _room(view, table, usable[0])


def _follows(table: Table, column: str, owned: set[TableName]) -> bool:
    return any(column in key.columns and key.parent in owned for key in table.foreign_keys)


def _emptied(view: View, table: Table, unique: Unique) -> bool:
    """Is a part of it NULL in every row, and NULLs are distinct?"""
    masks = [view.masker(table.name, column) for column in unique.columns]
    return unique.nulls_distinct and any(mask is not None and mask.name == "null" for mask in masks)


def _room(view: View, table: Table, column: str) -> Iterator[Problem]:
    numbers = room(view.subjects[table.name, column], view.masker(table.name, column))
    wanted = view.plan.clone.copies if view.plan.clone is not None else 0
    if wanted > len(numbers):
        reason = f"{wanted:,} copies need as many new numbers here at least, and the key has room for {len(numbers):,}."
        remedy = "Make fewer copies, or widen the column and all that refer to it."
        yield error("copies-no-room", reason, remedy, table.name, column)
