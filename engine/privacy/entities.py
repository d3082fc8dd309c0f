"""Entities as they were read: of each of their tables the learned columns, and whose each row is. Exact, and so not for models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.synthesis.structure import Structure

Places = npt.NDArray[np.int64]


class ColumnPlace(NamedTuple):
    """A learned column of an entity."""

    place: int
    """Of its table in `Structure.tables`."""
    column: str


@dataclass(frozen=True, slots=True, eq=False)
class EntityRows:
    """The rows of one table, those of one parent together and in the structure's order, parents in order."""

    columns: pa.Table
    """The learned columns, in form `arrow`."""
    parent: Places
    """Each row's parent by its place in the parent table's rows, non-decreasing; its own place for the root."""
    entity: Places
    """Each row's root by its place, non-decreasing."""


@dataclass(frozen=True, eq=False)
class Entities:
    structure: Structure
    tables: tuple[EntityRows, ...]
    """One for each of `structure.tables`."""

    @property
    def size(self) -> int:
        """How many there are. An exact figure of real data: it goes into no message, file or choice."""
        return len(self.tables[0].parent)

    def __repr__(self) -> str:
        return f"Entities({self.structure.unit.table})"

    def counts(self, place: int) -> Places:
        """How many rows of this table each row of its parent table has."""
        parent = self.structure.tables[place].parent
        size = self.size if parent is None else len(self.tables[parent].parent)
        return np.bincount(self.tables[place].parent, minlength=size)

    def take(self, entities: Places) -> Entities:
        """These entities with all their rows; `entities` is increasing."""
        kept = np.zeros(self.size, bool)
        kept[entities] = True
        return self._kept([kept[rows.entity] for rows in self.tables])

    def truncated(self, most: Mapping[int, int], rng: np.random.Generator) -> Entities:
        """At most so many rows of one parent in each table: a uniform sample within the parent, whatever other parents have."""
        masks: list[npt.NDArray[np.bool_]] = []
        for place, rows in enumerate(self.tables):
            parent = self.structure.tables[place].parent
            alive = np.ones(len(rows.parent), bool) if parent is None else masks[parent][rows.parent]
            masks.append(alive & within(rows.parent, most[place], rng) if place in most else alive)
        return self if all(mask.all() for mask in masks) else self._kept(masks)

    def _kept(self, masks: list[npt.NDArray[np.bool_]]) -> Entities:
        """The rows of these masks; no row is kept whose parent is not."""
        tables = []
        for rows, mask, owned in zip(self.tables, masks, self.structure.tables, strict=True):
            above = masks[owned.parent] if owned.parent is not None else mask
            tables.append(
                EntityRows(
                    rows.columns.filter(pa.array(mask)) if rows.columns.num_columns else rows.columns,
                    _renumbered(above)[rows.parent[mask]],
                    _renumbered(masks[0])[rows.entity[mask]],
                )
            )
        return replace(self, tables=tuple(tables))


def one_row_each(owners: Places, entities: int, rng: np.random.Generator) -> tuple[Places, Places]:
    """One row of each entity that has any, drawn uniformly: the rows and their entities. `owners` is non-decreasing."""
    first = np.searchsorted(owners, np.arange(entities), "left")
    counts = np.bincount(owners, minlength=entities)
    having = np.flatnonzero(counts)
    drawn = (rng.random(len(having)) * counts[having]).astype(np.int64)
    return first[having] + drawn, having


def within(parent: Places, most: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which rows stay when at most `most` of each parent do, every choice equally likely. `parent` is non-decreasing."""
    counts = np.bincount(parent) if len(parent) else np.zeros(0, np.int64)
    crowded = np.flatnonzero((counts > most)[parent])
    shuffled = crowded[np.lexsort((rng.random(len(crowded)), parent[crowded]))]
    begins = np.searchsorted(parent[shuffled], parent[shuffled], "left")
    stays = np.ones(len(parent), bool)
    stays[shuffled[np.arange(len(shuffled)) - begins >= most]] = False
    return stays


def _renumbered(mask: npt.NDArray[np.bool_]) -> Places:
    return np.cumsum(mask) - 1
