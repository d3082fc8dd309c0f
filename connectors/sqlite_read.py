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
from connectors.database import Chunk, Derived, Form, Read, ReadColumn
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.reading import Bound, Counts, key_ranges, sliced
from connectors.rows import ID, Follow, RowIds, Rows, Size
from connectors.schema import Column, Schema, Table
from connectors.sql import Sql
from connectors.sqlite_describe import alias
from connectors.sqlite_errors import code, sentence
from connectors.sqlite_ids import NUMBER, among, id_array, row_name, within
from connectors.sqlite_image import MOST_COLUMNS, attach_image, select_image
from connectors.sqlite_rows import SQLiteRows
from connectors.sqlite_sample import sample
from connectors.sqlite_sql import SQLiteSql
from connectors.sqlite_values import (
    BLOB,
    CLASSES,
    NUMBERS,
    TEXT,
    Cells,
    arrow_of,
    cells_of,
    merge,
    objects,
    wire_of,
    wire_type,
)

_FETCH = 16_384
_SURVEYED = 300
"""Columns that one query surveys: SQLite takes 2,000 columns in all, and expressions of 1,000 terms."""
_FEW = 64
"""Rows in one piece below which they are fetched one by one."""
_NUMBERS = frozenset(NUMBERS)
_HELD = 32 << 20
"""Most bytes of cells that one fetch may bring."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a table found: the storage classes of each column in form `wire`, and the widest row."""

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
        # The file itself is open for reading alone: what is made here is made beside it, in memory.
        connection.execute("PRAGMA query_only = OFF")
        self._images = attach_image(connection)
        self.unreadable: dict[tuple[TableName, str], int] = {}
        self._surveys: dict[tuple[TableName, tuple[ReadColumn, ...]], Survey] = {}
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

    def sample(self, table: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
        try:
            yield from sample(self._connection, self._sql, self.schema.table(table), columns, rows, cut)
        except sqlite3.Error as error:
            raise _failed(table, error) from None

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
        survey = self._survey(table, request.columns) if request.limit is None and request.among is None else None
        outputs = self._outputs(table, request, survey)
        if not outputs:
            raise ReadError(f"{table.name}: no column was asked for", table=table.name)
        try:
            for columns in self._columns(table, request, survey):
                yield from self._batches(table, outputs, columns, request)
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

    def _columns(self, table: Table, request: Read, survey: Survey | None) -> Iterator[list[Cells]]:
        """The columns asked for, piece by piece."""
        name = row_name(table)
        own = [f"t.{self._sql.quote(column)}" for column in name.columns]
        selected = own if request.identified else []
        selected = [*selected, *(f"t.{self._sql.quote(asked.name)}" for asked in request.columns)]
        selected += [self._derived(derived) for derived in request.derived]
        step, rowid = _step(survey, request), alias(table)
        if self._images and rowid is not None and step >= _FEW and len(selected) < MOST_COLUMNS:
            yield from self._images_of(table, rowid, selected, request.chunk, step)
            return
        limit = f" LIMIT {request.limit}" if request.limit is not None else ""
        chosen = among(name, own, request.among) if request.among is not None else [self._within(table, request.chunk)]
        for condition, parameters in chosen:
            sql = f"SELECT {', '.join(selected)} {self._from(table, condition)}{limit}"
            for rows in _fetched(self._connection.execute(sql, parameters), step, request):
                yield [cells_of(values) for values in zip(*rows, strict=True)]

    def _images_of(
        self, table: Table, rowid: str, selected: list[str], chunk: Chunk | None, step: int
    ) -> Iterator[list[Cells]]:
        chunk = chunk or Chunk(table.name, 0)
        while True:
            condition, parameters = self._within(table, chunk)
            rest = f"{self._from(table, condition)} LIMIT {step}"
            *columns, places = select_image(self._connection, [*selected, f"t.{rowid}"], rest, parameters)
            if places.rows:
                yield columns
            if places.rows < step:
                return
            chunk = replace(chunk, lower=(places.parts[int][-1].as_py(),))

    def _within(self, table: Table, chunk: Chunk | None) -> tuple[str, tuple[Any, ...]]:
        key = chunk_columns(table)
        return self._sql.within(table, key, chunk) if chunk is not None and key else ("", ())

    def _from(self, table: Table, condition: str) -> str:
        """All behind the selected columns: these rows, in the order in which the table is cut."""
        where = f" WHERE {condition}" if condition else ""
        key = chunk_columns(table)
        order = f" ORDER BY {self._sql.columns(key, 't')}" if key else ""
        return f"FROM {self._sql.relation(table.name)} t{where}{order}"

    def _derived(self, derived: Derived) -> str:
        value = f"p{len(derived.path) - 1}.{self._sql.quote(derived.column)}"
        return self._sql.ancestor(derived, value, "t")

    def _batches(
        self, table: Table, outputs: list[_Output], found: list[Cells], request: Read
    ) -> Iterator[pa.RecordBatch]:
        arrays, labels, codes = [], [], []
        for output, cells in zip(outputs, found, strict=True):
            array, formats, which = self._array(table, output, cells)
            arrays.append(array)
            labels.append(formats)
            codes.append(which)
        for places, chosen in _groups(labels, codes):
            fields = [_field(*pair) for pair in zip(outputs, arrays, chosen, strict=True)]
            columns = arrays if places is None else [array.take(places) for array in arrays]
            batch = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
            yield from sliced(batch, request.batch_rows, request.batch_bytes)

    def _array(
        self, table: Table, output: _Output, cells: Cells
    ) -> tuple[pa.Array, list[str], np.ndarray[Any, Any] | None]:
        if output.identifies:
            return id_array(objects(cells), pa.int64() if output.classes is NUMBER else pa.binary()), [""], None
        if output.form is Form.WIRE:
            classes = cells.classes if output.classes is None else output.classes
            return wire_of(cells, classes), [wire_type(classes)[1]], None
        parsed, unreadable = arrow_of(cells, output.column)
        if unreadable:
            place = (table.name, output.name)
            self.unreadable[place] = self.unreadable.get(place, 0) + unreadable
        return merge(parsed)

    def _survey(self, table: Table, columns: tuple[ReadColumn, ...]) -> Survey:
        if (table.name, columns) not in self._surveys:
            try:
                self._surveys[table.name, columns] = survey(self._connection, self._sql, table, columns)
            except sqlite3.Error as error:
                raise _failed(table.name, error) from None
        return self._surveys[table.name, columns]


def chunk_columns(table: Table) -> tuple[str, ...]:
    """What cuts this table into ranges: the rowid, else the primary key of a WITHOUT ROWID table."""
    rowid = alias(table)
    if rowid is not None:
        return (rowid,)
    return table.primary_key if ("WITHOUT ROWID", "1") in table.options else ()


def survey(connection: sqlite3.Connection, sql: Sql, table: Table, columns: Sequence[ReadColumn]) -> Survey:
    """Guess each column's storage class from the first rows, then prove the guess in one pass; look closer only where it fails."""
    parts = [
        _surveyed(connection, sql, table, columns[at : at + _SURVEYED]) for at in range(0, len(columns), _SURVEYED)
    ]
    return Survey({name: found for part in parts for name, found in part.classes.items()}, sum(p.widest for p in parts))


def _surveyed(connection: sqlite3.Connection, sql: Sql, table: Table, columns: Sequence[ReadColumn]) -> Survey:
    relation, quoted = sql.relation(table.name), [sql.quote(column.name) for column in columns]
    types = ", ".join(f"typeof({name})" for name in quoted)
    head = connection.execute(f"SELECT {types} FROM {relation} LIMIT 100").fetchall()
    guesses = [_known(values) for values in zip(*head, strict=True)] if head else [frozenset[str]()] * len(columns)
    lengths = [
        f"coalesce(length({name}), 0)" for name, of in zip(quoted, guesses, strict=True) if not of or of - _NUMBERS
    ]
    wire = [place for place, column in enumerate(columns) if column.form is Form.WIRE]
    others = [condition for place in wire for condition in _others(quoted[place], guesses[place])]
    proof = f"max({' + '.join(['0', *lengths])}), max({' OR '.join(['0', *others])})"
    longest, failed = connection.execute(f"SELECT {proof} FROM {relation}").fetchone()
    found = _classes(connection, [quoted[place] for place in wire], relation) if failed else [guesses[p] for p in wire]
    # A character of text may take four bytes, a number takes eight, an object of Python's about fifty more.
    widest = 4 * int(longest or 0) + 60 * len(columns)
    return Survey({columns[place].name: classes for place, classes in zip(wire, found, strict=True)}, widest)


def _others(name: str, guess: frozenset[str]) -> Iterator[str]:
    """Conditions that hold for a value of any other class. Without a word for the class where the order of classes says it:
    numbers stand before texts, texts before blobs (datatype3.html, section 4.1)."""
    value = f"+{name} COLLATE BINARY"
    if not guess & _NUMBERS:
        yield f"{value} < ''"
    elif _NUMBERS - guess:
        yield f"typeof({name}) = '{min(_NUMBERS - guess)}'"
    if not guess & {TEXT, BLOB}:
        yield f"{value} >= ''"
    elif BLOB not in guess:
        yield f"{value} >= x''"
    elif TEXT not in guess:
        yield f"typeof({name}) = '{TEXT}'"


def _classes(connection: sqlite3.Connection, names: Sequence[str], relation: str) -> list[frozenset[str]]:
    words = list(CLASSES.values())
    asked = ", ".join(f"max(typeof({name}) = '{word}')" for name in names for word in words)
    row = connection.execute(f"SELECT {asked} FROM {relation}").fetchone()
    return [
        frozenset(word for word, there in zip(words, row[at : at + len(words)], strict=True) if there)
        for at in range(0, len(row), len(words))
    ]


def _known(words: Iterable[bytearray]) -> frozenset[str]:
    return frozenset(word.decode() for word in words) & frozenset(CLASSES.values())


def _step(survey: Survey | None, request: Read) -> int:
    """Rows in one piece: as few as stay within memory by the widest row of the table, or none where that is not known."""
    return min(request.batch_rows, _FETCH, _HELD // survey.widest if survey else 1)


def _fetched(cursor: sqlite3.Cursor, step: int, request: Read) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in lists that stay within memory, counted one by one where a row is huge or of unknown width."""
    if step >= _FEW:
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
