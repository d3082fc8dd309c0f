"""Databases whose driver speaks in rows (SQL Server, Oracle): everything but their SQL text and their types.

A driver of this kind makes Python objects of every cell, so reading and writing here touch rows. The forms `wire` and `arrow`
are one. A dialect is a `RowText`: its SQL, as text that can be tested without a server.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.arrow import carrier, field
from connectors.database import Chunk, Derived, Form, Read
from connectors.errors import DatabaseError, ReadError
from connectors.names import TableName
from connectors.reading import Bound, Counts, key_ranges
from connectors.rowwise_sample import sample
from connectors.schema import Column, Kind, Schema, Table
from connectors.sql import Sql, chunk_key
from connectors.uuids import uuid_bytes

PARAMETER = "\0"
"""Where a value goes in SQL text: no identifier holds a NUL, and no driver gives it another meaning."""
RESERVED = "lookalike__"
_STEP = 500
_WIDE_STEP = 16


@dataclass(frozen=True, slots=True)
class Switch:
    """Something to turn off while rows come, and how to turn it on again."""

    off: str
    on: str
    otherwise: str | None = None
    """Turns it on without asking the rows that are there, where `on` fails."""
    name: str = ""


class RowText(Sql):
    """How one dialect of this kind writes its SQL."""

    dialect: str
    parameter = PARAMETER
    row_values = False
    marker_types: dict[str, str]
    """What the marker tables call `text`, `long`, `number` and `small`."""
    any_order = "NULL"
    """What ORDER BY takes where no order is wanted."""
    every = "{} % {} = 0"
    """The condition of each so-manieth number."""
    exists: frozenset[str]
    """Codes of errors that say: it is there already."""

    @abstractmethod
    def literal(self, value: Any) -> str:
        """A value as SQL text."""

    @abstractmethod
    def selected(self, column: Column, quoted: str) -> str:
        """The column as text or bytes that `decoded` takes."""

    @abstractmethod
    def cut(self, column: Column, selected: str, most: int) -> str:
        """What `selected` gives of a long text or of bytes, cut to so many characters or bytes."""

    @abstractmethod
    def some_blocks(self, relation: str, alias: str, share: float) -> str:
        """The rows of about so many percent of the table's blocks, always the same ones, for FROM."""

    @abstractmethod
    def decoded(self, values: list[Any], column: Column) -> pa.Array:
        """The carrier of what `selected` gave."""

    @abstractmethod
    def insert(self, connection: Any, table: Table, batch: pa.RecordBatch) -> None:
        """Load these rows."""

    @abstractmethod
    def switches(self, schema: Schema, select: Callable[..., list[tuple[Any, ...]]]) -> list[Switch]:
        """What stands in the way of loading these tables in any order."""

    @abstractmethod
    def advance(self, table: Table, column: Column, highest: int) -> list[str]:
        """Statements that set the column's counter past its rows."""

    @abstractmethod
    def advance_sequence(self, name: TableName, highest: int) -> str: ...

    @abstractmethod
    def drop(self, schema: Schema) -> list[str]:
        """Statements that drop these views, tables and sequences, whatever refers to them."""

    @abstractmethod
    def table_exists(self, name: str) -> str:
        """A query that counts the tables of that name in the default schema."""

    def limited(self, sql: str, limit: int) -> str:
        return f"{sql} OFFSET 0 ROWS FETCH NEXT {limit} ROWS ONLY"

    def first(self, name: TableName) -> str:
        """A query that gives one row if the table has any."""
        return self.limited(f"SELECT 1 FROM {self.relation(name)} ORDER BY {self.any_order}", 1)

    def next_bound(self, table: Table, key: Sequence[str], after: bool) -> str:
        selected = ", ".join(self.key(table, column) for column in key)
        where = f" WHERE {self.beyond(table, key)}" if after else ""
        return (
            f"SELECT {selected} FROM {self.relation(table.name)}{where} ORDER BY {self.columns(key)} "
            f"OFFSET {self.parameter} ROWS FETCH NEXT 1 ROWS ONLY"
        )

    def bind(self, sql: str, values: Sequence[Any]) -> str:
        literals = iter([self.literal(value) for value in values])
        return re.sub(PARAMETER, lambda _: next(literals), sql)

    def derived(self, derived: Derived, tables: dict[TableName, Table], outer: str) -> str:
        column = tables[derived.path[-1].parent].column(derived.column)
        quoted = f"p{len(derived.path) - 1}.{self.quote(column.name)}"
        return self.ancestor(derived, self.selected(column, quoted), outer)

    def select(self, table: Table, request: Read, tables: dict[TableName, Table]) -> str:
        """The statement of a read, its values in place."""
        key = chunk_key(table)
        selected = [
            self.selected(table.column(wanted.name), f"r.{self.quote(wanted.name)}") for wanted in request.columns
        ]
        selected += [self.derived(derived, tables, "r") for derived in request.derived]
        where, values = self.within(table, key, request.chunk) if request.chunk else ("", ())
        order = self.columns(key) if key else self.any_order
        sql = f"SELECT {', '.join(selected)} FROM {self.relation(table.name)} r" + (f" WHERE {where}" if where else "")
        if key or request.limit is not None:
            sql += f" ORDER BY {order}"
        return self.bind(self.limited(sql, request.limit) if request.limit is not None else sql, values)

    def marker_tables(self) -> dict[str, str]:
        """Their definitions, by name."""
        columns = {
            "marker": "id {small} PRIMARY KEY, run {text}, fingerprint {text}, state {text}, source {text},"
            " started {text}, fresh {small}, version {text}",
            "chunk": "table_schema {text}, table_name {text}, ordinal {number}, row_count {number}",
            "step": "id {text}, name {text}, state {text}",
            "undo": "position {number}, name {text}, statement {long}, otherwise {long}",
        }
        return {
            RESERVED + name: f"CREATE TABLE {self.relation(TableName(RESERVED + name))} "
            f"({', '.join(self._marker_column(part) for part in text.format(**self.marker_types).split(', '))})"
            for name, text in columns.items()
        }

    def _marker_column(self, text: str) -> str:
        name, _, type_ = text.partition(" ")
        return f"{self.quote(name)} {type_}"


