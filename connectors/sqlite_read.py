"""One moment of a SQLite file: one read transaction on one read-only connection.

Tables are cut and read by their rowid, SQLite's own order: it is never NULL and never of two types, as a primary key here may
be. WITHOUT ROWID tables are cut by their primary key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.arrow import FORMAT, field
from connectors.database import Chunk, Derived, Form, Read
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.reading import Bound, Counts, key_ranges, sliced
from connectors.rows import ID, Follow, RowIds, Rows, Size
from connectors.schema import Column, Schema, Table
from connectors.sql import Sql
from connectors.sqlite_describe import alias
from connectors.sqlite_errors import code, sentence
from connectors.sqlite_ids import NUMBER, among, id_array, row_name, within
from connectors.sqlite_rows import SQLiteRows
from connectors.sqlite_sql import SQLiteSql
from connectors.sqlite_values import CLASSES, arrow, classes_of, merge, wire, wire_type

_FETCH = 16_384
_SURVEYED = 400
"""Columns that one query surveys: SQLite takes 2,000 columns in all, and sums of 1,000 terms."""
_HELD = 32 << 20
"""Most bytes of cells that one fetch may bring."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a table found: the storage classes of each column and the widest row."""

    classes: dict[str, frozenset[str]]
    widest: int


@dataclass(frozen=True, slots=True)
class _Output:
    column: Column
    name: str
    form: Form
    classes: frozenset[str] | None
    identifies: bool = False


class SQLiteCounts(Counts):
    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(SQLiteSql())
        self._connection = connection

    def _row(self, table: TableName, sql: str) -> tuple[Any, ...]:
        try:
            found: tuple[Any, ...] = self._connection.execute(sql).fetchone()
            return found
        except sqlite3.Error as error:
            raise _failed(table, error) from None


