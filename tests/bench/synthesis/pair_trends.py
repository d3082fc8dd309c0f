"""How well a database keeps numbers of children, and what columns say of columns of other tables. Each score is 0 to 1; 1 is equal.

Children per parent: the complement of the Kolmogorov-Smirnov distance of their numbers, and of the numbers of grandchildren. Pairs of
columns k foreign keys apart, on a way down: CorrelationSimilarity (1 - |r - r'| / 2) where both are numbers or times, else
ContingencySimilarity (1 - half the L1 distance of the joint shares, numbers in ten bins), as SDMetrics names them: the figures of
`engine.quality`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.quality.associations import Coded, Joined, Pair, alike, sums
from engine.quality.likeness import compared, each_its_own, ks_complement

Values = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Table:
    key: str
    parent: str | None
    """The table whose rows own these."""
    refers: str | None
    """The column that says which."""
    columns: tuple[str, ...]
    """Those that are scored."""


Shape = Mapping[str, Table]
"""By names, parents first."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One database in memory."""

    columns: Mapping[str, Mapping[str, Values]]
    parents: Mapping[str, npt.NDArray[np.int64]]
    """Of each table but the root: each row's parent by its place."""

    def size(self, table: str) -> int:
        return len(next(iter(self.columns[table].values())))


def held(path: Path, shape: Shape) -> Held:
    """Columns and parents of all tables of a SQLite file."""
    columns: dict[str, dict[str, Values]] = {}
    parents: dict[str, npt.NDArray[np.int64]] = {}
    places: dict[str, dict[object, int]] = {}
    with closing(sqlite3.connect(path)) as connection:
        for name, table in shape.items():
            asked = [table.key, *([table.refers] if table.refers else []), *table.columns]
            listed = ", ".join(f'"{column}"' for column in asked)
            found = dict(
                zip(asked, zip(*connection.execute(f'select {listed} from "{name}"'), strict=True), strict=True)
            )
            places[name] = {key: place for place, key in enumerate(found[table.key])}
            if table.parent and table.refers:
                parents[name] = np.array([places[table.parent][key] for key in found[table.refers]], np.int64)
            columns[name] = {column: _values(found[column]) for column in table.columns}
    return Held(columns, parents)


def independent(data: Held, rng: np.random.Generator) -> Held:
    """The same columns, each in an order of its own; rows belong to anybody, as many to a parent as before."""
    columns = {
        name: {column: rng.permutation(values) for column, values in table.items()}
        for name, table in data.columns.items()
    }
    return Held(columns, data.parents)


def cardinalities(real: Held, made: Held, shape: Shape) -> dict[str, float]:
    """By ancestor and descendant, the KS complement of how many each has."""
    return {
        f"{way[0]} > {way[-1]}": round(_alike(_numbers(real, way), _numbers(made, way)), 4)
        for hops in (1, 2)
        for way in ways(shape, hops)
    }


def trends(real: Held, made: Held, shape: Shape, hops: int) -> dict[str, float]:
    """By the two columns, their similarity."""
    found = {}
    for way in ways(shape, hops):
        top, bottom = (_ancestors(each, way) for each in (real, made))
        for upper in shape[way[0]].columns:
            for lower in shape[way[-1]].columns:
                pairs = [
                    (data.columns[way[0]][upper][rows], data.columns[way[-1]][lower])
                    for data, rows in ((real, top), (made, bottom))
                ]
                found[f"{way[0]}.{upper} ~ {way[-1]}.{lower}"] = round(_similarity(*pairs), 4)
    return found


def ways(shape: Shape, hops: int) -> Iterator[tuple[str, ...]]:
    """Every way down of so many foreign keys."""
    for name in shape:
        way = [name]
        while len(way) <= hops and (parent := shape[way[0]].parent) is not None:
            way.insert(0, parent)
        if len(way) == hops + 1:
            yield tuple(way)


def _ancestors(data: Held, way: Sequence[str]) -> npt.NDArray[np.int64]:
    """Of each row at the end of the way, its ancestor at the beginning."""
    rows = np.arange(data.size(way[-1]))
    for name in reversed(way[1:]):
        rows = data.parents[name][rows]
    return rows


def _numbers(data: Held, way: Sequence[str]) -> npt.NDArray[np.int64]:
    return np.bincount(_ancestors(data, way), minlength=data.size(way[0]))


def _alike(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    samples = each_its_own(one), each_its_own(other)
    return compared(*samples, ks_complement, np.random.default_rng(0)).value


def _similarity(real: tuple[Values, Values], made: tuple[Values, Values]) -> float:
    """Of two columns, row by row. A column that is constant in the real rows goes together with nothing, there and here."""
    columns = [Coded.of("", codes) for codes in map(_coded, real, made)]
    if columns[0] is None or columns[1] is None:
        return 1.0
    pair = Pair(columns[0], columns[1])
    rows = [np.arange(len(side[0])) for side in (real, made)]
    totals = [sums(pair, Joined(side, each, each), np.zeros_like(each), 1)[0] for side, each in enumerate(rows)]
    return float(alike(pair, *totals))


def _coded(one: Values, other: Values) -> tuple[Values, Values]:
    """Numbers as they are, texts as codes of one vocabulary."""
    if one.dtype.kind == "f":
        return one, other
    _, codes = np.unique(np.concatenate([one, other]), return_inverse=True)
    return codes[: len(one)], codes[len(one) :]


def _values(found: Sequence[object]) -> Values:
    """Numbers and times as floats, all else as text."""
    present = [value for value in found if value is not None]
    if all(isinstance(value, int | float) for value in present):
        return np.array([np.nan if value is None else value for value in found], np.float64)
    try:
        moments = np.array(["NaT" if value is None else value for value in found], "datetime64[s]")
    except ValueError:
        return np.array(["" if value is None else str(value) for value in found])
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
