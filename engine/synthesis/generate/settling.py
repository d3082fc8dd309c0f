"""Rows made to keep their table's constraints: drawn again a bounded number of times, then repaired, at last dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.masking.units import from_units, unit_range, units_of
from engine.synthesis.generate.arrays import Mask, nulled, nulls_of, put
from engine.synthesis.generate.constraints import Constraints, Distinct
from engine.synthesis.generate.linking import Linker
from engine.synthesis.generate.rebuilt import Rebuilder
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.generate.rows import Rows

REDRAWS = 6
REPAIRS = 26
_UNITS = {Kind.INTEGER: 1, Kind.DATE: 1, Kind.TIMESTAMP: 1_000_000, Kind.TIMESTAMPTZ: 1_000_000, Kind.TIME: 1_000_000}
Spare = Callable[[int], Mapping[str, pa.Array]]
"""More rows of the model for a place of the structure."""


@dataclass(frozen=True)
class Settler:
    """Whoever can give the rows of a table other values."""

    linker: Linker
    rebuilder: Rebuilder
    repairs: Repairs
    rng: np.random.Generator

    def settle(
        self,
        rows: Rows,
        held: Constraints,
        block: Mapping[TableName, Rows],
        spare: Spare,
        free: Sequence[str] | None = None,
    ) -> None:
        """Afterwards no live row breaks a constraint that can be evaluated. `free`: the only columns that may change."""
        for attempt in range(REDRAWS + REPAIRS + 1):
            broken = [found for found in held.broken(rows.columns, rows.alive) if found[2].any()]
            if free is not None:
                broken = [found for found in broken if set(found[1]) & set(free)]
            if not broken:
                return
            changed = np.zeros(rows.count, np.bool_)
            for name, reads, wrong in broken:
                # A row that breaks several is changed for one at a time.
                case = _Case(rows, held, block, spare, wrong & ~changed, reads, free, attempt)
                if case.wrong.any():
                    self._mend(name, case)
                changed |= wrong

    def _mend(self, name: str, case: _Case) -> None:
        """Other values for the rows that break one constraint; rows that get none are dropped."""
        unique = next((each for each in case.held.distinct if each.name == name), None)
        change = self._pass if unique is None else partial(self._tell_apart, unique)
        tally = self.repairs.redrawn if case.attempt < REDRAWS else self.repairs.repaired
        if case.attempt == REDRAWS + REPAIRS or not change(case):
            case.rows.alive &= ~case.wrong
            tally = self.repairs.dropped
        tally[case.rows.recipe.name, name] += int(case.wrong.sum())

    def _tell_apart(self, unique: Distinct, case: _Case) -> bool:
        """Rebuilt texts first: they mean nothing. Then what the model says, then links, at last values that nobody said."""
        rows, plain = case.rows, case.moving
        if case.rebuilt:
            self.rebuilder.again(rows, case.rebuilt, case.block, case.wrong)
        elif case.attempt < REDRAWS and case.learned:
            inside = case.links or unique.local
            pool = _live(rows) if inside else case.spare(rows.recipe.place)
            self._model(case, case.learned, _known(pool, case.learned))
        elif case.links:
            self._relink(case)
        elif plain:
            self._move(case, plain[0])
        else:
            return self._leave_empty(case, unique.nulls_distinct)
        return True

    def _pass(self, case: _Case) -> bool:
        """Values of a row that keeps all conditions: of the columns that this one reads, later of all that are learned."""
        rows = case.rows
        if case.attempt >= REDRAWS + 3:
            return False
        if case.attempt >= REDRAWS and not case.rebuilt:
            return self._leave_empty(case, True)
        if case.learned:
            good = _good(rows, case.held)
            fits = good.any() or bool(case.links)
            columns = case.learned if case.attempt < 3 or case.free is not None else rows.recipe.learned
            self._model(case, columns, _live(rows, good) if fits else case.spare(rows.recipe.place))
        if case.rebuilt:
            self.rebuilder.again(rows, case.rebuilt, case.block, case.wrong)
        elif case.links and not case.learned:
            self._relink(case)
        return bool(case.learned or case.rebuilt or case.links)

    def _relink(self, case: _Case) -> None:
        for place in case.links:
            self.linker.link(case.rows, place, [*case.block.values(), case.rows], self.rng, case.wrong)

    def _model(self, case: _Case, columns: Sequence[str], pool: Mapping[str, pa.Array]) -> None:
        """Values of one other row of the model's, so that they fit each other."""
        rows, size = case.rows, len(pool[columns[0]])
        if size:
            picked = pa.array(self.rng.integers(0, size, int(case.wrong.sum())))
            for name in columns:
                rows.columns[name] = put(rows.columns[name], case.wrong, pool[name].take(picked))
            self.rebuilder.again(rows, columns, case.block, case.wrong)

    def _move(self, case: _Case, name: str) -> None:
        """Other values near those that are there, further away from attempt to attempt."""
        rows, column = case.rows, case.rows.recipe.table.column(name)
        change = _suffixed if column.kind is Kind.TEXT else _moved
        new = change(rows.columns[name].filter(pa.array(case.wrong)), column, max(case.attempt - REDRAWS, 0), self.rng)
        rows.columns[name] = put(rows.columns[name], case.wrong, new)
        self.rebuilder.again(rows, [name], case.block, case.wrong)

    def _leave_empty(self, case: _Case, helps: bool) -> bool:
        """NULL in the nullable ones that are the model's own."""
        rows, table = case.rows, case.rows.recipe.table
        may = [name for name in case.learned if table.column(name).nullable and name not in table.primary_key]
        if not helps or not may or all((nulls_of(rows.columns[name]) | ~case.wrong).all() for name in may):
            return False
        for name in may:
            rows.columns[name] = nulled(rows.columns[name], case.wrong)
        return True


