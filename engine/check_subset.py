"""What a plan says of rows fits the database: the tables, columns and keys of [subset], [[foreign_keys]] and [clone]."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.names import TableName
from connectors.schema import ForeignKey, Table
from connectors.sql import chunk_key
from engine.check_copies import copies as copied
from engine.check_coverage import meant
from engine.check_view import View, error, warning
from engine.plan import READ, Treatment
from engine.problems import PlanError, Problem
from engine.subset.declared import expression_keys
from engine.subset.edges import effective_edges, means
from engine.subset.roots import read_keys
from engine.subset.spec import Edge, Key, Missing, Roots, Scope, Subset

CORRECT = "Correct the name, or take it out."


def subset(view: View) -> Iterator[Problem]:
    """Problems of [subset] and [clone]."""
    if (said := view.plan.subset) is not None:
        yield from _nothing(view, said)
        for roots in said.roots:
            yield from _roots(view, roots)
        for name in said.whole:
            yield from _rows(view, name, "whole")
        for edge in said.edges:
            yield from _edge(view, said, edge)
        for goal in said.coverage:
            yield from _rows(view, goal.table, "a coverage goal")
            yield from _columns(view, goal.table, goal.columns)
    if (copies := view.plan.clone) is not None:
        yield from _rows(view, copies.table, "[clone]")
        yield from _keyed(view, copies.table, copies.keys, needed=True)
        yield from copied(view)


def _nothing(view: View, said: Subset) -> Iterator[Problem]:
    if not said.roots and said.size is not None:
        reason = "[subset] has a size and no roots, and it is the roots of which as many are taken as fit."
        yield error("subset-roots", reason, 'Write roots = [{ table = "..." }].')
    elif not (said.roots or said.whole or said.coverage or view.plan.clone):
        reason = "[subset] asks for no row."
        yield error("subset-roots", reason, 'Write roots = [{ table = "..." }], or take [subset] out for every row.')


def _roots(view: View, roots: Roots) -> Iterator[Problem]:
    yield from _rows(view, roots.table, "roots")
    yield from _keyed(view, roots.table, roots.keys, needed=bool(roots.keys or roots.keys_file))
    table = view.schema.by_name.get(roots.table)
    if table is not None and roots.keys_file is not None and (key := chunk_key(table)):
        try:
            for _ in read_keys(roots, (view.plan.folder or Path()) / roots.keys_file, len(key)):
                pass
        except PlanError as refused:
            yield from refused.problems


def _rows(view: View, name: TableName, where: str) -> Iterator[Problem]:
    """Is there such a table, and are its rows read?"""
    if name not in view.schema.by_name:
        yield unknown_table(view, name, where)
    elif (treatment := view.treatment(name)) in (Treatment.EMPTY, Treatment.DROP):
        reason = f"It is named by {where}, and its treatment is {treatment.value}: none of its rows is read."
        yield error("subset-no-rows", reason, f"Mask or copy it, or take it out of {where}.", name)


def unknown_table(view: View, name: TableName, where: str) -> Problem:
    reason = f"{where} names a table that the database does not have.{meant(str(name), _names(view))}"
    return error("subset-table", reason[:1].upper() + reason[1:], CORRECT, name)


def _names(view: View) -> list[str]:
    return [str(table) for table in view.schema.by_name]


def _columns(view: View, name: TableName, columns: tuple[str, ...]) -> Iterator[Problem]:
    table = view.schema.by_name.get(name)
    known = [column.name for column in table.columns] if table is not None else list(columns)
    for column in columns:
        if column not in known:
            reason = f"The table has no such column.{meant(column, known)}"
            yield error("subset-column", reason, CORRECT, name, column)


def _keyed(view: View, name: TableName, keys: tuple[Key, ...], *, needed: bool) -> Iterator[Problem]:
    """Do the keys fit the table's key, and has it one where it `needed`s one?"""
    table = view.schema.by_name.get(name)
    if table is None or not needed:
        return
    key = chunk_key(table)
    if not key:
        reason = "Its rows are named by their keys, and the table has no primary key and no unique key without NULLs."
        yield error("subset-key", reason, "Say which rows by a condition (where), or take another table.", name)
    elif keys and len(keys[0]) != len(key):
        reason = f"Its keys have {len(keys[0])} values here, and the key ({', '.join(key)}) has {len(key)}."
        yield error("subset-key", reason, "Write the values of the key, in its order.", name)


