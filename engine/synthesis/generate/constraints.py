"""The constraints of one table, asked of its generated rows: which rows break which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from connectors.schema import Column, Kind, Match, Table, Unique
from engine.canonical import canonical_text
from engine.check_partitions import takes_all
from engine.condition_text import parse_condition
from engine.index_keys import EQUAL, KeyPart, folds_of, key_parts
from engine.keys import DomainKey
from engine.synthesis.generate.arrays import Mask, Words, hashed, mixed, nulls_of
from engine.synthesis.generate.recipe import Recipe
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.generate.truths import Evaluator, Expression

Columns = Mapping[str, pa.Array]
_ALL = frozenset(Match)


class Seen:
    """Hashes of the keys of all blocks so far: eight bytes a row, for keys that hold neither by construction nor within a parent."""

    def __init__(self) -> None:
        self._runs: list[Words] = []

    def holds(self, words: Words) -> Mask:
        found = np.zeros(len(words), np.bool_)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, words), len(run) - 1)
            found |= run[at] == words
        return found

    def add(self, words: Words) -> None:
        if len(words):
            self._runs.append(np.sort(words))
        # Runs of like size are merged, so that there are never more than a few.
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]))


@dataclass(frozen=True)
class Check:
    """A CHECK that can be evaluated here."""

    name: str
    expression: Expression

    @property
    def reads(self) -> tuple[str, ...]:
        return self.expression.reads


@dataclass(frozen=True)
class Label:
    """A value outside an enum's labels, or a NULL where none may be."""

    name: str
    column: Column

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.column.name,)

    def failing(self, values: pa.Array) -> Mask:
        if self.name == "not null":
            return nulls_of(values)
        known = pc.is_in(values, pa.array(self.column.enum, pa.string()), skip_nulls=True)
        return ~np.asarray(known.to_numpy(zero_copy_only=False)) & ~nulls_of(values)


@dataclass(frozen=True)
class Part:
    """What a unique key compares, ready to be hashed."""

    column: str | None
    expression: Expression | None
    folds: frozenset[Match]
    prefix: int | None


@dataclass(frozen=True)
class Distinct:
    """A unique key or index."""

    name: str
    parts: tuple[Part, ...]
    reads: tuple[str, ...]
    where: Expression | None
    nulls_distinct: bool
    local: bool
    """It holds the key of the parent, so rows of other blocks cannot be like these."""
    seen: Seen = field(default_factory=Seen)


@dataclass(frozen=True)
class Constraints:
    """All constraints of a table that generated rows could break and that can be evaluated here."""

    table: Table
    evaluator: Evaluator
    key: DomainKey
    checks: tuple[Check, ...]
    labels: tuple[Label, ...]
    distinct: tuple[Distinct, ...]

    def broken(self, columns: Columns, alive: Mask) -> Iterator[tuple[str, tuple[str, ...], Mask]]:
        """Each constraint whose columns are all there and that some live row breaks: its name, what it reads, which rows."""
        for label in self.labels:
            if label.column.name in columns:
                yield label.name, label.reads, label.failing(columns[label.column.name]) & alive
        yield from self._checks(columns, alive)
        for unique in self.distinct:
            if set(unique.reads) <= columns.keys():
                yield unique.name, unique.reads, self.surplus(unique, columns, alive)

    def _checks(self, columns: Columns, alive: Mask) -> Iterator[tuple[str, tuple[str, ...], Mask]]:
        asked = [check for check in self.checks if set(check.reads) <= columns.keys()]
        together = (
            self.evaluator.truths([c.expression for c in asked], columns, self.table, len(alive)) if asked else []
        )
        for place, check in enumerate(asked):
            # One condition that meets a value it is not made for says nothing of the others.
            found = together[place : place + 1] if together is not None else self._alone(check, columns, len(alive))
            if found:
                yield check.name, check.reads, found[0][1] & alive

    def _alone(self, check: Check, columns: Columns, rows: int) -> list[tuple[Mask, Mask]] | None:
        return self.evaluator.truths([check.expression], columns, self.table, rows)

    def surplus(self, unique: Distinct, columns: Columns, alive: Mask) -> Mask:
        """The live rows whose key an earlier row has."""
        words, counts = self._words(unique, columns, alive)
        places = np.flatnonzero(counts)
        _, first = np.unique(words[places], return_index=True)
        again = np.ones(len(places), np.bool_)
        again[first] = False
        if not unique.local:
            again |= unique.seen.holds(words[places])
        out = np.zeros(len(alive), np.bool_)
        out[places[again]] = True
        return out

    def commit(self, columns: Columns, alive: Mask) -> None:
        """These rows stay: no later one may have their keys."""
        for unique in self.distinct:
            if not unique.local and set(unique.reads) <= columns.keys():
                words, counts = self._words(unique, columns, alive)
                unique.seen.add(words[counts])

    def _words(self, unique: Distinct, columns: Columns, alive: Mask) -> tuple[Words, Mask]:
        """The hash of each row's key, and which rows the key is about."""
        counts, words = alive.copy(), []
        for part in unique.parts:
            values = self._part(part, columns, len(alive))
            if unique.nulls_distinct:
                counts &= ~nulls_of(values)
            words.append(hashed(values, self.key))
        if unique.where is not None:
            truths = self.evaluator.truths([unique.where], columns, self.table, len(alive))
            # Where the condition cannot be worked out every row is held to the key.
            counts &= truths[0][0] if truths is not None else True
        return mixed(words), counts

    def _part(self, part: Part, columns: Columns, rows: int) -> pa.Array:
        found = None
        if part.expression is not None:
            found = self.evaluator.values([part.expression], columns, self.table, rows)
        values = columns[part.column] if found is None and part.column is not None else (found or [pa.nulls(rows)])[0]
        if not pa.types.is_string(values.type):
            return values
        if part.prefix is not None:
            values = pc.utf8_slice_codeunits(values, 0, part.prefix)
        return canonical_text(values, part.folds)


