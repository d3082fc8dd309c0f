"""Foreign keys beside the owner's: each row refers to a row that is there, as the kind of link asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.synthesis.generate.arrays import (
    Mask,
    Places,
    common_codes,
    joined,
    nulled,
    nulls_of,
    ordinals,
    put,
    taken,
    whole,
)
from engine.synthesis.generate.choosing import NONE, candidates, drawn, without_replacement
from engine.synthesis.generate.recipe import Recipe
from engine.synthesis.generate.repairs import GenerationError, Repairs
from engine.synthesis.generate.rows import Rows
from engine.synthesis.generate.truths import Evaluator
from engine.synthesis.structure import Goes, Link

NULL_SHARE = 0.1
"""Of links that may be NULL and of which nothing is learned: both cases occur."""
POOL = 5_000
"""Rows of earlier blocks that later entities may have as partners."""


@dataclass
class Partners:
    """Keys of rows of earlier blocks, by table."""

    kept: dict[TableName, pa.Table]

    def add(self, rows: Rows, names: Sequence[str]) -> None:
        if names:
            live = pa.array(rows.alive)
            self.kept[rows.recipe.name] = pa.table({name: rows.columns[name].filter(live) for name in names}).slice(
                0, POOL
            )


@dataclass(frozen=True)
class Linker:
    """Fills the columns of links. `linked`: the keys of tables that are not synthesised."""

    linked: Mapping[TableName, pa.Table]
    partners: Partners
    repairs: Repairs
    evaluator: Evaluator
    dialect: str

    def link(
        self, rows: Rows, place: int, block: Sequence[Rows | None], rng: np.random.Generator, only: Mask | None = None
    ) -> bool:
        """Fill one link's columns (of the rows of `only`); False where the rows that it leads to are not made yet."""
        link = rows.recipe.links[place]
        targets = self._targets(rows, link, block)
        if targets is None:
            return False
        where = self._applies(rows, link) if only is None else only & self._applies(rows, link)
        wanted = _fixed(rows.recipe, place)
        learned = _learned(rows.recipe, link)
        if learned and only is None:
            _start(rows, link, learned)
            wanted = tuple(dict.fromkeys((*wanted, *learned)))
            chosen = self._kept(rows, link, targets, wanted, where, rng)
        else:
            chosen = _chosen(rows, link, targets, wanted, where, rng)
        if only is None or not learned:
            chosen = _with_nulls(rows, link, chosen, wanted, rng, bool(learned))
        self._fill(rows, place, targets, chosen, where)
        return True

    def _applies(self, rows: Rows, link: Link) -> Mask:
        """The rows that the key is about at all: a key of the plan may be about those of one type only."""
        every = np.ones(rows.count, np.bool_)
        if link.key.where is None:
            return every
        condition = self.evaluator.expression(rows.recipe.table, link.key.where, self.dialect)
        if condition is None or not set(condition.reads) <= rows.columns.keys():
            return every
        found = self.evaluator.truths([condition], rows.columns, rows.recipe.table, rows.count)
        return every if found is None else found[0][0]

    def _targets(self, rows: Rows, link: Link, block: Sequence[Rows | None]) -> _Targets | None:
        if link.goes in (Goes.PUBLIC, Goes.OUTSIDE):
            return _outside(self.linked.get(link.key.parent), rows, link)
        there = rows if link.key.parent == rows.recipe.name else _made(block, link.key.parent)
        if there is None or not set(link.key.parent_columns) <= there.columns.keys():
            return None
        own = [there.columns[name] for name in link.key.parent_columns]
        if link.goes is Goes.INSIDE:
            return _Targets(own, there.entity, there.alive, 0, there is rows)
        earlier = self.partners.kept.get(link.key.parent)
        if earlier is None or not set(link.key.parent_columns) <= set(earlier.column_names):
            return _Targets(own, there.entity, there.alive, 0, there is rows)
        before = [
            whole(earlier.column(name), values.type) for name, values in zip(link.key.parent_columns, own, strict=True)
        ]
        values = [pa.chunked_array([old, new]).combine_chunks() for old, new in zip(before, own, strict=True)]
        size = earlier.num_rows
        entity = np.concatenate([np.full(size, NONE, np.int64), there.entity])
        alive = np.concatenate([np.ones(size, np.bool_), there.alive])
        return _Targets(values, entity, alive, size, there is rows)

    def _kept(
        self, rows: Rows, link: Link, targets: _Targets, wanted: Sequence[str], where: Mask, rng: np.random.Generator
    ) -> Places:
        """The rows that the learned values name; where there is none, any that the fixed columns allow."""
        chosen = _chosen(rows, link, targets, wanted, where, rng)
        void = _null_in(rows, link, wanted)
        lost = (chosen < 0) & ~void & rows.alive & where
        if lost.any():
            fixed = tuple(name for name in wanted if name in dict(rows.recipe.owner))
            chosen = np.where(lost, _chosen(rows, link, targets, fixed, lost, rng), chosen)
            self.repairs.repaired[rows.recipe.name, link.key.name] += int((lost & (chosen >= 0)).sum())
        return np.where(void, NONE, chosen)

    def _fill(self, rows: Rows, place: int, targets: _Targets, chosen: Places, where: Mask) -> None:
        link, fixed = rows.recipe.links[place], _fixed(rows.recipe, place)
        for name, values in zip(link.key.columns, targets.values, strict=True):
            if name not in fixed:
                new = whole(taken(values, chosen), _type(rows, name))
                old = rows.columns.get(name)
                old = pa.nulls(rows.count, new.type) if old is None else old
                rows.columns[name] = new if where.all() else put(old, where, new.filter(pa.array(where)))
        if link.goes in (Goes.INSIDE, Goes.PARTNER):
            there = np.where(chosen >= 0, chosen - targets.earlier, NONE)
            before = rows.targets.get(place)
            rows.targets[place] = there if before is None else np.where(where, there, before)
        self._without(rows, link, targets, chosen, fixed, where)

    def _without(
        self, rows: Rows, link: Link, targets: _Targets, chosen: Places, fixed: Sequence[str], where: Mask
    ) -> None:
        """Rows that refer to nothing though they must are dropped."""
        free = [name for name in link.key.columns if name not in fixed]
        lost = (chosen < 0) & where & rows.alive & ~_null_in(rows, link, fixed)
        must = lost if not _optional(rows.recipe, free) else np.zeros(rows.count, np.bool_)
        if must.any():
            if must.all() and link.goes in (Goes.PUBLIC, Goes.OUTSIDE) and link.key.parent not in self.linked:
                raise GenerationError(
                    f"{rows.recipe.name}: every row needs a row of {link.key.parent} ({link.key.name}), and none is there "
                    "to refer to: give that table rows, or empty this one too"
                )
            if len(targets.alive):
                self.repairs.dropped[rows.recipe.name, link.key.name] += int(must.sum())
            # Where the table that they need is empty, the source has no such rows either: nothing is lost that should be told.
            rows.alive &= ~must


