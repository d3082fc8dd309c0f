"""Which columns of copied rows get values of their own, so that every unique key tells the copies apart, and which follow them.

A foreign key that points at an owned row follows to that row's copy. Where this does not set the rows of a unique key apart, one
column of the key is renewed: numbers rather than texts, and never one that another foreign key ties to a shared row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table, Unique
from engine.column_domains import ColumnName
from engine.copies.entity import SHARED, Entity, Link, OwnedRows
from engine.copies.places import Places
from engine.masking.base import Masker, Subject
from engine.masking.pseudonym import Pseudonym
from engine.pipeline import Pipeline
from engine.problems import PlanError, Problem, Severity
from engine.subjects import carried

UNTOUCHED = -1
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Moves:
    """How one column of the owned rows changes: for each row the renewed column that it follows, and which of its values."""

    origin: Places
    """A place in `Renewal.columns`; UNTOUCHED where the value is that of the row itself."""
    code: Places


@dataclass(frozen=True)
class Renewed:
    """A column of owned rows that gets values of its own in every copy."""

    table: TableName
    column: str
    codes: Places
    """For each row which of the distinct values it has; UNTOUCHED for NULL."""
    firsts: Places
    """The first row of each distinct value."""

    @property
    def values(self) -> int:
        return len(self.firsts)


@dataclass
class Renewal:
    entity: Entity
    columns: list[Renewed] = field(default_factory=list)
    moves: dict[ColumnName, Moves] = field(default_factory=dict)
    """Of the columns that change."""

    def moving(self, table: TableName) -> tuple[str, ...]:
        return tuple(column for name, column in self.moves if name == table)


Values = Mapping[ColumnName, pa.Array]
"""What the owned rows hold in the columns of unique keys."""


def is_number(column: Column) -> bool:
    """Can it be numbered?"""
    return column.range is None and (column.kind is Kind.INTEGER or (column.kind is Kind.DECIMAL and not column.scale))


def can_differ(subject: Subject, masker: Masker | None) -> bool:
    """Can this column alone tell copies apart? `masker` None: it is kept."""
    column = subject.column
    if column.generated is not None or column.kind in (Kind.BOOLEAN, Kind.ENUM):
        return False
    if is_number(column):
        return masker is None or masker.name not in ("null", "constant")
    if masker is None:
        return column.kind in Pseudonym.kinds and not list(Pseudonym().check(subject))
    return masker.properties.keyed and masker.bijective_on(subject) and masker.prepare((subject,)) is None


def tied(table: Table) -> set[str]:
    """The columns whose values come from other rows."""
    return {name for key in table.foreign_keys for name in key.columns}


def keys_of(table: Table) -> Iterator[Unique]:
    """The unique keys that no smaller one holds up. One over expressions alone says nothing of columns."""
    for unique in table.uniques:
        if unique.columns and not carried(unique, table):
            yield unique


def masker_of(pipeline: Pipeline, table: TableName, column: str) -> Masker | None:
    """What masks this column; None where it is kept."""
    rule = pipeline.rule_of(table, column) if column in pipeline.masked_columns(table) else None
    return rule.masker if rule is not None else None


def renewal(entity: Entity, pipeline: Pipeline, values: Values) -> Renewal:
    """Decide it. Raises PlanError where a key cannot be kept apart, or where two keys want different values of one column."""
    choosing = _Choosing(entity, pipeline, values)
    for name in entity.tables:
        for unique in keys_of(pipeline.schema.table(name)):
            choosing.settle(name, unique)
    return choosing.finish()


class _Choosing:
    def __init__(self, entity: Entity, pipeline: Pipeline, values: Values) -> None:
        self._entity, self._pipeline, self._values = entity, pipeline, values
        self._schema: Schema = pipeline.schema
        self._chosen: dict[ColumnName, int] = {}
        self._found = Renewal(entity)
        self._known: dict[ColumnName, Moves] = {}
        self._pinned = _pinned(entity)

    def settle(self, name: TableName, unique: Unique) -> None:
        """See to it that this key tells the copies of every row apart."""
        if self._open(name, unique).any():
            column = self._candidate(name, unique)
            if column is None:
                raise PlanError([_inseparable(name, unique)])
            self._renew(name, column)
            if self._open(name, unique).any():
                raise PlanError([_inseparable(name, unique)])

    def finish(self) -> Renewal:
        for name, rows in self._entity.tables.items():
            for column in self._schema.table(name).stored:
                moves = self._moves((name, column.name))
                self._refuse_torn(rows, column.name, moves)
                if (moves.origin != UNTOUCHED).any():
                    self._found.moves[name, column.name] = moves
        return self._found

    def _open(self, name: TableName, unique: Unique) -> Mask:
        """The rows whose copies would be equal under the key."""
        rows = self._entity.tables[name].rows
        left = np.ones(rows, bool)
        for column in unique.columns:
            left &= self._moves((name, column)).origin == UNTOUCHED
            if unique.nulls_distinct and (name, column) in self._values:
                left &= ~_is_null(self._values[name, column])
            masker = masker_of(self._pipeline, name, column)
            if unique.nulls_distinct and masker is not None and masker.name == "null":
                left[:] = False
        return left

    def _candidate(self, name: TableName, unique: Unique) -> str | None:
        table = self._schema.table(name)
        free = [
            column
            for column in unique.columns
            if column not in tied(table)
            and (name, column) not in self._pinned
            and can_differ(self._pipeline.subjects[name, column], masker_of(self._pipeline, name, column))
        ]
        return min(free, key=lambda column: not is_number(table.column(column)), default=None)

    def _renew(self, name: TableName, column: str) -> None:
        values = self._values[name, column]
        encoded = values.dictionary_encode()
        codes = np.asarray(encoded.indices.fill_null(UNTOUCHED).to_numpy(zero_copy_only=False), np.int64)
        present = np.flatnonzero(codes != UNTOUCHED)
        _, first = np.unique(codes[present], return_index=True)
        self._chosen[name, column] = len(self._found.columns)
        self._found.columns.append(Renewed(name, column, codes, present[first]))
        self._known.clear()

    def _moves(self, at: ColumnName, on_way: frozenset[ColumnName] = frozenset()) -> Moves:
        """What becomes of a column: it is renewed, or follows those that its foreign keys point at."""
        if at in self._known:
            return self._known[at]
        rows = self._entity.tables[at[0]]
        origin, code = np.full(rows.rows, UNTOUCHED, np.int64), np.zeros(rows.rows, np.int64)
        if at in self._chosen:
            renewed = self._found.columns[self._chosen[at]]
            return Moves(np.where(renewed.codes < 0, UNTOUCHED, self._chosen[at]), renewed.codes)
        for link, parent in _ways(rows, at[1]):
            if link.owned.any() and parent not in on_way | {at}:
                above = self._moves(parent, on_way | {at})
                places = link.parents[link.owned]
                moved = above.origin[places] != UNTOUCHED
                here = np.flatnonzero(link.owned)[moved]
                origin[here], code[here] = above.origin[places][moved], above.code[places][moved]
        if not on_way:
            self._known[at] = Moves(origin, code)
        return Moves(origin, code)

    def _refuse_torn(self, rows: OwnedRows, column: str, moves: Moves) -> None:
        """Every parent of a row wants the same of the columns by which it is referred to."""
        for link, parent in _ways(rows, column):
            still = moves.origin[link.parents == SHARED] == UNTOUCHED
            above = self._moves(parent) if link.owned.any() else None
            places = link.parents[link.owned]
            agrees = above is None or (
                (moves.origin[link.owned] == above.origin[places]).all()
                and (moves.code[link.owned] == above.code[places])[moves.origin[link.owned] != UNTOUCHED].all()
            )
            if not (still.all() and agrees):
                raise PlanError([_torn(rows.name, column, link)])


def _ways(rows: OwnedRows, column: str) -> Iterator[tuple[Link, ColumnName]]:
    """The foreign keys of a column, each with what it refers to."""
    for link in rows.links:
        if column in link.key.columns:
            yield link, (link.key.parent, link.key.parent_columns[link.key.columns.index(column)])


def _pinned(entity: Entity) -> set[ColumnName]:
    """The columns that a child shares between a key to owned rows and another to shared ones: they cannot change."""
    pinned: set[ColumnName] = set()
    waiting = [
        parent
        for rows in entity.tables.values()
        for column in {name for link in rows.links for name in link.key.columns}
        for link, parent in _ways(rows, column)
        for other, _ in _ways(rows, column)
        if other is not link and (link.owned & (other.parents == SHARED)).any()
    ]
    while waiting:
        name, column = waiting.pop()
        if (name, column) not in pinned:
            pinned.add((name, column))
            waiting += [parent for link, parent in _ways(entity.tables[name], column) if link.owned.any()]
    return pinned


def _is_null(values: pa.Array) -> Mask:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False))


def _inseparable(name: TableName, unique: Unique) -> Problem:
    reason = (
        f"Copies of its rows would be equal under {unique.name} ({', '.join(unique.columns)}): no column of it can differ, since all "
        "refer to shared rows, or hold one of a few values."
    )
    return Problem("copies-unique", Severity.ERROR, reason, REMEDY, name, unique.columns[0])


REMEDY = (
    'Write follow = "none" for the edge that brings this table\'s rows, mask a column of the key by a mask that tells values '
    "apart, or empty the table."
)


def _torn(name: TableName, column: str, link: Link) -> Problem:
    reason = (
        f"It is part of several foreign keys, {link.key.name} among them: in a copy one of them would follow to another value than "
        "the other one needs."
    )
    return Problem("copies-torn", Severity.ERROR, reason, REMEDY, name, column)