class SQLiteSnapshot(SQLiteCounts):
    """Raises ReadError. `unreadable` counts, per table and column, the values that form `arrow` could not give."""

    token: str | None = None

    def __init__(self, connection: sqlite3.Connection, schema: Schema) -> None:
        super().__init__(connection)
        self.schema = schema
        self.unreadable: dict[tuple[TableName, str], int] = {}
        self._surveys: dict[TableName, Survey] = {}
        self._rows = SQLiteRows(connection, self._sql, schema)

    def unreadable_values(self, table: TableName) -> dict[str, int]:
        return {column: count for (of, column), count in self.unreadable.items() if of == table}

    def touch(self) -> None:
        """Nothing to do: an open read transaction of a file lasts as long as its process."""

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        """Ranges of the rowid, or of the primary key where there is no rowid."""
        described = self.schema.table(table)
        key = chunk_columns(described)
        return key_ranges(table, lambda lower: self._bound(described, key, lower, rows) if key else None)

    def row_ids(self, table: TableName) -> RowIds:
        return self._rows.ids(table)

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        return self._rows.rows(request)

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        return self._rows.follow(step)

    def sizes(self, tables: Sequence[TableName]) -> Mapping[TableName, Size]:
        return self._rows.sizes(tables)

    def read(self, request: Read) -> Iterator[pa.RecordBatch]:
        if request.among is not None and not self.row_ids(request.table).seekable:
            return self._sifted(request, request.among)
        return self._read(request)

    def _sifted(self, request: Read, rows: pa.Table) -> Iterator[pa.RecordBatch]:
        """The whole table, of which only these rows are given."""
        names = self.row_ids(request.table).names()
        chosen = within(rows)
        for batch in self._read(replace(request, among=None, identified=True)):
            found = chosen(batch, names)
            yield found if request.identified else found.select(range(len(names), found.num_columns))

    def _read(self, request: Read) -> Iterator[pa.RecordBatch]:
        table = self.schema.table(request.table)
        # To read some rows, the others are not looked at.
        survey = self._survey(table) if request.limit is None and request.among is None else None
        outputs = self._outputs(table, request, survey)
        if not outputs:
            raise ReadError(f"{table.name}: no column was asked for", table=table.name)
        try:
            for statement in self._select(table, request):
                cursor = self._connection.execute(*statement)
                for rows in _fetched(cursor, survey, request):
                    yield from self._batches(table, outputs, rows, request)
        except sqlite3.Error as error:
            raise _failed(table.name, error) from None

    def _bound(self, table: Table, key: Sequence[str], lower: Bound | None, rows: int) -> Bound | None:
        """The last key of a chunk that starts after `lower`; None when no row is left beyond it."""
        sql = self._sql.next_bound(table, key, after=lower is not None)
        try:
            # One row further than the chunk's last: without it, this chunk is the last.
            cursor = self._connection.execute(sql.replace("LIMIT 1", "LIMIT 2"), (*(lower or ()), rows - 1))
            found = cursor.fetchall()
        except sqlite3.Error as error:
            raise _failed(table.name, error) from None
        try:
            return tuple(_kept(value) for value in found[0]) if len(found) == 2 else None
        except UnicodeDecodeError:
            # Such a key cannot be bound as text again: the rest of the table is one chunk.
            return None

    def _outputs(self, table: Table, request: Read, survey: Survey | None) -> list[_Output]:
        name = row_name(table)
        places = range(len(name.columns)) if request.identified else ()
        outputs = [_Output(name.column(at), ID.format(at), Form.WIRE, name.classes(at), True) for at in places]
        for asked in request.columns:
            classes = survey.classes[asked.name] if survey and asked.form is Form.WIRE else None
            outputs.append(_Output(table.column(asked.name), asked.name, asked.form, classes))
        for derived in request.derived:
            parent = self.schema.table(derived.path[-1].parent)
            outputs.append(_Output(parent.column(derived.column), derived.alias, Form.ARROW, None))
        return outputs

    def _select(self, table: Table, request: Read) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The statement, or one for each part of the rows that are asked for by name."""
        name = row_name(table)
        own = [f"t.{self._sql.quote(column)}" for column in name.columns]
        selected = own if request.identified else []
        selected = [*selected, *(f"t.{self._sql.quote(asked.name)}" for asked in request.columns)]
        selected += [self._derived(derived) for derived in request.derived]
        key = chunk_columns(table)
        within_chunk = self._sql.within(table, key, request.chunk) if request.chunk is not None and key else ("", ())
        order = f" ORDER BY {self._sql.columns(key, 't')}" if key else ""
        limit = f" LIMIT {request.limit}" if request.limit is not None else ""
        for condition, parameters in among(name, own, request.among) if request.among is not None else [within_chunk]:
            where = f" WHERE {condition}" if condition else ""
            sql = f"SELECT {', '.join(selected)} FROM {self._sql.relation(table.name)} t{where}{order}{limit}"
            yield sql, parameters

    def _derived(self, derived: Derived) -> str:
        value = f"p{len(derived.path) - 1}.{self._sql.quote(derived.column)}"
        return self._sql.ancestor(derived, value, "t")

    def _batches(
        self, table: Table, outputs: list[_Output], rows: list[tuple[Any, ...]], request: Read
    ) -> Iterator[pa.RecordBatch]:
        arrays, labels, codes = [], [], []
        for output, values in zip(outputs, zip(*rows, strict=True), strict=True):
            array, formats, which = self._array(table, output, values)
            arrays.append(array)
            labels.append(formats)
            codes.append(which)
        for places, chosen in _groups(labels, codes):
            fields = [_field(*pair) for pair in zip(outputs, arrays, chosen, strict=True)]
            columns = arrays if places is None else [array.take(places) for array in arrays]
            batch = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
            yield from sliced(batch, request.batch_rows, request.batch_bytes)

    def _array(
        self, table: Table, output: _Output, values: Sequence[Any]
    ) -> tuple[pa.Array, list[str], np.ndarray[Any, Any] | None]:
        if output.identifies:
            return id_array(values, pa.int64() if output.classes is NUMBER else pa.binary()), [""], None
        if output.form is Form.WIRE:
            classes = classes_of(values) if output.classes is None else output.classes
            return wire(values, classes), [wire_type(classes)[1]], None
        parsed, unreadable = arrow(values, output.column)
        if unreadable:
            place = (table.name, output.name)
            self.unreadable[place] = self.unreadable.get(place, 0) + unreadable
        return merge(parsed)

    def _survey(self, table: Table) -> Survey:
        if table.name not in self._surveys:
            try:
                self._surveys[table.name] = survey(self._connection, self._sql, table)
            except sqlite3.Error as error:
                raise _failed(table.name, error) from None
        return self._surveys[table.name]


def chunk_columns(table: Table) -> tuple[str, ...]:
    """What cuts this table into ranges: the rowid, else the primary key of a WITHOUT ROWID table."""
    rowid = alias(table)
    if rowid is not None:
        return (rowid,)
    return table.primary_key if ("WITHOUT ROWID", "1") in table.options else ()


def survey(connection: sqlite3.Connection, sql: Sql, table: Table) -> Survey:
    """Guess each column's storage class from the first rows, then prove the guess in one pass; look closer only where it fails."""
    names = [column.name for column in table.columns]
    parts = [_surveyed(connection, sql, table, names[at : at + _SURVEYED]) for at in range(0, len(names), _SURVEYED)]
    return Survey({name: found for part in parts for name, found in part.classes.items()}, sum(p.widest for p in parts))


