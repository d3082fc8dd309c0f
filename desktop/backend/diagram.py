"""The diagram's verb: which tables are drawn, what their boxes say, and where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from connectors.names import TableName
from connectors.schema import Column, Table
from desktop.backend.diagram_layout import Spacing, layout
from desktop.backend.room import Call, Room
from desktop.backend.schema_plan import Planned, planned
from desktop.backend.shelf import Shelved, reading
from desktop.models.columnar import names
from desktop.models.diagram import (
    ACROSS,
    DOWN,
    FALLS,
    FOREIGN,
    MOST_LINES,
    PERSONAL,
    PRIMARY,
    REACHED,
    ROOT,
    UNDECIDED,
    UP,
    WIDTH,
    Drawing,
    heights,
)
from desktop.models.schema import UNKNOWN
from engine.plan import READ, Plan
from engine.subset.declared import expression_keys
from engine.subset.edges import effective_edges
from engine.subset.reach import reach

MOST = 3_000
"""Boxes of one drawing."""
SPACING = Spacing(WIDTH, ACROSS, DOWN)
KeyEnd = tuple[TableName, str]
Flows = Mapping[KeyEnd, int]
"""Child table and name of its key -> how a subset follows it."""


def draw(room: Room, call: Call, connection: str, title: str | None, hops: int) -> Drawing:
    """The tables so many keys around one, or without a `title` all of them. Raises LookupError for a table that is not there."""
    shelf = reading(room, connection)
    return drawing(shelf, planned(room, connection, shelf), connection, title, hops)


def drawing(shelf: Shelved, plan: Planned, connection: str, title: str | None, hops: int) -> Drawing:
    """As `draw`, of a schema that is at hand."""
    tables = {name: plan.schema.by_name[name] for name in shelf.order if name in plan.schema.by_name}
    centre = None if title is None else next(name for name in [*tables, *shelf.order] if str(name) == title)
    found = [*tables] if centre is None else _around(tables, centre, hops)
    drawn = {name: tables[name] for name in found[:MOST] if name in tables}
    return _drawing(shelf, plan, connection, drawn, centre, hops, len(found) - len(drawn))


def _around(tables: Mapping[TableName, Table], centre: TableName, hops: int) -> list[TableName]:
    """The tables at most so many keys away, the nearest first."""
    near: dict[TableName, set[TableName]] = defaultdict(set)
    for table in tables.values():
        for key in table.foreign_keys:
            near[table.name].add(key.parent)
            near[key.parent].add(table.name)
    found = dict.fromkeys([centre])
    edge: Iterable[TableName] = [centre]
    for _ in range(hops):
        edge = sorted({other for name in edge for other in near[name] if other in tables and other not in found})
        found |= dict.fromkeys(edge)
    return list(found)


def _drawing(
    shelf: Shelved,
    plan: Planned,
    connection: str,
    tables: dict[TableName, Table],
    centre: TableName | None,
    hops: int,
    more: int,
) -> Drawing:
    at = {name: place for place, name in enumerate(tables)}
    listed = {name: _listed(table, plan) for name, table in tables.items()}
    rest = np.array([len(table.columns) - len(listed[name]) for name, table in tables.items()], np.int32)
    count = np.array([len(listed[name]) for name in tables], np.int32)
    keys = [(table, key) for table in tables.values() for key in table.foreign_keys if key.parent in at]
    ends = [(at[table.name], at[key.parent]) for table, key in keys]
    flows, reached, roots = _subset(plan)
    places = layout(heights(count, rest).tolist(), [(parent, child) for child, parent in ends], SPACING)
    columns = [(table, column) for table in tables.values() for column in listed[table.name]]
    return Drawing(
        shelf.stamp, connection, -1 if centre is None else at.get(centre, -1), hops, more,
        names(str(name) for name in tables),
        np.array([UNKNOWN if t.estimated_rows is None else t.estimated_rows for t in tables.values()], np.int64),
        np.array([len((plan.personal or {}).get(name, ())) for name in tables], np.int32),
        np.array([len(plan.undecided.get(name, ())) for name in tables], np.int32),
        np.array([ROOT if name in roots else REACHED if name in reached else 0 for name in tables], np.int8),
        bool(roots),
        places.astype(np.float32),
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        names(column.name for _, column in columns),
        names(plan.entity(table.name, column.name) or column.native for table, column in columns),
        np.array([_signs(table, column, plan) for table, column in columns], np.int8),
        rest,
        np.array([child for child, _ in ends], np.int32),
        np.array([parent for _, parent in ends], np.int32),
        np.array([_line(listed[table.name], key.columns) for table, key in keys], np.int32),
        np.array([_line(listed[key.parent], key.parent_columns) for _, key in keys], np.int32),
        np.array([flows.get((table.name, key.name), 0) for table, key in keys], np.int8),
        np.array([key.virtual for _, key in keys], np.int8),
    )  # fmt: skip


def _listed(table: Table, plan: Planned) -> list[Column]:
    """The columns that its box lists: keys, then personal ones, then others, as far as there is room."""

    def rank(column: Column) -> int:
        sign = _signs(table, column, plan)
        return 0 if sign & PRIMARY else 1 if sign & FOREIGN else 2 if sign & (PERSONAL | UNDECIDED) else 3

    return sorted(table.columns, key=rank)[:MOST_LINES]


def _signs(table: Table, column: Column, plan: Planned) -> int:
    return (
        PRIMARY * (column.name in table.primary_key)
        + FOREIGN * any(column.name in key.columns for key in table.foreign_keys)
        + PERSONAL * bool(plan.entity(table.name, column.name))
        + UNDECIDED * (column.name in plan.undecided.get(table.name, ()))
    )


def _line(listed: Sequence[Column], columns: Sequence[str]) -> int:
    """Where the first column of a key stands; -1: it is not listed."""
    return next((place for place, column in enumerate(listed) if columns and column.name == columns[0]), -1)


def _subset(plan: Planned) -> tuple[Flows, frozenset[TableName], frozenset[TableName]]:
    """How the plan's subset follows each key, which tables it reaches, and where it begins."""
    of = plan.plan
    roots = _roots(of) if of is not None else frozenset()
    if of is None or of.subset is None or not roots:
        return {}, frozenset(), frozenset()
    tables = [name for name, said in of.tables.items() if said.treatment in READ and name in plan.schema.by_name]
    edges = effective_edges(plan.schema, of.subset, tables, roots, expression_keys(of, plan.schema))
    found = reach(edges, roots, of.subset.whole)
    flows = {
        (edge.child, edge.key.name): UP * (place in found.up) + FALLS * (place in found.down)
        for place, edge in enumerate(edges)
    }
    return flows, found.tables, roots


def _roots(plan: Plan) -> frozenset[TableName]:
    roots = {root.table for root in plan.subset.roots} if plan.subset is not None else set()
    return frozenset(roots | ({plan.clone.table} if plan.clone is not None else set()))
