"""Copies of small random entities: as many rows as they own, every key holds, and shared rows are there once."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from engine.subset.spec import Copies
from tests.engine.copies.line import cloned, kept

Row = tuple[object, ...]


@dataclass(frozen=True)
class Made:
    """A table whose rows refer to rows of earlier tables, or to earlier ones of its own: by integers, texts, or parts of a key."""

    name: str
    textual: bool
    parents: tuple[str, ...]
    """Two columns for each that is referred to by two."""
    numbered: bool
    """Its key is the first parent and a number that begins anew with each."""
    rows: tuple[tuple[int | None, ...], ...]
    """For each row the places of its parents."""
    label: bool
    """It has a unique text beside its key."""


@st.composite
def databases(draw: st.DrawFn) -> list[Made]:
    made: list[Made] = []
    for place in range(draw(st.integers(2, 5))):
        # A table with a key of two parts is referred to by nobody here.
        known = [table for table in made if not table.numbered]
        parents = draw(st.lists(st.sampled_from(known), max_size=3)) if place else []
        own = draw(st.booleans())
        count = draw(st.integers(1, 6))
        rows = tuple(
            tuple(
                [draw(st.integers(0, len(parent.rows) - 1)) for parent in parents]
                + ([draw(st.none() | st.integers(0, number - 1)) if number else None] if own else [])
            )
            for number in range(count)
        )
        numbered = bool(parents) and not own and draw(st.booleans())
        names = tuple(parent.name for parent in parents) + ((f"t{place}",) if own else ())
        made.append(Made(f"t{place}", draw(st.booleans()), names, numbered, rows, draw(st.booleans())))
    return made


def build(path: Path, tables: list[Made]) -> None:
    textual = {table.name: table.textual for table in tables}
    with closing(sqlite3.connect(path)) as connection:
        for table in tables:
            columns = [
                f"p{n} {'text' if textual[p] else 'integer'} references {p} (id)" for n, p in enumerate(table.parents)
            ]
            key = (
                ["n integer", "primary key (p0, n)"]
                if table.numbered
                else [f"id {'text' if table.textual else 'integer'} not null primary key"]
            )
            label = ["label text unique"] if table.label else []
            body = [*key[:1], *label, *columns, *key[1:]]
            connection.execute(f"create table {table.name} ({', '.join(body)})")
            for number, row in enumerate(table.rows):
                values: list[object] = [number if table.numbered else _name(table.textual, number)]
                values += [f"label {number}"] if table.label else []
                values += [
                    None if at is None else _name(textual[p], at) for p, at in zip(table.parents, row, strict=True)
                ]
                connection.execute(f"insert into {table.name} values ({', '.join('?' * len(values))})", values)
        connection.commit()


def _name(textual: bool, number: int) -> object:
    return f"key {number}" if textual else number + 1


def entity(tables: list[Made]) -> tuple[dict[str, int], dict[str, int]]:
    """How many rows the first row of the first table owns, and how many are selected in all."""
    owned, selected = {("t0", 0)}, set()
    # Along keys to other tables alone; tables come in the order in which they refer to each other.
    for table in tables[1:]:
        for number, row in enumerate(table.rows):
            if any((p, at) in owned for p, at in zip(table.parents, row, strict=True) if p != table.name):
                owned.add((table.name, number))
    by_name, waiting = {table.name: table for table in tables}, list(owned)
    while waiting:
        at = waiting.pop()
        if at not in selected:
            selected.add(at)
            table = by_name[at[0]]
            waiting += [
                (p, place) for p, place in zip(table.parents, table.rows[at[1]], strict=True) if place is not None
            ]
    count = {t.name: sum(name == t.name for name, _ in owned) for t in tables}
    return count, {t.name: sum(name == t.name for name, _ in selected) for t in tables}


@settings(max_examples=12)
@given(databases(), st.integers(1, 4))
def test_copies_of_any_entity_hold_every_key(tables: list[Made], copies: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.db", Path(folder) / "target.db"
        build(source, tables)
        key = str(_name(tables[0].textual, 0))
        plan = kept(f"sqlite:///{source}", Copies(TableName("t0"), copies, keys=((key,),)))
        cloned(plan, f"sqlite:///{source}", f"sqlite:///{target}", Path(folder) / "desk")
        owned, selected = entity(tables)
        with closing(sqlite3.connect(target)) as connection:
            assert connection.execute("pragma foreign_key_check").fetchall() == []
            for table in tables:
                [(rows,)] = connection.execute(f"select count(*) from {table.name}").fetchall()
                assert rows == selected[table.name] + copies * owned[table.name], table.name