def _edge(view: View, said: Subset, edge: Edge) -> Iterator[Problem]:
    table = view.schema.by_name.get(edge.table)
    if table is None:
        yield unknown_table(view, edge.table, "[[subset.edges]]")
        return
    if found := list(_columns(view, edge.table, edge.columns)):
        yield from found
        return
    keys = _keys(view, table)
    fitting = [key for key in keys if means(edge, key)]
    if len(fitting) == 1:
        yield from _fitting(view, said, edge, table, fitting[0])
    elif fitting:
        reason = f"{len(fitting)} foreign keys are over ({', '.join(edge.columns)})."
        yield error("subset-edge", reason, f"Write key = {_either(fitting)}.", table.name, edge.columns[0])
    else:
        of = f"called {edge.key!r}" if edge.key is not None else f"over ({', '.join(edge.columns)})"
        near = meant(edge.key, [key.name for key in keys]) if edge.key is not None else ""
        remedy = f"Its keys are {_either(keys)}." if keys else "No foreign key leaves this table: take the edge out."
        yield error("subset-edge", f"The table has no foreign key {of}.{near}", remedy, table.name)


def _keys(view: View, table: Table) -> list[ForeignKey]:
    ours = [key for child, key in expression_keys(view.plan, view.schema) if child == table.name]
    return [*table.foreign_keys, *ours]


def _either(keys: list[ForeignKey]) -> str:
    return " or ".join(f'"{key.name}"' for key in keys)


def _fitting(view: View, said: Subset, edge: Edge, table: Table, key: ForeignKey) -> Iterator[Problem]:
    column = key.columns[0] if key.columns else None
    if edge.missing is Missing.NULL and (why := _unsettable(view, table, key)) is not None:
        yield error("subset-missing", why, 'Write missing = "bring".', table.name, column)
    if (edge.limit is not None or edge.where is not None) and not _followed(view, said, table, key):
        reason = f"No parent brings its children along {key.name}, so limit and where of this edge do nothing."
        yield warning("subset-edge-unused", reason, 'Write follow = "owned" or "all".', table.name, column)


def _unsettable(view: View, table: Table, key: ForeignKey) -> str | None:
    """Why the key cannot be set NULL; None where it can."""
    settable = {name for name in key.columns if table.column(name).nullable and not table.column(name).generated}
    if not settable:
        of = "is NOT NULL in every column" if key.columns else "is made of expressions"
        return f'The foreign key {key.name} {of}, so it cannot be set NULL (missing = "null").'
    for other in table.foreign_keys:
        part = settable.intersection(other.columns)
        if other.match_full and part and not settable.issuperset(other.columns):
            is_partly = f"{other.name} is MATCH FULL and" if other is key else f"{other.name}, which is MATCH FULL,"
            return f"The foreign key {is_partly} would be NULL in part where {key.name} is set NULL."
    for child in view.tables(*READ):
        for other in _keys(view, child):
            if other.parent == table.name and settable.intersection(other.parent_columns):
                reason = f"{child.name}.{other.name} refers to what would be set NULL with the foreign key {key.name},"
                return f"{reason} and its rows would lose their parent."
    return None


def _followed(view: View, said: Subset, table: Table, key: ForeignKey) -> bool:
    tables = {each.name for each in view.tables(*READ)}
    roots = {each.table for each in said.roots} | ({view.plan.clone.table} if view.plan.clone else set())
    edges = effective_edges(view.schema, said, tables, roots, expression_keys(view.plan, view.schema))
    found = [edge for edge in edges if edge.child == table.name and edge.key.name == key.name]
    return not found or found[0].scope is not Scope.NONE