class Session:
    """One connection of a row-wise driver; its errors become ours without their text, which quotes cells."""

    def __init__(
        self, connection: Any, text: RowText, errors: type[Exception], code: Callable[[Exception], str]
    ) -> None:
        self.connection, self.text = connection, text
        self._errors, self._code = errors, code

    def run(self, sql: str, *values: Any) -> None:
        with self._cursor() as cursor:
            cursor.execute(self.text.bind(sql, values))

    def select(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            cursor.execute(self.text.bind(sql, values))
            return [tuple(row) for row in cursor.fetchall()]

    def dictionaries(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows by column name, upper case."""
        with self._cursor() as cursor:
            cursor.execute(self.text.bind(sql, values))
            names = [column[0].upper() for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def stream(self, sql: str, step: int) -> Iterator[list[tuple[Any, ...]]]:
        with self._cursor() as cursor:
            cursor.arraysize = step
            cursor.execute(sql)
            while rows := cursor.fetchmany(step):
                yield rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            yield
            self.connection.commit()
        except BaseException:
            with suppress(self._errors):
                self.connection.rollback()
            raise

    @contextmanager
    def mapping(self, doing: str, kind: type[DatabaseError], table: TableName | None = None) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            code = self._code(error)
            raise kind(f"{doing}: the server says error {code}", table=table, code=code) from None

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = self.connection.cursor()
        try:
            yield cursor
        finally:
            with suppress(self._errors):
                cursor.close()


class RowCounts(Counts):
    def __init__(self, session: Session) -> None:
        super().__init__(session.text)
        self._session, self._text = session, session.text

    def _row(self, table: TableName, sql: str) -> tuple[Any, ...]:
        with self._session.mapping(f"{table} could not be read", ReadError, table):
            return self._session.select(sql)[0]


class RowSnapshot(RowCounts):
    """One moment of the source: whoever makes it has opened the transaction."""

    token: str | None = None

    def __init__(self, session: Session, schema: Schema) -> None:
        super().__init__(session)
        self._tables = schema.by_name

    def unreadable_values(self, table: TableName) -> dict[str, int]:
        """None: this database keeps every value to its column's type."""
        return {}

    def touch(self) -> None:
        """Nothing to do: these servers end no session for its silence unless they are told to."""

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        described = self._tables[table]
        key = chunk_key(described)
        return key_ranges(table, lambda lower: self._next(described, key, lower, rows) if key else None)

    def _next(self, table: Table, key: Sequence[str], lower: Bound | None, rows: int) -> Bound | None:
        sql = self._text.next_bound(table, key, after=lower is not None)
        bounds = self._text.repeat(lower) if lower is not None else ()
        with self._session.mapping(f"{table.name} could not be read", ReadError, table.name):
            found = self._session.select(sql, *bounds, rows - 1)
        return tuple(_bound(value) for value in found[0]) if found else None

    def read(self, request: Read) -> Iterator[pa.RecordBatch]:
        table = self._tables[request.table]
        columns = [table.column(wanted.name) for wanted in request.columns]
        fields = [field(column, Form.ARROW, self._text.dialect) for column in columns]
        for derived in request.derived:
            ancestor = self._tables[derived.path[-1].parent].column(derived.column)
            columns.append(ancestor)
            fields.append(field(ancestor, Form.ARROW, self._text.dialect).with_name(derived.alias))
        sql = self._text.select(table, request, self._tables)
        wide = any(
            column.length is None and column.kind.value in ("text", "binary", "json", "xml") for column in columns
        )
        pieces: list[pa.RecordBatch] = []
        with self._session.mapping(f"{table.name} could not be read", ReadError, table.name):
            for rows in self._session.stream(sql, min(_WIDE_STEP if wide else _STEP, request.batch_rows)):
                cells = [list(values) for values in zip(*rows, strict=True)]
                arrays = [self._array(values, column, table) for values, column in zip(cells, columns, strict=True)]
                piece = pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
                if pieces and _beyond([*pieces, piece], request):
                    yield _joined(pieces)
                    pieces = []
                pieces.append(piece)
            if pieces:
                yield _joined(pieces)

    def sample(self, table: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
        with self._session.mapping(f"{table} could not be read", ReadError, table):
            yield from sample(self._text, self._session.select, self._tables[table], columns, rows, cut)

    def _array(self, values: list[Any], column: Column, table: Table) -> pa.Array:
        try:
            return self._text.decoded(values, column)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise ReadError(
                f"{table.name}.{column.name} holds a value that is not of its type {column.native}",
                table=table.name,
                column=column.name,
            ) from None


def from_text(values: list[Any], column: Column) -> pa.Array:
    """The carrier of a column of texts, whole numbers, floats or bytes. Raises pa.ArrowInvalid."""
    match column.kind:
        case Kind.INTEGER | Kind.FLOAT | Kind.BOOLEAN | Kind.BINARY:
            return (
                pa.array(values).cast(carrier(column)) if any(v is not None for v in values) else _nulls(values, column)
            )
        case Kind.TIME:
            return pa.array(values, pa.int64()).cast(pa.duration("us"))
        case Kind.UUID:
            text = "".join(value for value in values if value is not None).encode()
            known = pa.array([value is not None for value in values]).to_numpy(zero_copy_only=False)
            matrix = np.frombuffer(text, dtype=np.uint8).reshape(-1, 36)
            return uuid_bytes(matrix).take(pa.array(np.cumsum(known) - 1, mask=~known))
        case Kind.TIMESTAMPTZ:
            return pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(carrier(column))
        case _:
            return pa.array(values, pa.string()).cast(carrier(column))


def _nulls(values: list[Any], column: Column) -> pa.Array:
    return pa.nulls(len(values), carrier(column))


def _beyond(pieces: list[pa.RecordBatch], request: Read) -> bool:
    rows, size = sum(piece.num_rows for piece in pieces), sum(piece.nbytes for piece in pieces)
    return bool(rows > request.batch_rows or size > request.batch_bytes)


def _joined(pieces: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(pieces).combine_chunks().to_batches()[0]


def _bound(value: Any) -> Any:
    """A key's value as a bound: whole numbers stay numbers, everything else is its text."""
    if isinstance(value, int):
        return value
    return value.hex().upper() if isinstance(value, bytes | bytearray) else str(value)
