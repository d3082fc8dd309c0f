"""A block of entities made into rows: tables from the root down, every key and link filled, every constraint kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.keys import DomainKey
from engine.masking.literals import integer_range
from engine.synthesis.forest import Forest
from engine.synthesis.generate.arrays import Mask, ordinals, taken, whole
from engine.synthesis.generate.constraints import Constraints
from engine.synthesis.generate.fresh import as_numbers, fresh
from engine.synthesis.generate.linking import Linker, emptied
from engine.synthesis.generate.rebuilt import Rebuilder
from engine.synthesis.generate.recipe import FreshColumn, Recipe
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.generate.rows import Rows
from engine.synthesis.generate.settling import Settler
from engine.synthesis.structure import Goes

Decoded = tuple[pa.Table, ...]
"""The learned columns of every table of the structure."""


@dataclass(frozen=True)
class Drawn:
    """Entities of the model, as codes and as values."""

    forest: Forest
    decoded: Decoded
    unpublished: Sequence[Mapping[str, Mask]]
    """For each table the columns in which some values are too rare to be published, with the rows that have one."""


@dataclass
class Assembler:
    """Makes block after block; what later blocks must know of earlier ones (counters, keys that are taken) stays here."""

    recipes: Sequence[Recipe]
    order: Sequence[int]
    held: Sequence[Constraints]
    linker: Linker
    rebuilder: Rebuilder
    repairs: Repairs
    key: DomainKey
    made: Counter[tuple[TableName, str]] = field(default_factory=Counter)

    def assemble(self, drawn: Drawn, spare: Callable[[], Decoded], rng: np.random.Generator) -> list[Rows]:
        """The rows of every table of the structure; who asks takes the live ones."""
        settler = Settler(self.linker, self.rebuilder, self.repairs, rng)
        more = _Spare(spare, self.recipes, self.repairs)
        done: dict[int, Rows] = {}
        for place in self.order:
            done[place] = self._table(place, drawn, done, settler, more)
        block = _named(done)
        for place in self.order:
            self._late(done[place], block, settler, more)
        self._agree(done)
        for place in self.order:
            self.held[place].commit(done[place].columns, done[place].alive)
        self._remember(done)
        return [done[place] for place in range(len(self.recipes))]

    def _table(self, place: int, drawn: Drawn, done: Mapping[int, Rows], settler: Settler, spare: _Spare) -> Rows:
        recipe, forest = self.recipes[place], drawn.forest
        learned = learned_columns(recipe, drawn.decoded[place], self.repairs)
        rows = Rows(recipe, forest.rows[place].parent, forest.owners(place), learned)
        if recipe.owned.parent is not None:
            self._owned(rows, done[recipe.owned.parent])
        rows.columns |= {name: rows.learned[name] for name in recipe.learned}
        rows.columns |= {name: pa.nulls(rows.count, carrier(recipe.table.column(name))) for name in recipe.empty}
        for each in recipe.fresh:
            rows.columns[each.name] = self._fresh(rows, each, settler.rng)
        block = _named(done)
        for link in range(len(recipe.links)):
            self.linker.link(rows, link, [*done.values(), rows], settler.rng)
        self.rebuilder.fill(rows, {**block, recipe.name: rows}, drawn.unpublished[place])
        settler.settle(rows, self.held[place], block, spare.of)
        return rows

    def _owned(self, rows: Rows, above: Rows) -> None:
        """The parent's key, and no row whose parent is not there; of tables that a parent has one row of, one row."""
        for name, parent in rows.recipe.owner:
            values = taken(above.columns[parent], rows.parent)
            rows.columns[name] = whole(values, carrier(rows.recipe.table.column(name)))
        rows.alive &= above.alive[rows.parent]
        own = [name for name, _ in rows.recipe.owner]
        if any(set(u.columns) <= set(own) and not u.where and not u.expression for u in rows.recipe.table.uniques):
            again = ordinals(rows.parent) > 0
            self.repairs.dropped[rows.recipe.name, "one row of a parent"] += int((again & rows.alive).sum())
            rows.alive &= ~again

    def _fresh(self, rows: Rows, column: FreshColumn, rng: np.random.Generator) -> pa.Array:
        if column.position:
            return as_numbers(ordinals(rows.parent) + 1, column.room.column)
        at = (rows.recipe.name, column.name)
        start = self.made[at]
        self.made[at] += rows.count
        values = fresh(column.room, start, rows.count, self.key.secret(f"{rows.recipe.name}.{column.name}"), rng)
        return whole(values, carrier(rows.recipe.table.column(column.name)))

    def _late(self, rows: Rows, block: Mapping[TableName, Rows], settler: Settler, spare: _Spare) -> None:
        """Links into tables that were made after the row's own: cycles."""
        late = [
            place for place, link in enumerate(rows.recipe.links) if not set(link.key.columns) <= rows.columns.keys()
        ]
        for place in late:
            self.linker.link(rows, place, list(block.values()), settler.rng)
        if late:
            free = [name for place in late for name in rows.recipe.links[place].key.columns]
            settler.settle(rows, self.held[rows.recipe.place], block, spare.of, free)

    def _agree(self, done: Mapping[int, Rows]) -> None:
        """No row refers to one that was dropped after it was chosen, and none is left without its parent."""
        changed = True
        while changed:
            released = [self._released(rows, done) for rows in done.values()]
            changed = any(released)

    def _released(self, rows: Rows, done: Mapping[int, Rows]) -> bool:
        lost = np.zeros(rows.count, np.bool_)
        if rows.recipe.owned.parent is not None:
            lost |= rows.alive & ~done[rows.recipe.owned.parent].alive[rows.parent]
        for place, targets in rows.targets.items():
            there = _named(done)[rows.recipe.links[place].key.parent]
            gone = rows.alive & (targets >= 0) & ~there.alive[np.maximum(targets, 0)]
            if gone.any():
                name = rows.recipe.links[place].key.name
                if emptied(rows, place, gone):
                    self.repairs.repaired[rows.recipe.name, name] += int(gone.sum())
                else:
                    self.repairs.dropped[rows.recipe.name, name] += int(gone.sum())
                    lost |= gone
        rows.alive &= ~lost
        return bool(lost.any())

    def _remember(self, done: Mapping[int, Rows]) -> None:
        """The keys that partners of later entities may have."""
        for rows in done.values():
            names = {
                name
                for recipe in self.recipes
                for link in recipe.links
                if link.goes is Goes.PARTNER and link.key.parent == rows.recipe.name
                for name in link.key.parent_columns
            }
            self.linker.partners.add(rows, sorted(names))


