"""What samplers of several dialects share: which of many rows, keys spread over a table, and values that their carrier cannot hold.

A sample is made in two steps: the ids of rows spread over the table, then these rows. A batch's schema says under `COVERAGE` how far
the rows reach and under `ROWS` how many there may be, a field under `UNFIT` how many of its values are not of the column's type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import product, takewhile
from string import ascii_lowercase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.arrow import carrier, field
from connectors.database import Form
from connectors.schema import Column, Kind

COVERAGE = b"lookalike.coverage"
UNFIT = b"lookalike.unfit"
ROWS = b"lookalike.rows"
DOCUMENT = 8
"""How many times as long as other texts a JSON or XML document may be: cut, it is no document any more."""
STEPPED = 300_000
"""Keys that are read one after the other; where there are more, the table is entered at places along its key."""
RUN = 5
"""Rows that are taken from each place at which a table is entered."""
_PLACES = 250
"""Places in one round of questions."""
_ROUNDS = 12
HEX = "0123456789abcdef"
_DIGITS = "0123456789"
_FOLLOWING = (
    (_DIGITS, _DIGITS, "05"),
    (HEX, HEX),
    (HEX.upper(), HEX.upper()),
    (_DIGITS + ascii_lowercase, ("", "5", "h", "q")),
)
"""Characters at the first places where texts differ, of digits alone, of hexadecimal digits, of any."""
ENOUGH = 4
"""A sample of this part of the wanted rows is spread far enough; of fewer, the first rows of the table tell as much."""
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_DOCUMENTS = (Kind.JSON, Kind.XML)

Id = tuple[int | bytes, ...]


class Coverage(StrEnum):
    """How the rows of a sample lie in their table."""

    WHOLE = "whole"
    """They are all there are."""
    SPREAD = "spread"
    START = "start"
    """The first that came: the table offers no way to others but reading it whole."""


def allowed(column: Column, cut: int) -> int:
    """The most characters of a text that a sample gives, or bytes of a binary value."""
    return cut * DOCUMENT if column.kind in _DOCUMENTS else cut


def evenly(count: int, wanted: int) -> NDArray[np.int64]:
    """So many of the numbers below `count`, evenly apart; all where there are no more."""
    if count <= wanted:
        return np.arange(count, dtype=np.int64)
    places: NDArray[np.int64] = (np.arange(wanted, dtype=np.int64) * 2 + 1) * count // (2 * wanted)
    return places


def spread(least: int, greatest: int, seek: Callable[[Sequence[int]], list[list[Id]]], wanted: int) -> list[Id]:
    """Ids of rows all along a key that begins with a whole number, in its order. `seek` gives for each number the first RUN ids from
    it on.

    Where numbers lie densely the runs come back full, and the next round enters there: neither gaps nor a lone huge number lead it
    astray, and no round asks for more than so many short ranges of the key.
    """
    found: dict[Id, None] = {}
    gaps = [(least, greatest)]
    for _ in range(_ROUNDS):
        starts = [_starts(gap, max(1, _PLACES // len(gaps))) for gap in _some(gaps)]
        runs = iter(seek([start for each in starts for start in each]))
        left = [gap for gap in gaps if gap not in _some(gaps)]
        for gap, each in zip(_some(gaps), starts, strict=True):
            ends = [*(start - 1 for start in each[1:]), gap[1]]
            for end in ends:
                run = next(runs)
                found.update(dict.fromkeys(run))
                if len(run) == RUN and int(run[-1][0]) < end:
                    left.append((int(run[-1][0]) + 1, end))
        gaps = sorted(left)
        if not gaps or len(found) >= wanted:
            break
    return sorted(found)


def prefixes(least: str, greatest: str) -> list[str]:
    """Places along a key of texts: what both ends begin with, then what such texts go on with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(least, greatest, strict=False))
    common = "".join(character for character, _ in same)
    tails = set(least[len(common) :] + greatest[len(common) :]).difference("-")
    following = next((each for each in _FOLLOWING if tails <= set(each[0])), _FOLLOWING[-1])
    return [least, *(common + "".join(characters) for characters in product(*following))]


def texts(values: pa.Array) -> pa.Array:
    """Bytes as text; what is not UTF-8 becomes U+FFFD."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        # Arrow has no kernel that replaces what is not UTF-8; these are the few values of a sample.
        return pa.array([None if v is None else v.decode("utf-8", "replace") for v in values.to_pylist()], pa.string())


def fitted(decode: Callable[[], pa.Array], text: Callable[[], pa.Array], column: Column) -> tuple[pa.Array, int]:
    """A column in its carrier, and how many of its values do not fit into it: these are NULL, or all values are texts where most do
    not. `text` gives them as texts."""
    try:
        return decode(), 0
    except pa.ArrowInvalid:
        spelt = text()
    if column.kind not in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT):
        return spelt, 0 if column.kind is Kind.TEXT else len(spelt) - spelt.null_count
    fit = pc.if_else(pc.match_substring_regex(spelt, _NUMBER), spelt, None)
    try:
        return chosen(fit.cast(carrier(column)), spelt)
    except pa.ArrowInvalid:
        return spelt, len(spelt) - spelt.null_count


def chosen(values: pa.Array, spelt: pa.Array) -> tuple[pa.Array, int]:
    """Values in their carrier, NULL where they do not fit, and how many do not; as texts where most do not."""
    unfit = values.null_count - spelt.null_count
    return (spelt if unfit * 2 > len(spelt) - spelt.null_count else values), unfit


def batch(
    columns: Sequence[tuple[Column, pa.Array, int]], dialect: str, coverage: Coverage, rows: int | None = None
) -> pa.RecordBatch:
    """A sample's rows with what is known of them. `rows`: of the whole table, as the sample lets guess."""
    fields = [
        field(column, Form.ARROW, dialect, array.type).with_metadata(
            {**field(column, Form.ARROW, dialect).metadata, UNFIT: str(unfit).encode()}
        )
        for column, array, unfit in columns
    ]
    metadata = {COVERAGE: coverage.value.encode()} | ({ROWS: str(rows).encode()} if rows is not None else {})
    return pa.RecordBatch.from_arrays([array for _, array, _ in columns], schema=pa.schema(fields, metadata))


def coverage_of(schema: pa.Schema) -> Coverage:
    return Coverage((schema.metadata or {}).get(COVERAGE, Coverage.START.value.encode()).decode())


def rows_of(schema: pa.Schema) -> int | None:
    """Rows of the whole table, as the sample lets guess; None where it does not."""
    told = (schema.metadata or {}).get(ROWS)
    return None if told is None else int(told)


def unfit_of(fields: Iterable[pa.Field]) -> int:
    """Values that are not of their column's type, in all batches."""
    return sum(int((each.metadata or {}).get(UNFIT, b"0")) for each in fields)


def _some(gaps: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [gaps[place] for place in evenly(len(gaps), _PLACES)]


def _starts(gap: tuple[int, int], places: int) -> list[int]:
    """Numbers that begin equal parts of a gap, the first of them its own."""
    least, greatest = gap
    width = greatest - least + 1
    places = min(places, width)
    return [least + width * place // places for place in range(places)]