def constraints(recipe: Recipe, dialect: str, evaluator: Evaluator, key: DomainKey, repairs: Repairs) -> Constraints:
    """Those of a recipe's table. What cannot be evaluated is noted as unproven."""
    table = recipe.table
    checks = []
    for check in table.checks:
        expression = evaluator.expression(table, check.expression, dialect)
        if expression is None:
            repairs.unproven.add((table.name, check.name))
        elif expression.reads:
            checks.append(Check(check.name, expression))
    if table.partition_bounds and not takes_all(table):
        found = _some_partition(table, dialect, evaluator)
        if found is None:
            repairs.unproven.add((table.name, "partitions"))
        else:
            checks.append(Check("partitions", found))
    repairs.unproven.update((table.name, exclusion.name) for exclusion in table.exclusions)
    distinct = [
        made
        for unique in recipe.uniques
        if (made := _distinct(unique, recipe, dialect, evaluator, repairs)) is not None
    ]
    return Constraints(table, evaluator, key, tuple(checks), tuple(_labels(table)), tuple(distinct))


def _some_partition(table: Table, dialect: str, evaluator: Evaluator) -> Expression | None:
    """That one of the table's partitions takes a row."""
    bounds = [parse_condition(bound, dialect) for bound in table.partition_bounds]
    known = [bound for bound in bounds if bound is not None]
    return evaluator.expression(table, exp.or_(*known), dialect) if len(known) == len(bounds) else None


def _labels(table: Table) -> Iterator[Label]:
    for column in table.stored:
        if not column.nullable or column.name in table.primary_key:
            yield Label("not null", column)
        if column.enum and column.kind is Kind.ENUM and not column.native.casefold().startswith("set"):
            yield Label("label", column)


def _distinct(unique: Unique, recipe: Recipe, dialect: str, evaluator: Evaluator, repairs: Repairs) -> Distinct | None:
    table = recipe.table
    known = key_parts(unique, table, dialect)
    parts = [_part(part, table, dialect, evaluator) for part in known or _plain(unique, table)]
    reads = tuple(dict.fromkeys(name for part in known or _plain(unique, table) for name in part.columns))
    if known is None or any(part.operator != EQUAL for part in known):
        repairs.unproven.add((table.name, unique.name))
    if not reads:
        return None
    where = evaluator.expression(table, unique.where, dialect) if unique.where else None
    own = {name for name, _ in recipe.owner}
    plain = {part.column for part in parts if part.column is not None and part.prefix is None}
    read = (*reads, *(where.reads if where else ()))
    return Distinct(
        unique.name,
        tuple(parts),
        tuple(dict.fromkeys(read)),
        where,
        unique.nulls_distinct and not (unique.primary and not all(table.column(name).nullable for name in reads)),
        bool(own) and own <= plain,
    )


def _plain(unique: Unique, table: Table) -> tuple[KeyPart, ...]:
    stored = {column.name for column in table.stored}
    return tuple(KeyPart((name,), known=False) for name in unique.columns if name in stored)


def _part(part: KeyPart, table: Table, dialect: str, evaluator: Evaluator) -> Part:
    expression = None
    if part.expression is not None:
        expression = evaluator.expression(table, part.expression, dialect)
    own = reduce(lambda folds, name: folds | table.column(name).folds, part.columns, frozenset[Match]())
    folds = (part.folds if part.folds is not None else own) | folds_of(part.expression)
    column = part.columns[0] if len(part.columns) == 1 or expression is None else None
    return Part(column, expression, folds if part.known else _ALL, part.prefix)
