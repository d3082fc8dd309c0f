"""Where the numbers of fresh keys begin, so that the conditions on the key's own column hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from connectors.arrow import carrier
from engine.condition_text import literals_of, parse_condition
from engine.masking.units import NUMBERS
from engine.synthesis.generate.arrays import whole
from engine.synthesis.generate.constraints import Check, Constraints
from engine.synthesis.generate.fresh import Room, fresh
from engine.synthesis.generate.recipe import FreshColumn, Recipe

_NEAR = 100
"""Keys that are tried from each beginning."""


def started(recipe: Recipe, held: Constraints, dialect: str) -> Recipe:
    """The recipe with its counters moved to where the conditions on them hold, if they do not where they are."""
    return replace(recipe, fresh=tuple(_started(recipe, column, held, dialect) for column in recipe.fresh))


def _started(recipe: Recipe, column: FreshColumn, held: Constraints, dialect: str) -> FreshColumn:
    own = [check for check in held.checks if check.reads == (column.name,)]
    if not own or column.position or column.room.column.kind not in NUMBERS:
        return column
    rooms = (column.room, *(replace(column.room, first=first) for first in _firsts(recipe, own, dialect)))
    fits = (room for room in rooms if room.first < room.end and _passes(recipe, column, room, own, held))
    return replace(column, room=next(fits, column.room))


def _firsts(recipe: Recipe, own: list[Check], dialect: str) -> Iterator[int]:
    """One, and the numbers that the conditions name, with those beside them."""
    yield 1
    named = {check.name for check in own}
    for check in recipe.table.checks:
        condition = parse_condition(check.expression, dialect) if check.name in named else None
        numbers = [value for value in literals_of(condition) if not isinstance(value, str | bool)] if condition else []
        yield from sorted({int(number) for number in numbers if number == int(number)})


def _passes(recipe: Recipe, column: FreshColumn, room: Room, own: list[Check], held: Constraints) -> bool:
    values = fresh(room, 0, min(_NEAR, room.end - room.first), b"", np.random.default_rng(0))
    columns: dict[str, pa.Array] = {column.name: whole(values, carrier(recipe.table.column(column.name)))}
    found = held.evaluator.truths([check.expression for check in own], columns, recipe.table, len(values))
    return found is not None and not any(false.any() for _, false in found)
