"""Which small sets of columns single people out: k-anonymity of the source, set by set, on the rows that were looked at.

Sets grow level by level (R. Agrawal and R. Srikant, VLDB 1994): a larger set never joins classes, so what all columns together do
bounds every set. The smallest sets are told, and larger ones only where they single out many more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.schema import Column, Kind, Table
from engine.person_path import person_of
from engine.profiling.facts import Sample
from engine.profiling.finding import Finding, QuasiSet
from engine.profiling.naming import rows_of
from engine.profiling.people import NOT_PEOPLE, people_tables
from engine.profiling.pitman import Singled, counted, estimated
from engine.profiling.sampling import TableSample
from engine.profiling.taxonomy import DATES, NUMBERS, TAXONOMY, TEXTS, Group
from engine.propose_technical import technical

if TYPE_CHECKING:
    from engine.profiling.discover import Looked

K = 5
COLUMNS = 4
"""The most in one set."""
RISKY = 0.05
"""A set that leaves at least this part of the rows alone is told."""
_WORSE = 0.25
"""A larger set is told where it leaves so much more of the rows alone than every set in it that is told."""
_CANDIDATES, _TOLD = 12, 8
"""The most columns of a table that are combined, and sets that are told of it."""
_TRIED = 20_000
"""Sets tried in all tables; from then on pairs alone."""
_FEW = 50
"""Different values of a column that nothing personal was found in, and that people may know of each other all the same."""
_PERSON = 3
"""Findings that make a row a person's, whatever its table is called."""
_SEEN = frozenset({"race", "ethnicity", "disability"})
"""Sensitive, and known to whoever meets the person."""
_KINDS = TEXTS | NUMBERS | DATES | frozenset({Kind.BOOLEAN})

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table as numbers: equal values have equal ones."""

    table: Table
    codes: Mapping[str, Codes]
    persons: Codes | None
    """Whose row each is, where people can have several."""
    size: int
    """Rows of the whole table."""
    whole: bool
    """These are all of them."""


def quasi_sets(looked: Looked, findings: Iterable[Finding]) -> tuple[QuasiSet, ...]:
    """The smallest sets of columns that single people out, of each table the worst first."""
    schema, by_column = looked.schema, {(each.table, each.column): each for each in findings}
    people = people_tables(schema)
    told: list[QuasiSet] = []
    tried = 0
    for table in schema.tables:
        sample = looked.tables.get(table.name)
        if sample is None or not sample.columns:
            continue
        person = person_of(schema, people, table)
        found = {name: by_column.get((table.name, name)) for name in sample.columns}
        columns = _candidates(table, sample, found, table.name in people or person is not None)
        if columns:
            search = _Search(_rows(table, sample, columns, person), COLUMNS if tried < _TRIED else 2)
            told += search.told()
            tried += search.tried
    return tuple(told)


def _candidates(table: Table, sample: TableSample, found: Mapping[str, Finding | None], people: bool) -> list[str]:
    """What others may know of the people behind the rows: what findings say, then dates, then columns of few values."""
    keys = {name for unique in table.uniques if len(unique.columns) == 1 for name in unique.columns}
    keys |= {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
    ranked = [
        (rank, -len(sample.columns[column.name].distinct), column.name)
        for column in table.stored
        if column.name in sample.columns and column.name not in keys and column.kind in _KINDS
        if (rank := _rank(table, column, sample.columns[column.name], found[column.name], people)) is not None
    ]
    known = sum(rank == 0 for rank, _, _ in ranked)
    if not known or not (people or (known >= _PERSON and rows_of(table.name) not in NOT_PEOPLE)):
        return []
    return [name for _, _, name in sorted(ranked)][:_CANDIDATES]


def _rank(table: Table, column: Column, sample: Sample, finding: Finding | None, people: bool) -> int | None:
    """How likely others know it: 0 the most; None where it is no such thing, or tells no two rows apart."""
    different = len(sample.distinct)
    if different < 2:
        return None
    if finding is not None and finding.entity is not None:
        quasi = TAXONOMY[finding.entity].group is Group.QUASI or finding.entity in _SEEN
        return 0 if quasi else None
    if technical(table.name, column, people) is not None:
        return None
    if column.kind in DATES:
        return 1
    return 2 if different <= min(_FEW, sample.rows // 2) else None


def _rows(table: Table, sample: TableSample, columns: Sequence[str], person: str | None) -> _Rows:
    # Values are numbered as they are met: columns that part the rows alike (a name and its code) have the same numbers.
    different = {codes.tobytes(): (name, codes) for name, codes in _coded(sample, columns[::-1])}
    codes = dict(reversed(different.values()))
    persons = None
    if person is not None and person in sample.columns and (person,) != table.primary_key:
        persons = _codes(sample.columns[person].values)
    whole = all(sample.columns[name].whole for name in columns)
    return _Rows(table, codes, persons, sample.size, whole)


def _coded(sample: TableSample, columns: Iterable[str]) -> Iterator[tuple[str, Codes]]:
    return ((name, _codes(sample.columns[name].values)) for name in columns)


def _codes(values: pa.Array) -> Codes:
    """A number for each different value, NULL among them; moments by their days, which is what others know of them."""
    if pa.types.is_timestamp(values.type):
        values = pc.floor_temporal(values, unit="day")
    return np.asarray(values.dictionary_encode("encode").indices.to_numpy(zero_copy_only=False), dtype=np.int64)


class _Search:
    """The sets of one table."""

    def __init__(self, rows: _Rows, most: int) -> None:
        self._rows, self._most = rows, most
        self.tried = 0

    def told(self) -> list[QuasiSet]:
        """The worst sets, none of them much the same as a smaller one."""
        names = list(self._rows.codes)
        if _alone(self._classes(_joined([self._rows.codes[name] for name in names]))) < RISKY:
            return []
        told: list[QuasiSet] = []
        level: dict[tuple[str, ...], Codes] = {(): np.zeros(self._count, np.int64)}
        for _ in range(self._most):
            larger = ((*known, name) for known in level for name in names[names.index(known[-1]) + 1 if known else 0 :])
            level = {
                columns: _joined([level[columns[:-1]], self._rows.codes[columns[-1]]])
                for columns in larger
                if _least(columns, told) <= 1
            }
            told += [found for columns, codes in level.items() if (found := self._judged(columns, codes, told))]
        return sorted(told, key=lambda each: (-each.unique, each.columns))[:_TOLD]

    @property
    def _count(self) -> int:
        return len(next(iter(self._rows.codes.values())))

    def _judged(self, columns: tuple[str, ...], codes: Codes, told: Sequence[QuasiSet]) -> QuasiSet | None:
        """The set, where it singles people out and no smaller one does nearly as well."""
        self.tried += 1
        least, sizes = _least(columns, told), self._classes(codes)
        # No more rows of the table can be alone than of the sample.
        if _alone(sizes) < least:
            return None
        singled = self._singled(sizes)
        if singled.unique < least:
            return None
        return QuasiSet(
            self._rows.table.name, columns, len(codes), singled.unique, singled.low, singled.high, singled.below, K
        )

    def _singled(self, sizes: Codes) -> Singled:
        if self._rows.whole:
            return counted(sizes, K)
        # People with several rows are so many fewer.
        people = round(self._rows.size * sizes.sum() / self._count)
        return estimated(sizes, max(people, int(sizes.sum())), K)

    def _classes(self, codes: Codes) -> Codes:
        """How many rows are equal to each other, of each class; or, where people have several rows, how many people."""
        if self._rows.persons is None:
            return np.bincount(codes)
        different = np.unique(codes * (self._rows.persons.max() + 1) + self._rows.persons)
        return np.unique(different // (self._rows.persons.max() + 1), return_counts=True)[1]


def _least(columns: tuple[str, ...], told: Sequence[QuasiSet]) -> float:
    """The share of rows that a set has to leave alone to be told."""
    smaller = [each.unique for each in told if set(each.columns) < set(columns)]
    return max(smaller) + _WORSE if smaller else RISKY


def _joined(columns: Sequence[Codes]) -> Codes:
    """A number for each different combination."""
    together = columns[0]
    for codes in columns[1:]:
        _, together = np.unique(together * (codes.max() + 1) + codes, return_inverse=True)
    return together


def _alone(sizes: Codes) -> float:
    return float((sizes == 1).sum() / sizes.sum())