def _named(done: Mapping[int, Rows]) -> dict[TableName, Rows]:
    return {rows.recipe.name: rows for rows in done.values()}


@dataclass
class _Spare:
    """More rows of the model, drawn when somebody first asks in a block."""

    draw: Callable[[], Decoded]
    recipes: Sequence[Recipe]
    repairs: Repairs
    decoded: Decoded | None = None

    def of(self, place: int) -> dict[str, pa.Array]:
        if self.decoded is None:
            self.decoded = self.draw()
        return learned_columns(self.recipes[place], self.decoded[place], self.repairs)


def learned_columns(recipe: Recipe, decoded: pa.Table, repairs: Repairs) -> dict[str, pa.Array]:
    """The model's columns in their carriers; numbers and texts cut to what the column holds, which is counted."""
    found = {}
    for name in recipe.learned:
        column = recipe.table.column(name)
        values = whole(decoded.column(name), carrier(column))
        held, wrong = _held(values, column)
        if wrong:
            repairs.repaired[recipe.name, f"size of {name}"] += wrong
        found[name] = held
    return found


def _held(values: pa.Array, column: Column) -> tuple[pa.Array, int]:
    if column.kind is Kind.TEXT and column.length is not None:
        long = pc.greater(pc.utf8_length(values), column.length)
        return _if_any(long, lambda: pc.utf8_slice_codeunits(values, 0, column.length), values)
    if column.kind is Kind.INTEGER and values.type == pa.int64():
        low, high = integer_range(column)
        low, high = max(low, -(1 << 63)), min(high, (1 << 63) - 1)
        beyond = pc.or_(pc.less(values, low), pc.greater(values, high))
        return _if_any(
            beyond,
            lambda: pc.min_element_wise(pc.max_element_wise(values, low, skip_nulls=False), high, skip_nulls=False),
            values,
        )
    return values, 0


def _if_any(wrong: pa.Array, mend: Callable[[], pa.Array], values: pa.Array) -> tuple[pa.Array, int]:
    count = int(pc.sum(wrong).as_py() or 0)
    return (mend() if count else values), count
