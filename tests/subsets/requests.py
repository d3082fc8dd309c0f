"""Random subsets of random databases: roots, scopes of edges, whole tables, keys that only the plan declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.building import q
from tests.fuzz.filling import NULL, Row, rows_of
from tests.fuzz.shapes import Link, Shape, Table, shapes


@dataclass(frozen=True, slots=True)
class Edge:
    """What the plan says of one link."""

    table: str
    link: Link
    follow: str | None = None
    limit: int | None = None
    missing: str = "bring"
    virtual: bool = False
    """Declared in the plan; the database knows nothing of it, and its rows may dangle."""
    discriminator: str | None = None
    """Virtual: the column that must not be NULL for the row to refer at all."""
    expression: bool = False
    """Virtual: said as SQL over the column, not as the column."""


@dataclass(frozen=True)
class Request:
    shape: Shape
    roots: tuple[tuple[str, int], ...]
    """Tables and which of their rows: every so-manieth in the order of the primary key; 0: all."""
    whole: tuple[str, ...]
    edges: tuple[Edge, ...]
    seed: int

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The rows of every table as SQL literals. Some of those that a virtual key points from find no parent."""
        filled, random = rows_of(self.shape), Random(self.shape.seed + 1)
        for edge in self.edges:
            type_ = self.shape.table(edge.table).column(edge.link.columns[0]).type
            if edge.virtual and len(edge.link.columns) == 1 and not self._in_key(edge) and type_.key is not None:
                for row in filled[edge.table]:
                    if row[edge.link.columns[0]] != NULL and random.random() < 0.2:
                        row[edge.link.columns[0]] = type_.key(random)
        return filled

    def _in_key(self, edge: Edge) -> bool:
        return any(edge.link.columns[0] in key for key in self.shape.table(edge.table).keys)

    @property
    def declared(self) -> Shape:
        """The shape that the database itself knows: without virtual keys."""
        virtual = [(edge.table, edge.link) for edge in self.edges if edge.virtual]
        tables = tuple(
            replace(table, links=tuple(link for link in table.links if (table.name, link) not in virtual))
            for table in self.shape.tables
        )
        return replace(self.shape, tables=tables)

    def conditions(self) -> list[tuple[str, str | None]]:
        """The roots as SQL: a table, and which of its rows; None: all."""
        return [(name, self._condition(self.shape.table(name), step)) for name, step in self.roots]

    def _condition(self, table: Table, step: int) -> str | None:
        rows = self.rows[table.name]
        if not step or not table.primary or not rows:
            return None
        keys = [" and ".join(f"{q(self.shape, name)} = {row[name]}" for name in table.primary) for row in rows[::step]]
        return " or ".join(f"({key})" for key in keys)


@st.composite
def requests(draw: st.DrawFn, dialect: str) -> Request:
    shape = draw(shapes(dialect))
    shape = replace(shape, rows=draw(st.sampled_from([1, 7, 25, 60])))
    tables = [table.name for table in shape.tables]
    edges = tuple(draw(_edge(table, link)) for table in shape.tables for link in table.links)
    chosen = draw(st.lists(st.sampled_from(tables), min_size=1, max_size=2, unique=True))
    roots = tuple((name, draw(st.sampled_from([0, 2, 5, 9]))) for name in chosen)
    whole = tuple(draw(st.sets(st.sampled_from(tables), max_size=1))) if draw(st.booleans()) else ()
    return Request(shape, roots, whole, edges, draw(st.integers(0, 99)))


@st.composite
def _edge(draw: st.DrawFn, table: Table, link: Link) -> Edge:
    follow = draw(st.sampled_from([None, None, None, "all", "none", "owned"]))
    limit = draw(st.sampled_from([None, None, None, None, 1, 3])) if follow != "none" else None
    nullable = any(table.column(name).nullable for name in link.columns)
    missing = draw(st.sampled_from(["bring", "bring", "null"])) if nullable else "bring"
    virtual = draw(st.sampled_from([False, False, False, True]))
    expression = virtual and missing == "bring" and draw(st.booleans())
    if expression:
        # An edge is named by its columns, and this key has none.
        return Edge(table.name, link, virtual=True, expression=True)
    others = [column.name for column in table.columns if column.nullable and column.name not in link.columns]
    discriminator = draw(st.sampled_from(others)) if virtual and others and draw(st.booleans()) else None
    return Edge(table.name, link, follow, limit, missing, virtual, discriminator)


def requested(dialect: str, number: int) -> Request:
    """The random subset of that number: the same one in every process."""
    found: list[Request] = []

    # Hypothesis begins with the simplest examples, so the last of a few is the random one.
    @seed(number)
    @settings(
        max_examples=6, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(requests(dialect))
    def draw(request: Request) -> None:
        found.append(request)

    draw()
    return found[-1]