@dataclass(frozen=True)
class _Targets:
    """The rows that a link may lead to."""

    values: Sequence[pa.Array]
    """The referenced columns."""
    entity: Places
    """Of each row; NONE where it belongs to no entity of this block."""
    alive: Mask
    earlier: int
    """So many of them, the first, are of earlier blocks."""
    own: bool
    """They are rows of the very table: no cycle may arise."""


def _outside(keys: pa.Table | None, rows: Rows, link: Link) -> _Targets:
    table = rows.recipe.table
    names = link.key.parent_columns
    if keys is None or not set(names) <= set(keys.column_names):
        values = [pa.array([], _type(rows, name)) for name in link.key.columns]
    else:
        values = [whole(keys.column(name), keys.column(name).type) for name in names]
    size = len(values[0])
    valid = ~np.logical_or.reduce([nulls_of(each) for each in values]) if size else np.zeros(0, np.bool_)
    return _Targets(values, np.full(size, NONE, np.int64), valid, 0, link.key.parent == table.name)


def _made(block: Sequence[Rows | None], table: TableName) -> Rows | None:
    return next((rows for rows in block if rows is not None and rows.recipe.name == table), None)


def _type(rows: Rows, name: str) -> pa.DataType:
    return carrier(rows.recipe.table.column(name))


def _fixed(recipe: Recipe, place: int) -> tuple[str, ...]:
    """The link's columns that the owner, a learned column or an earlier link has filled."""
    before = {name for name, _ in recipe.owner}
    own = recipe.links[place].key
    for link in recipe.links[:place]:
        # Two keys that are each about some rows only do not meet.
        if own.where is None or link.key.where is None:
            before |= set(link.key.columns)
    return tuple(name for name in recipe.links[place].key.columns if name in before)


def _learned(recipe: Recipe, link: Link) -> tuple[str, ...]:
    return tuple(name for name in link.key.columns if name in recipe.learned) if link.goes is Goes.PUBLIC else ()


def _start(rows: Rows, link: Link, learned: Sequence[str]) -> None:
    for name in learned:
        rows.columns.setdefault(name, rows.learned[name])


def _pair(key: ForeignKey, name: str) -> int:
    return key.columns.index(name)


def _null_in(rows: Rows, link: Link, names: Sequence[str]) -> Mask:
    """A key that is NULL in one part refers to nothing, and need not."""
    out = np.zeros(rows.count, np.bool_)
    for name in names:
        if name in rows.columns:
            out |= nulls_of(rows.columns[name])
    return out


def _optional(recipe: Recipe, free: Sequence[str]) -> bool:
    """Can the link be left NULL?"""
    key = recipe.table.primary_key
    return any(recipe.table.column(name).nullable and name not in key for name in free)


