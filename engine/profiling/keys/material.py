"""What keys are inferred from: the sampled values of every column, and of small tables every value of what may be referred to."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from connectors.database import Form, ReadColumn, Snapshot
from connectors.database import Read as Request
from connectors.errors import DatabaseError, Lost
from connectors.names import TableName
from connectors.schema import Kind, Schema, Table
from engine.profiling.keys.names import Vocabulary, says_key, vocabulary
from engine.profiling.keys.values import Codes, Read, Values, coded, comparable, tuples
from engine.profiling.sampling import TableSample

SMALL = 50_000
"""Rows of a table whose keys are read whole; of larger ones values are looked up."""
MOST_KEYS = 3_000_000
"""Read of all small tables together."""
UNDECLARED = 3
"""Columns of a table without any declared key that are taken for one."""
_KEY_KINDS = frozenset({Kind.INTEGER, Kind.TEXT, Kind.UUID, Kind.DECIMAL, Kind.BINARY, Kind.ENUM})


class Clock:
    """The seconds that may be spent on questions to the source."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a question is answered."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.left -= time.monotonic() - started


@dataclass(frozen=True)
class ParentKey:
    """Columns that a foreign key can refer to."""

    table: Table
    columns: tuple[str, ...]
    primary: bool
    declared: bool
    """The database keeps them unique; else they are so in the rows that were looked at."""
    values: tuple[Values, ...] = field(repr=False)
    """Of the sample, or of all rows where these were read."""
    rows: int
    """Of the table, as far as is known."""

    @property
    def name(self) -> TableName:
        return self.table.name

    @cached_property
    def codes(self) -> Codes | None:
        """All its values, sorted; None where only a sample was read."""
        if not all(each.whole for each in self.values):
            return None
        if len(self.values) == 1:
            return self.values[0].distinct
        mixed, present = tuples(self.values)
        mixed = mixed[present]
        mixed.sort()
        return mixed


@dataclass(frozen=True)
class Material:
    schema: Schema
    values: Mapping[tuple[TableName, str], Values] = field(repr=False)
    """Of the sample of every column that can be compared."""
    parents: tuple[ParentKey, ...]
    names: Vocabulary
    sizes: Mapping[TableName, int] = field(default_factory=dict)
    """Rows of a table, as far as they are known."""

    def sampled(self, table: TableName, columns: tuple[str, ...]) -> tuple[Values, ...] | None:
        """None where one of them cannot be compared, or was not read."""
        found = tuple(self.values[table, name] for name in columns if (table, name) in self.values)
        return found if len(found) == len(columns) else None


def read_material(
    schema: Schema, snapshot: Snapshot, samples: Mapping[TableName, TableSample], clock: Clock
) -> Material:
    """The samples as numbers, with the keys of small tables read whole."""
    sampled = [read for table in schema.tables for read in _sampled(table, samples.get(table.name))]
    names = vocabulary(schema)
    keys = {table.name: _keys(table, samples.get(table.name)) for table in schema.tables}
    sizes = _sizes(schema, snapshot, samples, clock)
    whole = list(_read_whole(schema, snapshot, samples, keys, sizes, clock))
    all_values = coded([*sampled, *whole])
    values = {each.key: each for each in all_values[: len(sampled)]}
    full = values | {each.key: each for each in all_values[len(sampled) :]}
    parents = (
        parent
        for table in schema.tables
        for key in keys[table.name]
        if (parent := _parent(table, key, full, sizes)) is not None
    )
    return Material(schema, values, tuple(parents), names, sizes)


def _sizes(
    schema: Schema, snapshot: Snapshot, samples: Mapping[TableName, TableSample], clock: Clock
) -> dict[TableName, int]:
    """Rows of every table: of the sample where it is the whole table, else as the database estimates."""
    found: dict[TableName, int] = {}
    for table in schema.tables:
        sample = samples.get(table.name)
        if _is_whole(sample):
            found[table.name] = max((each.rows for each in sample.columns.values()), default=0) if sample else 0
        elif table.estimated_rows is not None:
            found[table.name] = table.estimated_rows
        elif sample is not None and sample.columns and clock.left > 0:
            # A table that was never analysed. Who may read some of its columns may not be able to count its rows.
            try:
                with clock.asking():
                    found |= {name: size.rows for name, size in snapshot.sizes([table.name]).items()}
            except Lost:
                raise
            except DatabaseError:
                continue
    return found


