"""Random rows in a schema of every awkward shape: the closure selects what a fixpoint over sets selects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing as shut
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from engine.subset import ahead, asking, closure
from engine.subset.edges import EffectiveEdge
from engine.subset.spec import Edge, Missing, Scope
from tests.engine.subset.closing import Case, closing

# Two self references, two cycles through one table, a diamond, a composite key, a key to a unique column, a table without a key.
KEYS = {
    "a": [("a", "a", "id"), ("a2", "a", "id"), ("b", "b", "id")],
    "b": [("a", "a", "code"), ("c", "c", "id")],
    "c": [("b", "b", "id"), ("d", "d", "id")],
    "d": [("x,y", "a", "x,y")],
    "e": [("c", "c", "id"), ("d", "d", "id"), ("x,y", "a", "x,y")],
}
TABLES = list(KEYS)
VALUE = st.integers(1, 6)
MAYBE = st.none() | VALUE | st.just(9)
Row = dict[str, Any]
Rows = dict[str, list[Row]]
Place = tuple[str, int]


@st.composite
def databases(draw: st.DrawFn) -> Rows:
    made: Rows = {}
    for table, keys in KEYS.items():
        columns = dict.fromkeys(name for columns, _, _ in keys for name in columns.split(","))
        ids = draw(st.lists(VALUE, max_size=6, unique=True))
        made[table] = [{"id": id_} | {name: draw(MAYBE) for name in columns} for id_ in ids]
    for row in made["a"]:
        row |= {"code": row["id"] + 0, "x": row["id"] % 3, "y": row["id"]}
    return made


@dataclass(frozen=True)
class Wish:
    edges: list[Edge]
    whole: list[str]
    roots: list[tuple[str, int, bool]]


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    edges = [
        Edge(TableName(table), tuple(columns.split(",")), follow=draw(st.sampled_from([None, None, *Scope])),
             missing=draw(st.sampled_from([Missing.BRING, Missing.BRING, Missing.NULL])))
        for table, keys in KEYS.items() for columns, _, _ in keys
    ]  # fmt: skip
    whole = draw(st.lists(st.sampled_from(TABLES), max_size=1))
    root = st.tuples(st.sampled_from(TABLES), st.integers(0, 6), st.booleans())
    return Wish(edges, whole, draw(st.lists(root, min_size=1, max_size=4)))


def build(path: Path, rows: Rows) -> str:
    with shut(sqlite3.connect(path)) as connection:
        for table, keys in KEYS.items():
            columns = list(dict.fromkeys(name for names, _, _ in keys for name in names.split(",")))
            extra = ["code integer unique", "x int", "y int", "unique (y, x)"] if table == "a" else []
            own = [f"id integer{'' if table == 'e' else ' primary key'}", *(f"{name} int" for name in columns), *extra]
            own += [f"foreign key ({names}) references {parent}({there})" for names, parent, there in keys]
            connection.execute(f"create table {table}({', '.join(own)}){' strict' if table == 'b' else ''}")
            for row in rows[table]:
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert into {table}({', '.join(row)}) values ({marks})", list(row.values()))
        connection.commit()
    return f"sqlite:///{path}"


class Fixpoint:
    """The selection by the contract's sentences, over rows in memory."""

    def __init__(self, rows: Rows, edges: Sequence[EffectiveEdge], wish: Wish) -> None:
        self.rows, self.edges = rows, edges
        self.selected: set[Place] = {(table, row["id"]) for table in wish.whole for row in rows[table]}
        self.owned: set[Place] = set()
        for table, id_, owned in wish.roots:
            if any(row["id"] == id_ for row in rows[table]):
                self.selected.add((table, id_))
                self.owned |= {(table, id_)} if owned else set()
        self.pairs = {edge: list(self._pairs(edge)) for edge in edges}
        while self._grows():
            pass

    def orphans(self, edge: EffectiveEdge) -> int:
        found = {child for child, _ in self.pairs[edge]}
        complete = {
            (edge.child.name, row["id"])
            for row in self.rows[edge.child.name]
            if all(row[name] is not None for name in edge.key.columns)
        }
        return len((complete - found) & self.selected)

    def nulled(self, edge: EffectiveEdge) -> set[Place]:
        lost = {c for c, p in self.pairs[edge] if c in self.selected and p not in self.selected}
        return lost if edge.missing is Missing.NULL else set()

    def _pairs(self, edge: EffectiveEdge) -> Iterator[tuple[Place, Place]]:
        for row in self.rows[edge.child.name]:
            for parent in self.rows[edge.parent.name]:
                here = [row[name] for name in edge.key.columns]
                if None not in here and here == [parent[name] for name in edge.key.parent_columns]:
                    yield (edge.child.name, row["id"]), (edge.parent.name, parent["id"])

    def _grows(self) -> bool:
        before = len(self.selected) + len(self.owned)
        for edge, pairs in self.pairs.items():
            for child, parent in pairs:
                if child in self.selected and edge.missing is Missing.BRING:
                    self.selected.add(parent)
                if parent in {Scope.OWNED: self.owned, Scope.ALL: self.selected, Scope.NONE: set()}[edge.scope]:
                    self.selected.add(child)
                    self.owned.add(child)
        return len(self.selected) + len(self.owned) > before


def select(case: Case, wish: Wish) -> None:
    for table in wish.whole:
        case.closure.add_whole(TableName(table))
    for table, id_, owned in wish.roots:
        case.add(table, f"id = {id_}", owned=owned)
        if owned:
            case.closure.grow()


@pytest.mark.parametrize(
    ("at_once", "patience", "wide"), [(50_000, 8, 256), (2, 8, 256), (50_000, 0, 256), (50_000, 0, 1)]
)
@settings(max_examples=8)
@given(databases(), wishes())
def test_the_closure_is_the_least_fixpoint(at_once: int, patience: int, wide: int, rows: Rows, wish: Wish) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        # Few at a time, so that small tables are asked for in parts, or once for all rows and sifted.
        patch.setattr(asking, "ASKED_AT_ONCE", at_once)
        patch.setattr(asking, "ASKED_PER_SCAN", at_once)
        patch.setattr(closure, "ASKED_AT_ONCE", at_once)
        # Without patience every cycle is run ahead on, until more rows than that wait.
        patch.setattr(closure, "PATIENCE", patience)
        patch.setattr(ahead, "NARROW", wide)
        url = build(Path(name) / "source.db", rows)
        roots = [table for table, _, owned in wish.roots if owned]
        with closing(url, Path(name), roots=roots, edges=wish.edges) as case:
            select(case, wish)
            expected = Fixpoint(rows, case.closure.edges, wish)
            for table in TABLES:
                _judge(case, expected, table)


def _judge(case: Case, expected: Fixpoint, table: str) -> None:
    told = case.selection.tables[TableName(table)]
    wanted = sorted(id_ for name, id_ in expected.selected if name == table)
    assert told.rows == len(wanted) == told.direct + told.upstream + told.downstream
    if not told.whole:
        assert case.ids(table) == wanted
    for edge in case.closure.edges:
        if edge.child.name == table:
            nulled = sorted(id_ for _, id_ in expected.nulled(edge))
            assert told.nulled.get(edge.key.name, 0) == len(nulled)
            assert not nulled or case.nulled(table, edge.key.name) == nulled
            assert told.whole or told.orphans.get(edge.key.name, 0) == expected.orphans(edge)
    for id_ in wanted:
        links = case.closure.chain(TableName(table), case.id(table, f"id = {id_}"))
        assert links[-1].reason in ("root", "whole")
        assert all(link.edge is not None for link in links[:-1])
