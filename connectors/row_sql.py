"""The SQL text of rows by name that dialects share: some rows of a table, and the join that follows a foreign key.

A person's conditions stand alone in a SELECT of their own table, under its own name, so that nothing of ours can hide a column.
Values are bound: a dialect gives its conditions with placeholders, and none of them holds one of a person's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.rows import FROM, TO, Follow
from connectors.sql import Sql

CHILD, PARENT = "c", "p"
"""Aliases of both sides of a join."""


@dataclass(frozen=True, slots=True)
class Side:
    """One table of a join."""

    ids: tuple[str, ...]
    """SQL of each column of its id: of the child over the bare table, of the parent over the alias `p`."""
    among: str = ""
    """The condition of the rows that may take part, in the same words; empty: all."""
    source: str = ""
    """Of the parent: what is joined in place of the table, with the columns of its id and of the key."""


def equal(parent: str, child: str, place: int) -> str:
    """One part of a key: the parent stands first, for in some dialects the left side's collation decides."""
    return f"{parent} = {child}"


def select(sources: str, values: Sequence[str], conditions: Sequence[str]) -> str:
    """A SELECT under all the conditions that are not empty, each kept together."""
    # On lines of their own, so that no text of a person can end in the middle of ours.
    where = " AND ".join(f"(\n{condition}\n)" for condition in conditions if condition)
    return f"SELECT {', '.join(values)} FROM {sources}" + (f" WHERE {where}" if where else "")


def follow_sql(
    sql: Sql,
    step: Follow,
    child: Side,
    parent: Side,
    equals: Callable[[str, str, int], str] = equal,
    down: str = "JOIN",
) -> str:
    """Pairs of ids named `from0`, `to0`...: every child of each parent, or the parent of each child with a complete key, NULL for
    an orphan. `among` of the side that is left from limits it."""
    key = step.key
    keys = [f"({text})" for text in key.expressions] or [sql.quote(column) for column in key.columns]
    named = [
        f"{value} AS {part}{place}"
        for part, values in (("i", child.ids), ("k", keys))
        for place, value in enumerate(values)
    ]
    conditions = [child.among, key.where or "", (step.where or "") if step.down else ""]
    children = f"({select(sql.relation(step.child), named, conditions)}) {CHILD}"
    parents = f"{parent.source or sql.relation(key.parent)} {PARENT}"
    on = " AND ".join(
        equals(f"{PARENT}.{sql.quote(column)}", f"{CHILD}.k{place}", place)
        for place, column in enumerate(key.parent_columns)
    )
    ids = [f"{CHILD}.i{place}" for place in range(len(child.ids))]
    if step.down:
        return select(f"{children} {down} {parents} ON {on}", _pairs(parent.ids, ids), [parent.among])
    complete = [f"{CHILD}.k{place} IS NOT NULL" for place in range(len(keys))]
    return select(f"{children} LEFT JOIN {parents} ON {on}", _pairs(ids, parent.ids), complete)


def _pairs(left: Sequence[str], reached: Sequence[str]) -> list[str]:
    return [
        f"{value} AS {pattern.format(place)}"
        for pattern, values in ((FROM, left), (TO, reached))
        for place, value in enumerate(values)
    ]