@dataclass(frozen=True)
class _Case:
    """Rows that break one constraint, and what may be done about them."""

    rows: Rows
    held: Constraints
    block: Mapping[TableName, Rows]
    spare: Spare
    wrong: Mask
    reads: Sequence[str]
    free: Sequence[str] | None
    attempt: int

    @cached_property
    def may(self) -> list[str]:
        return [column for column in self.reads if self.free is None or column in self.free]

    @cached_property
    def rebuilt(self) -> list[str]:
        return [column for column in self.may if column in self.rows.recipe.rebuilt]

    @cached_property
    def learned(self) -> list[str]:
        return [column for column in self.may if column in self.rows.recipe.learned]

    @cached_property
    def links(self) -> list[int]:
        return [place for place, link in enumerate(self.rows.recipe.links) if set(link.key.columns) & set(self.may)]

    @cached_property
    def moving(self) -> list[str]:
        """Learned columns with values beside those that the model gives."""
        recipe = self.rows.recipe
        linked = {name for place in self.links for name in recipe.links[place].key.columns}
        return [name for name in self.learned if name not in linked and _moves(recipe.table.column(name))]


def _live(rows: Rows, among: Mask | None = None) -> dict[str, pa.Array]:
    """The learned columns of the live rows, or of some."""
    where = pa.array(rows.alive if among is None else among)
    return {name: rows.columns[name].filter(where) for name in rows.recipe.learned}


def _known(pool: Mapping[str, pa.Array], columns: Sequence[str]) -> dict[str, pa.Array]:
    """The pool's rows without NULL in these columns: a key that is drawn until it is NULL would be NULL too often."""
    known = ~np.logical_or.reduce([nulls_of(pool[name]) for name in columns])
    return {name: pool[name].filter(pa.array(known)) for name in columns}


def _good(rows: Rows, held: Constraints) -> Mask:
    """The rows that break no condition of their own."""
    good = rows.alive.copy()
    names = {unique.name for unique in held.distinct}
    for name, _, wrong in held.broken(rows.columns, rows.alive):
        if name not in names:
            good &= ~wrong
    return good


def _moves(column: Column) -> bool:
    """Are there values beside those that the model gives?"""
    if column.enum or column.kind is Kind.BOOLEAN:
        return False
    return column.kind in (*_UNITS, Kind.DECIMAL, Kind.FLOAT, Kind.TEXT)


def _moved(values: pa.Array, column: Column, attempt: int, rng: np.random.Generator) -> pa.Array:
    """A step up or down, of at most four units at first and twice as far each time."""
    reach = 1 << min(attempt + 2, 40)
    steps = rng.integers(1, reach, len(values), endpoint=True) * rng.choice([-1, 1], len(values))
    if pa.types.is_floating(values.type):
        return pc.add(values, pa.array(steps.astype(np.float64)))
    if pa.types.is_string(values.type):
        return _suffixed(values, column, attempt, rng)
    if column.kind in (Kind.INTEGER, Kind.DECIMAL):
        low, high = unit_range(column)
        return from_units(np.clip(units_of(values).astype(object) + steps, low, high), values)
    width = pa.int32() if pa.types.is_date32(values.type) else pa.int64()
    numbers = values.cast(width).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return pa.array((numbers + steps * _UNITS[column.kind]), pa.int64()).cast(width).cast(values.type)


def _suffixed(values: pa.Array, column: Column, attempt: int, rng: np.random.Generator) -> pa.Array:
    """The text with some digits behind it, within the column's length."""
    digits = min(2 + attempt, 9)
    length = column.length
    if length is not None:
        digits = min(digits, length)
    tail = pa.array(
        [f"{number:0{digits}d}" for number in rng.integers(0, 10**digits, len(values)).tolist()], pa.string()
    )
    head = pc.utf8_slice_codeunits(values, 0, length - digits) if length is not None else values
    return pc.binary_join_element_wise(head, tail, "")
