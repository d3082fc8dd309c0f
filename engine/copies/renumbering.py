"""Numbers for the keys of copies: one after the other in the room that the permutation of keys leaves free.

Masked keys lie below that room (`integer_key.base_band`), an application's next ones follow the greatest that is there, and every
later run begins above what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Kind
from engine.copies.renewal import Renewed, masker_of
from engine.domains import integer_bits
from engine.masking.base import Masker, Subject
from engine.masking.integer_key import base_band
from engine.masking.literals import integer_range
from engine.masking.units import decimals, units_of
from engine.pipeline import Pipeline
from engine.problems import PlanError, Problem, Severity

Greatest = Callable[[int], int | None]
"""The greatest number below a bound that a database holds in a column; None where it holds none."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is asked for the numbers that are taken."""

    source: Greatest
    target: Greatest | None
    """None: the target is empty."""
    written: Callable[[], Iterator[pa.Array]]
    """The column as this run writes it."""


def first_number(renewed: Renewed, copies: int, pipeline: Pipeline, sides: Sides) -> int:
    """The first of `copies` times as many numbers as the column has values, that nothing else takes. Raises PlanError."""
    subject = pipeline.subjects[renewed.table, renewed.column]
    masker, needed = masker_of(pipeline, renewed.table, renewed.column), copies * renewed.values
    free = headroom(subject)
    low, high = free.start, free.stop
    taken = [low - 1, *_there(sides, high)]
    in_source = sides.source(high)
    if masker is None:
        taken.append(in_source or 0)
    elif masker.name != "pseudonym" or (in_source or 0) >= low:
        # Keys that large are permuted among themselves; other masks say nothing of where theirs lie.
        taken.append(_greatest(sides.written(), subject, high))
    if max(taken) + needed < high:
        return max(taken) + 1
    if masker is None:
        end = _end(subject.column)
        above = max([0, sides.source(end) or 0, *_there(sides, end)])
        if above + needed < end:
            return above + 1
    raise PlanError([_no_room(renewed, copies, max(high - 1 - max(taken), 0))])


def headroom(subject: Subject) -> range:
    """The numbers that neither a masked key of this domain is, nor any whose source is not one of them itself."""
    bits = min(integer_bits(subject.column) or 64, 32)
    return range(base_band(bits).stop, 1 << (bits - 1))


def room(subject: Subject, masker: Masker | None) -> range:
    """The numbers that copies can get at all. `masker` None: the column is kept."""
    return headroom(subject) if masker is not None else range(1, _end(subject.column))


def _there(sides: Sides, below: int) -> list[int]:
    return [] if sides.target is None else [sides.target(below) or 0]


def _end(column: Column) -> int:
    """What lies beyond every number of the column."""
    if column.kind is Kind.INTEGER:
        return integer_range(column)[1] + 1
    return int(min(10 ** (column.precision or 18), 1 << 63))


def _greatest(arrays: Iterator[pa.Array], subject: Subject, below: int) -> int:
    found = 0
    for values in arrays:
        if pa.types.is_string(values.type):
            numbers = [int(n) for n in decimals(values.drop_null(), subject) if n is not None and n.is_finite()]
        else:
            units = units_of(values) // (10**values.type.scale if pa.types.is_decimal(values.type) else 1)
            numbers = [int(units[units < below].max(initial=0))]
        found = max([found, *(number for number in numbers if number < below)])
    return found


def _no_room(renewed: Renewed, copies: int, room: int) -> Problem:
    needed = copies * renewed.values
    reason = f"{copies:,} copies need {needed:,} new numbers here, and the key has room for {room:,} beside those of masked rows."
    remedy = "Make fewer copies, or widen the column and all that refer to it."
    return Problem("copies-no-room", Severity.ERROR, reason, remedy, renewed.table, renewed.column)


def numbers(first: int, codes: pa.Array, type_: pa.DataType) -> pa.Array:
    """The numbers of these codes in the carrier of their column."""
    whole = pc.add(codes.cast(pa.int64()), pa.scalar(first, pa.int64()))
    return whole.cast(pa.string()).cast(type_) if pa.types.is_decimal(type_) else whole.cast(type_)
