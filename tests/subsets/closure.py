"""What a subset must hold, computed the plain and slow way: every row of every table in memory, joined by comparing values.

It shares no code with the product: rows come through the bare drivers, ownership is worked out anew from the written rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from connectors.names import TableName
from tests.fuzz.building import q
from tests.fuzz.shapes import Table
from tests.oracle import PostgresReader, Reader
from tests.subsets.requests import TAG, Edge, Request

Row = tuple[Any, ...]
Place = tuple[str, int]
"""A table and the number of one of its rows."""


@dataclass
class Rows:
    """Every row of a database, as text of its values."""

    names: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def cells(self, place: Place, columns: tuple[str, ...]) -> Row:
        table, number = place
        names = self.names[table]
        return tuple(self.rows[table][number][names.index(name)] for name in columns)

    def places(self, table: str) -> list[Place]:
        return [(table, number) for number in range(len(self.rows[table]))]


def read(reader: Reader, request: Request) -> Rows:
    found = Rows()
    for table in request.shape.tables:
        found.names[table.name] = [column.name for column in table.columns]
        found.rows[table.name] = rows_of(reader, table)
    return found


def rows_of(reader: Reader, table: Table, where: str | None = None) -> list[Row]:
    as_text = "::text" if isinstance(reader, PostgresReader) else ""
    listed = ", ".join(reader.q(column.name) + as_text for column in table.columns)
    condition = f" where {where}" if where else ""
    found = reader.rows(f"select {listed} from {reader.relation(TableName(table.name))}{condition}")
    # A float is not equal to itself when it is no number.
    return [tuple(None if cell is None else repr(cell) for cell in row) for row in found]


def roots(request: Request, rows: Rows, reader: Reader) -> set[Place]:
    """The rows that the root entries ask for, as the database itself finds them."""
    found = set()
    for name, where in request.roots:
        asked = set(rows_of(reader, request.shape.table(name), where))
        found |= {(name, number) for number, row in enumerate(rows.rows[name]) if row in asked}
    return found


def owning(request: Request) -> set[int]:
    """The numbers of the edges that lead from an owner to what it owns, by tables alone."""
    refers: dict[str, set[str]] = {table.name: set() for table in request.shape.tables}
    for edge in request.edges:
        refers[edge.table].add(edge.link.parent)
    reach = {name: {name} for name in refers}
    while True:
        wider = {name: set().union(found, *(refers[other] for other in found)) for name, found in reach.items()}
        if wider == reach:
            break
        reach = wider
    depth = {name: 0 for name, _ in request.roots}
    frontier = list(depth)
    while frontier:
        reached = [
            e.table for name in frontier for e in request.edges if e.link.parent == name and e.table not in depth
        ]
        for name in reached:
            depth[name] = depth[frontier[0]] + 1
        frontier = list(dict.fromkeys(reached))
    starts = {name for name, _ in request.roots}
    return {
        number
        for number, edge in enumerate(request.edges)
        if edge.link.parent in depth
        and edge.table not in starts
        and edge.table != edge.link.parent
        and (
            not (edge.link.parent in reach[edge.table] and edge.table in reach[edge.link.parent])
            or depth[edge.table] > depth[edge.link.parent]
        )
    }


@dataclass
class Closed:
    """The rows of a subset, and which of them are owned."""

    selected: set[Place] = field(default_factory=set)
    owned: set[Place] = field(default_factory=set)

    def above(self, follow: str) -> set[Place]:
        """The parents that bring children."""
        return {"all": self.selected, "owned": self.owned, "none": set()}[follow]


@dataclass
class Joined:
    """Who refers to whom along each edge."""

    parent: list[dict[Place, Place]] = field(default_factory=list)
    children: list[dict[Place, list[Place]]] = field(default_factory=list)
    """Those alone that may be followed down."""


def joined(request: Request, rows: Rows, reader: Reader) -> Joined:
    found = Joined()
    for edge in request.edges:
        parents = {}
        for place in rows.places(edge.link.parent):
            parents[_key(request, rows.cells(place, edge.link.parent_columns))] = place
        up: dict[Place, Place] = {}
        down: dict[Place, list[Place]] = defaultdict(list)
        for child in rows.places(edge.table):
            key = _key(request, rows.cells(child, edge.link.columns))
            if None not in key and _speaks(edge, rows, child) and key in parents:
                up[child] = parents[key]
                if not edge.even or number_of(rows, child) % 2 == 0:
                    down[parents[key]].append(child)
        found.parent.append(up)
        found.children.append(down)
    return found


def number_of(rows: Rows, place: Place) -> int:
    return int(plain(rows.cells(place, (TAG,))[0]))


def plain(cell: str) -> str:
    """What a driver gives, without what says whether it is text, bytes or a number."""
    return cell.removeprefix("b").strip("'")


def _key(request: Request, cells: Row) -> Row:
    return tuple(None if cell is None else plain(cell).casefold() for cell in cells) if request.caseless else cells


def _speaks(edge: Edge, rows: Rows, child: Place) -> bool:
    if edge.discriminator is None:
        return True
    (said,) = rows.cells(child, (edge.discriminator,))
    return said is not None and edge.says in (None, plain(said))


def follows(request: Request) -> list[str]:
    owners = owning(request)
    return [edge.follow or ("owned" if number in owners else "none") for number, edge in enumerate(request.edges)]


def closure(
    request: Request,
    rows: Rows,
    links: Joined,
    started: set[Place],
    added: Collection[Place],
    there: set[Place],
    *,
    sure: bool = False,
) -> Closed:
    """The least fixpoint: parents always, children as the scopes say; where an edge is limited, those children that are `there`.
    `added` are selected and not owned. `sure`: a child of a limited edge is owned only where all its siblings fit within the limit;
    elsewhere it may be there as somebody's parent alone."""
    scopes, closed = follows(request), Closed(set(started) | set(added), set(started))
    for name in request.whole:
        closed.selected |= set(rows.places(name))
    while True:
        before = len(closed.selected), len(closed.owned)
        for number, edge in enumerate(request.edges):
            if edge.missing == "bring":
                closed.selected |= {p for c, p in links.parent[number].items() if c in closed.selected}
            above = closed.above(scopes[number])
            children = {c for p, some in links.children[number].items() if p in above for c in some}
            if edge.limit is not None:
                children &= there
            closed.selected |= children
            closed.owned |= (
                _fitting(edge, links.children[number], above) if sure and edge.limit is not None else children
            )
        if before == (len(closed.selected), len(closed.owned)):
            return closed


def _fitting(edge: Edge, children: dict[Place, list[Place]], above: set[Place]) -> set[Place]:
    """The children of parents that have no more than the limit."""
    assert edge.limit is not None
    return {c for parent, some in children.items() if parent in above and len(some) <= edge.limit for c in some}


def emptied(request: Request, rows: Rows, links: Joined, closed: Closed, place: Place) -> Row:
    """The row as the target must have it: keys set NULL whose parent is not there."""
    table, number = place
    cells = list(rows.rows[table][number])
    for which, edge in enumerate(request.edges):
        if _is_lost(edge, links.parent[which].get(place), closed, place):
            for name in edge.link.columns:
                if request.shape.table(table).column(name).nullable:
                    cells[rows.names[table].index(name)] = None
    return tuple(cells)


def _is_lost(edge: Edge, parent: Place | None, closed: Closed, place: Place) -> bool:
    return edge.table == place[0] and edge.missing == "null" and parent is not None and parent not in closed.selected


def condition(request: Request, edge: Edge) -> str | None:
    """The virtual key's own condition, as SQL."""
    if edge.discriminator is None:
        return None
    name = q(request.shape, edge.discriminator)
    return f"{name} is not null" if edge.says is None else f"{name} = '{edge.says}'"
