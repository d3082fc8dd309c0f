"""The SELECT of one read of PostgreSQL, and how each column of its answer becomes what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from connectors import arrow, pg_blocks
from connectors.database import Derived, Form, Read
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.pg_ids import Naming, Part
from connectors.pg_sql import PgSql
from connectors.pg_types import value_expression, wire_expression
from connectors.schema import Column, ForeignKey, Kind, Table
from connectors.sql import chunk_key

_TEXTS = (Kind.TEXT, Kind.JSON)


class Selection:
    """The SELECT of one request. `part`: of these rows alone."""

    def __init__(
        self, sql: PgSql, table: Table, request: Read, naming: Naming | None = None, part: Part | None = None
    ) -> None:
        self._sql, self._table, self._request = sql, table, request
        self._naming = naming if request.identified else None
        self._part = part
        self._joins: dict[tuple[ForeignKey, ...], str] = {}
        self._columns = [(self._asked(asked.name), asked.form) for asked in request.columns]
        self._columns += [(self._ancestor(derived), Form.ARROW) for derived in request.derived]
        self.sql = self._text()

    def carried(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch in its carriers, each field saying what it is. Raises ReadError."""
        return carried(batch, self._table.name, self._columns, self._naming)

    def _asked(self, name: str) -> Column:
        try:
            return self._table.column(name)
        except KeyError:
            raise ReadError(f"{self._table.name} has no column {name}", table=self._table.name, column=name) from None

    def _ancestor(self, derived: Derived) -> Column:
        parent = self._sql.catalog.schema.table(derived.path[-1].parent)
        return replace(parent.column(derived.column), name=derived.alias)

    def _text(self) -> str:
        expressions = [
            expression(self._sql, self._table, asked.name, asked.form, "t.") for asked in self._request.columns
        ]
        for derived in self._request.derived:
            alias = self._join(derived.path)
            parent = derived.path[-1].parent
            column = f"{alias}.{self._sql.quote(derived.column)}"
            length = self._ancestor(derived).length
            expressions.append(value_expression(column, self._sql.type_of(parent, derived.column), length))
        if self._naming is not None:
            expressions = [*self._naming.expressions("t"), *expressions]
        # A table may have no column that is stored, and rows nevertheless.
        expressions = expressions or ["true"]
        condition, order = self._range()
        limit = f" LIMIT {int(self._request.limit)}" if self._request.limit is not None else ""
        selected = ", ".join(f"{text} AS c{place}" for place, text in enumerate(expressions))
        joins = "".join(self._join_text(path, alias) for path, alias in self._joins.items())
        source = self._sql.relation(self._part.source if self._part is not None else self._table.name)
        return f"SELECT {selected} FROM {source} t{joins}{condition}{order}{limit}"

    def _join(self, path: tuple[ForeignKey, ...]) -> str:
        """The alias of the row at the end of a path; paths that begin alike share their joins."""
        for length in range(1, len(path) + 1):
            self._joins.setdefault(path[:length], f"d{len(self._joins)}")
        return self._joins[path]

    def _join_text(self, path: tuple[ForeignKey, ...], alias: str) -> str:
        key, before = path[-1], self._joins[path[:-1]] if len(path) > 1 else "t"
        pairs = zip(key.parent_columns, key.columns, strict=True)
        equal = " AND ".join(f"{alias}.{self._sql.quote(up)} = {before}.{self._sql.quote(own)}" for up, own in pairs)
        return f" LEFT JOIN {self._sql.relation(key.parent)} {alias} ON {equal}"

    def _range(self) -> tuple[str, str]:
        if self._part is not None:
            return f" WHERE {self._part.condition}", ""
        chunk, key = self._request.chunk, chunk_key(self._table)
        if chunk is not None and chunk.physical:
            return f" WHERE {pg_blocks.within(chunk)}", ""
        if chunk is None or not key:
            return "", ""
        condition = self._sql.range(self._table, key, chunk)
        return f" WHERE {condition}" if condition else "", f" ORDER BY {self._sql.columns(key, 't')}"


def expression(sql: PgSql, table: Table, column: str, form: Form, prefix: str = "") -> str:
    """What to select for a column of the table in that form."""
    declared, base = sql.catalog.types[table.name, column]
    named = prefix + sql.quote(column)
    if form is Form.WIRE:
        return wire_expression(named, declared, base)
    return value_expression(named, base, table.column(column).length)


def carried(
    batch: pa.RecordBatch, table: TableName, columns: Sequence[tuple[Column, Form]], naming: Naming | None = None
) -> pa.RecordBatch:
    """The batch in its carriers, each field saying what it is, after the ids that its first columns name. Raises ReadError."""
    arrays, fields = [], []
    if naming is not None:
        arrays, fields = naming.decoded(batch.columns[: naming.width]), list(naming.ids.schema())
    if not columns and naming is None:
        return batch.select([])
    for array, (column, form) in zip(batch.columns[naming.width if naming else 0 :], columns, strict=True):
        if form is Form.WIRE:
            arrays.append(to_wire(array, column))
            fields.append(arrow.field(column, form, "postgresql", arrays[-1].type))
        else:
            fields.append(arrow.field(column, form, "postgresql"))
            arrays.append(_value(array, column, table))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _value(array: pa.Array, column: Column, table: TableName) -> pa.Array:
    try:
        return to_carrier(array, column)
    except pa.ArrowInvalid:
        raise ReadError(
            f"{table}.{column.name} holds what its Arrow carrier cannot (NaN, no UTF-8): it can be kept, not masked",
            table=table, column=column.name,
        ) from None  # fmt: skip


def to_wire(array: pa.Array, column: Column) -> pa.Array:
    """A driver's array as bytes, or as the bits of a fixed width: every NaN and both zeros stay what they are."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    type_ = array.type
    if pa.types.is_string(type_):
        # What came as text is text that the target has to parse, unless text is what the column holds.
        return array.view(pa.binary()) if column.kind in _TEXTS else array
    if pa.types.is_floating(type_):
        return array.view(pa.int32() if type_.bit_width == 32 else pa.int64())
    return array.view(pa.int64()) if pa.types.is_time(type_) else array


def to_carrier(array: pa.Array, column: Column) -> pa.Array:
    """A driver's array as the carrier of its column's kind. Raises ArrowInvalid where it cannot be."""
    wanted = arrow.carrier(column)
    if array.type == wanted:
        return array
    if column.kind is Kind.TIME:
        return array.view(pa.int64()).view(wanted)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return pc.cast(array, wanted)
