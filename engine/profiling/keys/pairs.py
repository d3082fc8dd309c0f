"""Which pairs of a column and a key are looked at: of all there are, the few that a name, a join or improbable values speak for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.schema import Kind
from engine.profiling.keys.affinities import Affinities
from engine.profiling.keys.joins import Joins
from engine.profiling.keys.material import Material, ParentKey
from engine.profiling.keys.names import is_own, says_key
from engine.profiling.keys.values import Codes, Values

PROBES = 32
"""Values of a column that are looked for first."""
ENOUGH = 0.8
"""The share of distinct values that must have a parent: the others may be orphans."""
NAMED = 0.45
"""A name from which on a key is thought of where no value can speak for it."""
CROWDED = 0.5
"""Numbers of a range of which so many are keys are found among them whatever they mean."""
_REFERRING = frozenset({Kind.INTEGER, Kind.TEXT, Kind.UUID, Kind.DECIMAL, Kind.BINARY, Kind.ENUM})


@dataclass(frozen=True)
class Pair:
    child: Values
    parent: ParentKey
    name: float
    said: str


def pairs(material: Material, joins: Joins) -> Iterator[tuple[ParentKey, list[Pair]]]:
    """Every key of one column, with the columns that may refer to it."""
    by_shape: dict[str, list[Values]] = defaultdict(list)
    for values in material.values.values():
        if _may_refer(material, values):
            by_shape[values.shape].append(values)
    children = {shape: Children(each) for shape, each in by_shape.items()}
    affinities = Affinities(material, joins)
    for parent in material.parents:
        group = children.get(parent.values[0].shape)
        if group is not None and len(parent.columns) == 1:
            yield parent, list(_of_parent(material, parent, group, affinities, joins))


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
        self.places = {each.key: place for place, each in enumerate(columns)}
        probes = [_spread(each.distinct, integer=each.shape == "integer") for each in columns]
        self._sizes = np.array([len(each) for each in probes])
        self._owner = np.repeat(np.arange(len(columns)), self._sizes)
        self._probes = np.concatenate(probes) if probes else np.array([], np.int64)
        self._several = np.array([len(each.distinct) > 1 for each in columns])
        self._says_key = np.array([says_key(each.column.name) for each in columns])
        self._least = np.array([each.distinct[0] if len(each.distinct) else 0 for each in columns], np.int64)
        self._greatest = np.array([each.distinct[-1] if len(each.distinct) else 0 for each in columns], np.int64)

    def included(self, parent: ParentKey) -> NDArray[np.bool_]:
        """Are enough of each column's probes among the keys? True where it has no value, or the keys were not read."""
        if (keys := parent.codes) is None:
            return np.ones(len(self.columns), bool)
        if not len(keys):
            return np.asarray(self._sizes == 0)
        places = np.minimum(np.searchsorted(keys, self._probes), len(keys) - 1)
        hits = np.bincount(self._owner[keys[places] == self._probes], minlength=len(self.columns))
        return np.asarray(hits >= ENOUGH * self._sizes)

    def improbable(self, parent: ParentKey) -> NDArray[np.bool_]:
        """Would the values of each column be among the keys only by a rare accident?"""
        shape = parent.values[0].shape
        if shape == "integer":
            rare = crowding(self._least, self._greatest, parent) < CROWDED
            return self._several & rare & (self._says_key if parent.codes is None else True)
        return self._several & (parent.codes is not None or shape == "uuid")


def _spread(values: Codes, *, integer: bool) -> Codes:
    if integer and len(values) > 1:
        # Where nobody wants NULL, 0 says "none".
        values = values[values != 0]
    return values if len(values) <= PROBES else values[np.linspace(0, len(values) - 1, PROBES).astype(int)]


def crowding(least: Codes, greatest: Codes, parent: ParentKey) -> NDArray[np.float64]:
    """Of the whole numbers from least to greatest, the share that are keys: 1 in a sequence without gaps."""
    keys = parent.values[0].distinct
    if not len(keys):
        return np.ones(len(least))
    everywhere = max(parent.rows, 1) / (float(keys[-1]) - float(keys[0]) + 1.0)
    here = np.searchsorted(keys, greatest, "right") - np.searchsorted(keys, least)
    share = here / (greatest.astype(float) - least.astype(float) + 1.0) if parent.codes is not None else 0.0
    return np.asarray(np.minimum(1.0, np.maximum(share, np.full(len(least), everywhere))), np.float64)


def _of_parent(
    material: Material, parent: ParentKey, children: Children, affinities: Affinities, joins: Joins
) -> Iterator[Pair]:
    names = affinities.of(parent)
    spoken = {int(place) for place in np.flatnonzero(children.improbable(parent))}
    spoken |= {children.places[key] for key, (name, _) in names.items() if name >= NAMED and key in children.places}
    spoken |= {
        children.places[key] for key in joins.partners((parent.name, parent.columns[0])) if key in children.places
    }
    included = children.included(parent)
    for place in sorted(each for each in spoken if included[each]):
        child = children.columns[place]
        if child.key != (parent.name, parent.columns[0]) and not _declared(material, child, parent):
            yield Pair(child, parent, *names.get(child.key, (0.0, "")))


def _declared(material: Material, child: Values, parent: ParentKey) -> bool:
    """The database, or the plan, says itself what it refers to, or it is the parent's own column, inherited."""
    table = material.schema.table(child.table)
    return parent.name in table.inherits or any(key.columns == (child.column.name,) for key in table.foreign_keys)