def _sampled(table: Table, sample: TableSample | None) -> Iterator[Read]:
    for column in table.stored if sample is not None else ():
        found = sample.columns.get(column.name) if sample is not None else None
        if comparable(column):
            values = found.values if found is not None else pa.array([], pa.string())
            yield Read(table.name, column, values, _is_whole(sample) if found is None else found.whole)


def _is_whole(sample: TableSample | None) -> bool:
    """Are all rows of the table in it?"""
    if sample is None:
        return False
    if not sample.columns:
        return any(each.code == "empty" for each in sample.not_examined)
    return all(each.whole for each in sample.columns.values())


def _keys(table: Table, sample: TableSample | None) -> list[tuple[tuple[str, ...], bool, bool]]:
    """Columns, whether primary, whether declared."""
    found = {
        unique.columns: (unique.columns, unique.primary, True)
        for unique in sorted(table.uniques, key=lambda unique: not unique.primary)[::-1]
        if not unique.where and not unique.expression and unique.columns
    }
    if found:
        return list(found.values())[::-1]
    return [((name,), False, False) for name in _undeclared(table, sample)]


def _undeclared(table: Table, sample: TableSample | None) -> list[str]:
    """The likeliest keys of a table that declares none: columns without NULL in which no sampled value comes twice."""
    likely: list[tuple[int, str]] = []
    for place, column in enumerate(table.stored):
        found = sample.columns.get(column.name) if sample is not None else None
        if found is None or column.kind not in _KEY_KINDS or not comparable(column):
            continue
        values = found.values
        if len(values) > 1 and not values.null_count and len(found.distinct) == len(values):
            likely.append((place, column.name))
    named = [name for _, name in likely if says_key(name)]
    return named[:UNDECLARED] or [name for place, name in likely if place == 0]


def _read_whole(
    schema: Schema,
    snapshot: Snapshot,
    samples: Mapping[TableName, TableSample],
    keys: Mapping[TableName, list[tuple[tuple[str, ...], bool, bool]]],
    sizes: Mapping[TableName, int],
    clock: Clock,
) -> Iterator[Read]:
    """The keys of small tables that the samples do not hold whole, the smallest tables first."""
    left = MOST_KEYS
    for table in sorted(schema.tables, key=lambda table: sizes.get(table.name, 0)):
        sample = samples.get(table.name)
        names = {name for columns, _, _ in keys[table.name] for name in columns}
        wanted = [column for column in table.stored if column.name in names and comparable(column)]
        rows = sizes.get(table.name)
        if sample is None or not sample.columns or _is_whole(sample) or not wanted:
            continue
        if rows is None or rows > SMALL or rows * len(wanted) > left or clock.left <= 0:
            continue
        left -= rows * len(wanted)
        request = Request(table.name, tuple(ReadColumn(c.name, Form.ARROW) for c in wanted), limit=2 * SMALL)
        try:
            with clock.asking():
                read = pa.Table.from_batches(list(snapshot.read(request)))
        except Lost:
            raise
        except DatabaseError:
            continue
        if read.num_rows < 2 * SMALL:
            for column in wanted:
                yield Read(table.name, column, read.column(column.name).combine_chunks(), whole=True)


def _parent(
    table: Table,
    key: tuple[tuple[str, ...], bool, bool],
    values: Mapping[tuple[TableName, str], Values],
    sizes: Mapping[TableName, int],
) -> ParentKey | None:
    columns, primary, declared = key
    found = tuple(values[table.name, name] for name in columns if (table.name, name) in values)
    if len(found) != len(columns):
        return None
    whole = all(each.whole for each in found)
    if not declared and not (found[0].is_unique or len(found[0].rows) == 1):
        return None
    rows = len(found[0].rows) if whole else max(sizes.get(table.name, 0), len(found[0].rows))
    return ParentKey(table, columns, primary, declared, found, rows)
