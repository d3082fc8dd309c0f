"""Keys of one column: what is counted of each pair of columns that may be one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from connectors.schema import Column, Table
from engine.profiling.keys.candidate import Candidate, Features
from engine.profiling.keys.joins import Joins
from engine.profiling.keys.lookups import Lookups, says_none
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import is_own, says_count, says_key, says_measure
from engine.profiling.keys.pairs import ENOUGH, Pair, crowding, pairs
from engine.profiling.keys.values import Values

FEW = 20
"""Rows in which no value need come twice."""


def single_keys(material: Material, joins: Joins, lookups: Lookups) -> Iterator[Candidate]:
    """Every pair of a column and a key that values, names or joins speak for."""
    for parent, found in pairs(material, joins):
        lookups.ask(parent, [pair.child for pair in found])
        yield from (made for pair in found if (made := _measured(material, pair, joins, lookups)) is not None)


def _measured(material: Material, pair: Pair, joins: Joins, lookups: Lookups) -> Candidate | None:
    child, parent = pair.child, pair.parent
    table, column = material.schema.table(child.table), child.column
    looked, found = lookups.found(child, parent)
    if looked and found < ENOUGH * looked:
        return None
    joined = joins.of((child.table, (column.name,)), (parent.name, parent.columns))
    primary = table.primary_key == (column.name,)
    zero = parent.codes is not None and says_none(child, parent.codes)
    features = Features(
        name=pair.name, says_key=says_key(column.name), measure=_counts(child),
        own_key=(primary or (child.is_unique and not table.uniques)) and is_own(table.name, column.name, material.names),
        unique=table.is_unique((column.name,)) or (child.whole and child.is_unique and len(child.rows) >= FEW),
        alike=_alike(column, parent.values[0].column), indexed=is_indexed(table, (column.name,)), joined=len(joined),
        primary=parent.primary, declared=parent.declared, itself=child.table == parent.name, looked=looked, found=found,
        chance=_chance(child, parent), low=_low(child, parent), coverage=_coverage(child, parent), parents=parent.rows,
    )  # fmt: skip
    return Candidate(child.table, (column.name,), parent, features, pair.said, joined, zero=zero, rows=len(child.rows))


def _counts(child: Values) -> bool:
    """Is it named like a quantity?"""
    name = child.column.name
    return says_measure(name) or (child.shape == "integer" and says_count(name))


def _alike(child: Column, parent: Column) -> bool:
    return (child.native, child.unsigned) == (parent.native, parent.unsigned)


def is_indexed(table: Table, columns: tuple[str, ...]) -> bool:
    """An index that is there for more than to keep the column unique."""
    wanted = len(columns)
    return any(not index.unique and index.columns[:wanted] == columns for index in table.indexes)


def _chance(child: Values, parent: ParentKey) -> float:
    """How likely a value of this kind and range is among the parent's keys by chance."""
    if child.shape == "uuid":
        return 1e-9
    if child.shape == "integer":
        return float(crowding(child.distinct[:1], child.distinct[-1:], parent)[0]) if len(child.distinct) else 1.0
    # Of all codes of that length the share that are keys; words are less free than codes.
    free = float(10 ** -min(6.0, child.characters / 2))
    return max(min(1.0, parent.rows / float(36**child.characters)), free)


def _low(child: Values, parent: ParentKey) -> float:
    """Where the greatest value stands among the parent's keys: near 0, they are the first few of many."""
    keys = parent.values[0].distinct
    if child.shape != "integer" or not len(keys) or not len(child.distinct):
        return 0.0
    return float(np.searchsorted(keys, child.distinct[-1], "right")) / len(keys)


def _coverage(child: Values, parent: ParentKey) -> float:
    present = int(np.count_nonzero(child.present))
    return min(1.0, len(child.distinct) / max(1, min(parent.rows, present))) if present else 0.0
