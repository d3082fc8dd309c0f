"""A random subset of a random database: roots, scopes of edges, whole tables, keys that only the plan declares, goals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.building import q
from tests.fuzz.filling import NULL, Row, rows_of
from tests.fuzz.kinds import Type
from tests.fuzz.shapes import Column, Link, Shape, Table, shapes

TAG = "row no"
"""The column of every table that tells its rows apart, and stays as it is."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What the plan says of one link."""

    table: str
    link: Link
    follow: str | None = None
    limit: int | None = None
    even: bool = False
    """Only children of an even number are followed down."""
    missing: str = "bring"
    virtual: bool = False
    """Declared in the plan; the database knows nothing of it, and its rows may dangle."""
    discriminator: str | None = None
    """Virtual: the column that must not be NULL for the row to refer at all."""
    says: str | None = None
    """Virtual: the discriminator must be this."""
    expression: bool = False
    """Virtual: said as SQL over the column, not as the column."""
    cast: bool = False
    """That SQL makes a whole number of it."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Each value of these columns (and each pair) survives so many times."""

    table: str
    columns: tuple[str, ...]
    times: int
    pairs: bool


@dataclass(frozen=True)
class Request:
    shape: Shape
    roots: tuple[tuple[str, str | None], ...]
    """Tables and which of their rows, as SQL; None: all."""
    whole: tuple[str, ...]
    edges: tuple[Edge, ...]
    seed: int
    rows: dict[str, list[Row]] = field(repr=False)
    """Of every table, as SQL literals."""
    goals: tuple[Goal, ...] = ()
    caseless: bool = False
    """Texts and numbers that are spelt alike, but for case, are equal keys."""

    @property
    def declared(self) -> Shape:
        """The shape that the database itself knows: without virtual keys."""
        virtual = [(edge.table, edge.link) for edge in self.edges if edge.virtual]
        tables = tuple(
            replace(table, links=tuple(link for link in table.links if (table.name, link) not in virtual))
            for table in self.shape.tables
        )
        return replace(self.shape, tables=tables)


def tagged(table: Table, number: Type) -> Table:
    return replace(table, columns=(*table.columns, Column(TAG, number, False)))


@st.composite
def requests(draw: st.DrawFn, dialect: str) -> Request:
    shape = draw(shapes(dialect))
    number = Type("integer", str)
    shape = replace(
        shape,
        rows=draw(st.sampled_from([1, 7, 25, 60])),
        tables=tuple(tagged(table, number) for table in shape.tables),
    )
    tables = [table.name for table in shape.tables]
    edges = tuple(draw(_edge(table, link)) for table in shape.tables for link in table.links)
    rows = _rows(shape, edges)
    chosen = draw(st.lists(st.sampled_from(tables), min_size=1, max_size=2, unique=True))
    steps = draw(st.tuples(*[st.sampled_from([0, 2, 5, 9])] * len(chosen)))
    roots = tuple((name, every(shape, rows, name, step)) for name, step in zip(chosen, steps, strict=True))
    whole = tuple(draw(st.sets(st.sampled_from(tables), max_size=1))) if draw(st.booleans()) else ()
    return Request(shape, roots, whole, edges, draw(st.integers(0, 99)), rows)


def every(shape: Shape, rows: dict[str, list[Row]], name: str, step: int) -> str | None:
    """The condition of every so-manieth row; none for all."""
    if not step or not rows[name]:
        return None
    return f"{q(shape, TAG)} in ({', '.join(row[TAG] for row in rows[name][::step])})"


def _rows(shape: Shape, edges: tuple[Edge, ...]) -> dict[str, list[Row]]:
    """The rows of every table. Some of those that a virtual key points from find no parent."""
    filled, random = rows_of(shape), Random(shape.seed + 1)
    for edge in edges:
        table, name = shape.table(edge.table), edge.link.columns[0]
        type_ = table.column(name).type
        in_key = any(name in key for key in table.keys)
        if edge.virtual and len(edge.link.columns) == 1 and not in_key and type_.key is not None:
            for row in filled[edge.table]:
                if row[name] != NULL and random.random() < 0.2:
                    row[name] = type_.key(random)
    for rows in filled.values():
        for number, row in enumerate(rows):
            row[TAG] = str(number)
    return filled


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
    return Edge(table.name, link, follow, limit, missing=missing, virtual=virtual, discriminator=discriminator)


def typed(dialect: str, number: int) -> Request:
    """The random subset of that number of a database with columns of every type: the same one in every process."""
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
