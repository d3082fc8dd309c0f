"""Keys of several columns: tables that have all the columns of another one's key, by their names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from connectors.schema import Table
from engine.domains import shape
from engine.profiling.keys.candidate import Candidate, Features
from engine.profiling.keys.joins import Joins
from engine.profiling.keys.lookups import Lookups
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import stem
from engine.profiling.keys.pairs import ENOUGH
from engine.profiling.keys.singles import is_indexed
from engine.profiling.keys.values import Values, tuples
from engine.profiling.naming import tokens

MOST_PARTS = 4


def composite_keys(material: Material, joins: Joins, lookups: Lookups) -> Iterator[Candidate]:
    """Every table with columns of its own for each column of another one's key."""
    for parent in material.parents:
        if 2 <= len(parent.columns) <= MOST_PARTS:
            for table in material.schema.tables:
                for columns, name in _matches(material, table, parent):
                    made = _measured(material, table, columns, parent, name, joins, lookups)
                    if made is not None:
                        yield made


def _matches(material: Material, table: Table, parent: ParentKey) -> Iterator[tuple[tuple[str, ...], float]]:
    """Its columns named like the parent's, and those of another part (`old_origin, old_hour`), each with how well they are."""
    named = [_named(material, table, parent, name) for name in parent.columns]
    if not all(named):
        return
    for before in sorted({prefix for each in named for prefix, _ in each}):
        # `customer_id, billing_address_id`: not every column says the part again.
        own = [dict(each) for each in named]
        columns = tuple(each.get(before, each.get((), "")) for each in own)
        if all(columns) and len(set(columns)) == len(columns) and not _known(table, columns, parent):
            yield columns, 0.9 if before else 1.0


def _named(material: Material, table: Table, parent: ParentKey, key: str) -> list[tuple[tuple[str, ...], str]]:
    """Columns of the table that end in the key's name, with the words before it."""
    plain = material.names.columns(parent.name, key)[-1]
    words, found = tokens(plain), []
    if not stem(plain):
        return []
    for column in table.stored:
        own = tokens(material.names.columns(table.name, column.name)[-1])
        if own[-len(words) :] == words and shape(column) == shape(parent.table.column(key)):
            found.append((own[: -len(words)], column.name))
    return sorted(found)


def _known(table: Table, columns: tuple[str, ...], parent: ParentKey) -> bool:
    itself = table.name == parent.name and set(columns) & set(parent.columns) == set(columns)
    return itself or any(set(key.columns) == set(columns) for key in table.foreign_keys)


def _measured(
    material: Material, table: Table, columns: tuple[str, ...], parent: ParentKey, name: float, joins: Joins, lookups: Lookups
) -> Candidate | None:  # fmt: skip
    children = material.sampled(table.name, columns)
    if children is None:
        return None
    looked, found = lookups.found_together(children, parent)
    if looked and found < ENOUGH * looked:
        return None
    joined = joins.of((table.name, columns), (parent.name, parent.columns))
    own = set(table.primary_key) == set(columns)
    features = Features(
        name=name, says_key=True, own_key=False, unique=own or table.is_unique(columns), alike=_alike(table, columns, parent),
        indexed=is_indexed(table, columns), joined=len(joined), primary=parent.primary, declared=parent.declared,
        itself=table.name == parent.name, looked=looked, found=found, chance=_chance(parent),
        coverage=_coverage(children, parent), parents=parent.rows, parts=len(columns),
    )  # fmt: skip
    said = f"its columns are named like the key ({', '.join(parent.columns)})"
    return Candidate(table.name, columns, parent, features, said, joined, rows=len(children[0].rows))


def _alike(table: Table, columns: Sequence[str], parent: ParentKey) -> bool:
    pairs = zip(columns, parent.columns, strict=True)
    return all(table.column(own).native == parent.table.column(other).native for own, other in pairs)


def _chance(parent: ParentKey) -> float:
    """The share of all combinations of the parts that are keys."""
    combinations = math.prod(max(1, len(each.distinct)) for each in parent.values)
    return min(1.0, max(parent.rows, 1) / combinations)


def _coverage(children: Sequence[Values], parent: ParentKey) -> float:
    mixed, present = tuples(children)
    rows = int(np.count_nonzero(present))
    return min(1.0, len(np.unique(mixed[present])) / max(1, min(parent.rows, rows))) if rows else 0.0