def _surveyed(connection: sqlite3.Connection, sql: Sql, table: Table, names: list[str]) -> Survey:
    relation = sql.relation(table.name)
    types = ", ".join(f"typeof({sql.quote(name)})" for name in names)
    head = connection.execute(f"SELECT {types} FROM {relation} LIMIT 100").fetchall()
    guesses = [_known(values) for values in zip(*head, strict=True)] if head else [frozenset[str]()] * len(names)
    others, lengths = [], ["0"]
    for name, guess in zip(names, guesses, strict=True):
        known = ", ".join(f"'{word}'" for word in sorted(guess | {"null"}))
        others.append(f"max(typeof({sql.quote(name)}) NOT IN ({known}))")
        if guess != {"integer"} and guess != {"real"}:
            lengths.append(f"coalesce(length({sql.quote(name)}), 0)")
    row = connection.execute(f"SELECT max({' + '.join(lengths)}), {', '.join(others)} FROM {relation}").fetchone()
    classes = {}
    for name, guess, failed in zip(names, guesses, row[1:], strict=True):
        classes[name] = _classes(connection, sql.quote(name), relation) if failed else guess
    # A character of text may take four bytes, a number takes eight, an object of Python's about fifty more.
    return Survey(classes, 4 * int(row[0] or 0) + 60 * len(names))


def _classes(connection: sqlite3.Connection, column: str, relation: str) -> frozenset[str]:
    found = connection.execute(f"SELECT DISTINCT typeof({column}) FROM {relation}").fetchall()
    return _known(row[0] for row in found)


def _known(words: Iterable[bytearray]) -> frozenset[str]:
    return frozenset(word.decode() for word in words) & frozenset(CLASSES.values())


def _fetched(cursor: sqlite3.Cursor, survey: Survey | None, request: Read) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in lists that stay within memory: by the widest row of the table, or one by one where that is unknown or huge."""
    step = min(request.batch_rows, _FETCH, _HELD // survey.widest if survey else 1)
    if step >= 64:
        while rows := cursor.fetchmany(step):
            yield rows
        return
    rows, size = [], 0
    for row in cursor:
        rows.append(row)
        size += sum(len(value) for value in row if type(value) in (bytes, bytearray))
        if size >= request.batch_bytes or len(rows) >= min(request.batch_rows, _FETCH):
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _groups(
    labels: list[list[str]], codes: list[np.ndarray[Any, Any] | None]
) -> Iterator[tuple[pa.Array | None, list[str]]]:
    """Rows that share their formats, with these: one batch per combination, in order of first appearance."""
    several = {place: which for place, which in enumerate(codes) if which is not None}
    if not several:
        yield None, [formats[0] for formats in labels]
        return
    table = np.stack(list(several.values()), axis=1)
    combinations, first, inverse = np.unique(table, axis=0, return_index=True, return_inverse=True)
    for number in np.argsort(first):
        chosen = [formats[0] for formats in labels]
        for place, which in zip(several, combinations[number], strict=True):
            chosen[place] = labels[place][which]
        yield pa.array(np.flatnonzero(inverse.reshape(-1) == number)), chosen


def _field(output: _Output, array: pa.Array, label: str) -> pa.Field:
    made = field(output.column, output.form, "sqlite", array.type).with_name(output.name)
    return made.with_metadata({**made.metadata, FORMAT: label.encode()}) if label else made


def _failed(table: TableName, error: sqlite3.Error) -> ReadError:
    return ReadError(f"{table} cannot be read: {sentence(error)}", table=table, code=code(error))


def _kept(value: Any) -> Any:
    """A bound as a plain value. Raises UnicodeDecodeError where text is not UTF-8."""
    return value.decode() if isinstance(value, bytearray) else value
