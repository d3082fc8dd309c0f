"""Keys of one column: every pair of columns that may be one, narrowed down by type, by a few values, then by all that were read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.schema import Column, Kind, Table
from engine.profiling.keys.candidate import Candidate, Features
from engine.profiling.keys.joins import Joins
from engine.profiling.keys.lookups import Lookups, says_none
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import affinity, is_own, says_count, says_key, says_measure
from engine.profiling.keys.values import Codes, Values

PROBES = 64
"""Values of a column that are looked for first."""
ENOUGH = 0.8
"""The share of distinct values that must have a parent: the others may be orphans."""
FEW = 20
"""Rows in which no value need come twice."""
NAMED = 0.45
"""A name from which on a key is thought of where no value can speak for it."""
_REFERRING = frozenset({Kind.INTEGER, Kind.TEXT, Kind.UUID, Kind.DECIMAL, Kind.BINARY, Kind.ENUM})


@dataclass(frozen=True)
class Pair:
    child: Values
    parent: ParentKey
    name: float
    said: str


def single_keys(material: Material, joins: Joins, lookups: Lookups) -> Iterator[Candidate]:
    """Every pair of a column and a key that values, names or joins speak for."""
    by_shape: dict[str, list[Values]] = defaultdict(list)
    for values in material.values.values():
        if _may_refer(material, values):
            by_shape[values.shape].append(values)
    children = {shape: Children(each) for shape, each in by_shape.items()}
    parents = [parent for parent in material.parents if len(parent.columns) == 1]
    for parent in parents:
        group = children.get(parent.values[0].shape)
        pairs = list(_pairs(material, parent, group, joins)) if group is not None else []
        lookups.ask(parent, [pair.child for pair in pairs])
        yield from (made for pair in pairs if (made := _measured(material, pair, joins, lookups)) is not None)


def _may_refer(material: Material, values: Values) -> bool:
    """A column of a key's type, and none that the database numbers as the key of its own table."""
    column = values.column
    numbered = column.identity is not None or (column.default or "").startswith("nextval(")
    if column.kind not in _REFERRING or (column.kind is Kind.DECIMAL and column.scale):
        return False
    return not (numbered and is_own(values.table, column.name, material.names))


class Children:
    """Some values of each column of one shape, side by side."""

    def __init__(self, columns: Sequence[Values]) -> None:
        self.columns = columns
        probes = [_spread(each.distinct) for each in columns]
        self._sizes = np.array([len(each) for each in probes])
        self._owner = np.repeat(np.arange(len(columns)), self._sizes)
        self._probes = np.concatenate(probes) if probes else np.array([], np.int64)

    def shares(self, keys: Codes) -> Sequence[float]:
        """Of each column's probes the share that is among these keys; 1 where it has no value at all."""
        if not len(keys):
            return [float(not size) for size in self._sizes]
        hits = np.bincount(self._owner[_among(self._probes, keys)], minlength=len(self.columns))
        return list(np.where(self._sizes > 0, hits / np.maximum(self._sizes, 1), 1.0))


def _spread(values: Codes) -> Codes:
    return values if len(values) <= PROBES else values[np.linspace(0, len(values) - 1, PROBES).astype(int)]


def _among(values: Codes, keys: Codes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    places = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return np.asarray(keys[places] == values)


def _pairs(material: Material, parent: ParentKey, children: Children, joins: Joins) -> Iterator[Pair]:
    key, keys = parent.columns[0], parent.codes
    shares = children.shares(keys) if keys is not None else [1.0] * len(children.columns)
    for child, share in zip(children.columns, shares, strict=True):
        if share < ENOUGH or child.key == (parent.name, key) or _declared(material, child, parent):
            continue
        name, said = affinity(child.table, child.column.name, parent.name, key, material.names)
        joined = joins.of((child.table, (child.column.name,)), (parent.name, parent.columns))
        if name >= NAMED or joined or _speaks(child, parent):
            yield Pair(child, parent, name, said)


def _declared(material: Material, child: Values, parent: ParentKey) -> bool:
    """The database, or the plan, says itself what it refers to, or it is the parent's own column, inherited."""
    table = material.schema.table(child.table)
    return parent.name in table.inherits or any(key.columns == (child.column.name,) for key in table.foreign_keys)


def _speaks(child: Values, parent: ParentKey) -> bool:
    """Can its values alone speak for a key? Small whole numbers are in every longer sequence."""
    if len(child.distinct) < 2:
        return False
    if child.shape != "integer":
        return parent.codes is not None or child.shape == "uuid"
    if parent.codes is None:
        return says_key(child.column.name) and len(child.distinct) >= PROBES
    return says_key(child.column.name) or _chance(child, parent) < 0.5


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
    if child.shape != "integer":
        # Of all codes of that length the share that are keys; words are less free than codes.
        free = float(10 ** -min(6.0, child.characters / 2))
        return max(min(1.0, parent.rows / float(36**child.characters)), free)
    keys = parent.values[0].distinct
    if not len(keys) or not len(child.distinct):
        return 1.0
    low, high = int(child.distinct[0]), int(child.distinct[-1])
    everywhere = max(parent.rows, 1) / (int(keys[-1]) - int(keys[0]) + 1)
    if parent.codes is None:
        return min(1.0, everywhere)
    here = int(np.searchsorted(keys, high, "right") - np.searchsorted(keys, low)) / (high - low + 1)
    return min(1.0, max(here, everywhere))


def _low(child: Values, parent: ParentKey) -> float:
    """Where the greatest value stands among the parent's keys: near 0, they are the first few of many."""
    keys = parent.values[0].distinct
    if child.shape != "integer" or not len(keys) or not len(child.distinct):
        return 0.0
    return float(np.searchsorted(keys, child.distinct[-1], "right")) / len(keys)


def _coverage(child: Values, parent: ParentKey) -> float:
    present = int(np.count_nonzero(child.present))
    return min(1.0, len(child.distinct) / max(1, min(parent.rows, present))) if present else 0.0