def _chosen(
    rows: Rows, link: Link, targets: _Targets, fixed: Sequence[str], where: Mask, rng: np.random.Generator
) -> Places:
    ours, theirs = _groups(rows, link, targets, fixed)
    theirs = np.where(targets.alive, theirs, NONE)
    ours = np.where(where & rows.alive, ours, NONE)
    shuffled = rng.permutation(len(theirs)) if not targets.own else np.arange(len(theirs))
    order, first, count = candidates(ours, theirs[shuffled], _limits(rows, link, targets))
    sets = None if targets.own else _sets(rows, link, fixed)
    if sets is None:
        chosen = drawn(order, first, count, rng)
    else:
        chosen = without_replacement(order, first, count, sets, ordinals(np.where(ours < 0, NONE, sets)), rng)
    chosen = np.where(chosen >= 0, shuffled[np.maximum(chosen, 0)], NONE) if len(shuffled) else chosen
    if link.goes is Goes.PARTNER and not targets.own:
        chosen = _other_entity(rows, link, targets, fixed, chosen, (order, first, count, shuffled), rng)
    if targets.own and link.goes in (Goes.INSIDE, Goes.PARTNER):
        chosen = _roots(rows, link, targets, fixed, chosen, where)
    return chosen


def _groups(rows: Rows, link: Link, targets: _Targets, fixed: Sequence[str]) -> tuple[Places, Places]:
    """Rows and targets by what they must have in common: the entity inside of one, and the columns that are fixed."""
    ours, theirs = np.zeros(rows.count, np.int64), np.zeros(len(targets.entity), np.int64)
    if link.goes is Goes.INSIDE:
        ours, theirs = rows.entity, targets.entity
    if fixed:
        places = [_pair(link.key, name) for name in fixed]
        left, right = common_codes([rows.columns[name] for name in fixed], [targets.values[place] for place in places])
        size = max(int(left.max(initial=0)), int(right.max(initial=0))) + 1
        ours = np.where(left < 0, NONE, ours * size + left)
        theirs = np.where(right < 0, NONE, theirs * size + right)
    return ours, theirs


def _limits(rows: Rows, link: Link, targets: _Targets) -> Places | None:
    """In its own table a row refers to earlier ones only; to rows of other entities before its own begins."""
    if not targets.own or link.goes in (Goes.PUBLIC, Goes.OUTSIDE):
        return None
    if link.goes is Goes.INSIDE:
        return np.arange(rows.count)
    return np.searchsorted(rows.entity, rows.entity, "left") + targets.earlier


def _sets(rows: Rows, link: Link, fixed: Sequence[str]) -> Places | None:
    """Rows among which the link's values must differ: those alike in the rest of a unique key that it is part of. None: it is
    part of none whose rest is there."""
    free = set(link.key.columns) - set(fixed)
    for unique in rows.recipe.uniques:
        rest = [name for name in unique.columns if name not in free]
        if free & set(unique.columns) and set(rest) <= rows.columns.keys():
            if not rest:
                return np.zeros(rows.count, np.int64)
            values = [rows.columns[name] for name in rest]
            sets = common_codes(values, [each.slice(0, 0) for each in values])[0]
            return joined(np.maximum(sets, 0))
    return None


def _other_entity(
    rows: Rows,
    link: Link,
    targets: _Targets,
    fixed: Sequence[str],
    chosen: Places,
    among: tuple[Places, Places, Places, Places],
    rng: np.random.Generator,
    tries: int = 8,
) -> Places:
    """Drawn again where a row's partner is its own entity; where there is no other it has none if it may."""
    order, first, count, shuffled = among
    own = (chosen >= 0) & (targets.entity[np.maximum(chosen, 0)] == rows.entity) if len(shuffled) else chosen >= 0
    for _ in range(tries):
        if not own.any():
            return chosen
        again = drawn(order, first, count, rng)
        chosen = np.where(own, np.where(again >= 0, shuffled[np.maximum(again, 0)], NONE), chosen)
        own = (chosen >= 0) & (targets.entity[np.maximum(chosen, 0)] == rows.entity)
    free = [name for name in link.key.columns if name not in fixed]
    return np.where(own, NONE, chosen) if _optional(rows.recipe, free) else chosen


def _roots(rows: Rows, link: Link, targets: _Targets, fixed: Sequence[str], chosen: Places, where: Mask) -> Places:
    """The first row of a hierarchy refers to nothing; where it must, to itself."""
    free = [name for name in link.key.columns if name not in fixed]
    if _optional(rows.recipe, free):
        return chosen
    return np.where((chosen < 0) & where & rows.alive, np.arange(rows.count) + targets.earlier, chosen)


def _with_nulls(
    rows: Rows, link: Link, chosen: Places, fixed: Sequence[str], rng: np.random.Generator, learned: bool
) -> Places:
    free = [name for name in link.key.columns if name not in fixed]
    if learned or not _optional(rows.recipe, free) or (link.key.match_full and len(free) < len(link.key.columns)):
        return chosen
    return np.where(rng.random(rows.count) < NULL_SHARE, NONE, chosen)


def emptied(rows: Rows, place: int, lost: Mask) -> bool:
    """Leave a link NULL in these rows; False where it may not be."""
    link, fixed = rows.recipe.links[place], _fixed(rows.recipe, place)
    free = [name for name in link.key.columns if name not in fixed]
    if not _optional(rows.recipe, free):
        return False
    for name in free:
        if rows.recipe.table.column(name).nullable:
            rows.columns[name] = nulled(rows.columns[name], lost)
    if place in rows.targets:
        rows.targets[place] = np.where(lost, NONE, rows.targets[place])
    return True
