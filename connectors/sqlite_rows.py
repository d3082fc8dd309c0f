"""Rows of a SQLite file by their names, and the pairs that a foreign key joins, as SQLite itself compares them.

A key is compared as SQLite enforces it: under the collation and the affinity of the parent's column
(https://sqlite.org/foreignkeys.html, section 3).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pyarrow as pa

from connectors.arrow import field
from connectors.database import Form
from connectors.errors import AskedError, ReadError
from connectors.names import TableName
from connectors.row_sql import Side, follow_sql, select
from connectors.rows import FROM, ID, TO, Follow, RowIds, Rows, Size
from connectors.schema import ForeignKey, Schema, Table
from connectors.sql import Sql
from connectors.sqlite_errors import code, sentence
from connectors.sqlite_ids import (
    BOUND,
    Condition,
    RowName,
    among,
    id_array,
    listed,
    listed_rows,
    numbers_text,
    row_name,
    within,
)
from connectors.sqlite_types import affinity
from connectors.sqlite_values import arrow, merge

_FETCH = 16_384
_SCANNED = 1_000_000
"""Rows to leave from for each pass over a table that no index helps with."""
_UNINDEXED = re.compile(r"SCAN (?!.*VIRTUAL TABLE)(?!CONSTANT ROW)(?!\d+.ROW VALUES)|.*AUTOMATIC")
_MISTAKES = {
    "no such column": "it names a column that is not there",
    "no such table": "it names a table that is not there",
    "no such function": "it calls a function that SQLite does not have",
    "wrong number of arguments": "it calls a function with too many or too few arguments",
    "misuse of": "it uses an aggregate or a window function where none can be",
    "near ": "it cannot be parsed",
    "row value misused": "it compares one value with several",
}


class SQLiteRows:
    """Answers about rows on one connection. Raises ReadError."""

    def __init__(self, connection: sqlite3.Connection, sql: Sql, schema: Schema) -> None:
        self._connection, self._sql, self._schema = connection, sql, schema

    def ids(self, table: TableName) -> RowIds:
        return row_name(self._schema.table(table)).ids

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        table = self._schema.table(request.table)
        name = row_name(table)
        if request.where:
            _refuse_statement(request.where, table.name)
        own = [f"{self._sql.quote(table.name.name)}.{self._sql.quote(column)}" for column in name.columns]
        selected = [*own, *(self._sql.quote(column) for column in request.columns)]
        seekable = request.among if name.ids.seekable else None
        chosen = within(request.among) if request.among is not None and seekable is None else None
        for (ids, given), (keys, wanted) in product(among(name, own, seekable), self._keys(table, request)):
            statement = select(self._sql.relation(table.name), selected, [ids, keys, request.where or ""])
            for found in self._fetched(
                table.name, statement, (*given, *wanted), request.batch_rows, bool(request.where)
            ):
                batch = _identified(table, name, request.columns, found)
                yield chosen(batch, name.ids.names()) if chosen else batch

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        child, parent = (self._schema.table(name) for name in (step.child, step.key.parent))
        texts = [step.key.where, step.where if step.down else None, *step.key.expressions]
        for text in texts:
            if text:
                _refuse_statement(text, child.name)
        names = (row_name(child), row_name(parent))
        sides = names[::-1] if step.down else names
        chosen = None
        for statement, parameters, filtered in self._joins(step, child, parent, sides[0]):
            if filtered and chosen is None and step.among is not None:
                chosen = within(step.among)
            for found in self._fetched(child.name, statement, parameters, step.batch_rows, any(texts)):
                batch = _paired(found, sides)
                yield chosen(batch, sides[0].ids.names(FROM)) if chosen else batch

    def sizes(self, tables: Sequence[TableName]) -> Mapping[TableName, Size]:
        """Rows as they are counted; bytes by `dbstat`, or the file's share by rows where SQLite was built without it."""
        try:
            rows = {table: int(self._one(self._sql.count(table))) for table in tables}
            return self._measured(rows) if self._has_dbstat() else self._shared_out(rows)
        except sqlite3.Error as error:
            raise ReadError(f"the sizes of the tables cannot be read: {sentence(error)}", code=code(error)) from None

    def _keys(self, table: Table, request: Rows) -> list[Condition]:
        """Conditions of the keys asked for. A column without affinity is compared as text, for a person writes text."""
        if not request.key_columns:
            return [("", ())]
        parts = []
        for column in request.key_columns:
            quoted = f"{self._sql.quote(table.name.name)}.{self._sql.quote(column)}"
            parts.append(f"CAST({quoted} AS TEXT)" if _affinity(table, column) == "BLOB" else quoted)
        row = f"({', '.join('?' * len(parts))})"
        step = max(1, BOUND // len(parts))
        keys = list(dict.fromkeys(request.keys))
        conditions = []
        for start in range(0, len(keys), step):
            wanted = keys[start : start + step]
            text = listed_rows(parts, ", ".join([row] * len(wanted)))
            conditions.append((text, tuple(value for key in wanted for value in key)))
        return conditions

    def _joins(
        self, step: Follow, child: Table, parent: Table, left: RowName
    ) -> Iterator[tuple[str, tuple[Any, ...], bool]]:
        """The statements of one step, their parameters, and whether their pairs are still to be filtered by the rows left from."""
        rows = step.among
        if rows is None:
            yield self._join(step, child, parent, ""), (), False
            return
        own = self._own(parent if step.down else child, left, parent=step.down)
        if left.ids.seekable and self._is_indexed(step, child, parent, left, own):
            for condition, parameters in among(left, own, rows):
                yield self._join(step, child, parent, condition), parameters, False
        else:
            yield from self._scans(step, rows, child, parent, left)

    def _scans(
        self, step: Follow, rows: pa.Table, child: Table, parent: Table, left: RowName
    ) -> Iterator[tuple[str, tuple[Any, ...], bool]]:
        """Passes over the whole child, each for as many of the rows left from as one statement takes."""
        own = self._own(parent if step.down else child, left, parent=False)
        if not step.down:
            # The sign keeps SQLite from seeking: it would take the rows for so few that no index of the parents is worth making.
            own = [f"+{value}" for value in own]
        if left.numbers:
            for start in range(0, rows.num_rows, _SCANNED):
                given = numbers_text(rows.column(0).slice(start, _SCANNED))
                yield self._join(step, child, parent, listed(own[0]), scan=True), (given,), False
        elif left.ids.seekable and rows.num_rows * len(own) <= BOUND:
            for condition, parameters in among(left, own, rows):
                yield self._join(step, child, parent, condition, scan=True), parameters, False
        elif rows.num_rows:
            yield self._join(step, child, parent, "", scan=True), (), True

    def _join(self, step: Follow, child: Table, parent: Table, condition: str, scan: bool = False) -> str:
        lower = self._own(child, row_name(child), parent=False)
        upper = self._own(parent, row_name(parent), parent=True)
        below, above, source = ("", condition, "") if step.down else (condition, "", "")
        if scan and step.down:
            above, source = "", self._gathered(step.key, parent, condition)

        def equals(value: str, reference: str, place: int) -> str:
            return _enforced(value, reference, _strips(step.key, child, parent, place))

        sides = Side(tuple(lower), below), Side(tuple(upper), above, source)
        return follow_sql(self._sql, step, *sides, equals, down="CROSS JOIN" if scan else "JOIN")

    def _gathered(self, key: ForeignKey, parent: Table, condition: str) -> str:
        """The parents left from, set apart with their keys: SQLite makes an index of these few, not one of all their children."""
        columns = dict.fromkeys((*row_name(parent).columns, *key.parent_columns))
        named = [f"{self._sql.quote(column)} AS {self._sql.quote(column)}" for column in columns]
        # The limit keeps them apart: without it SQLite would join the table itself.
        return f"({select(self._sql.relation(parent.name), named, [condition])} LIMIT -1)"

    def _own(self, table: Table, name: RowName, parent: bool) -> list[str]:
        prefix = "p" if parent else self._sql.quote(table.name.name)
        return [f"{prefix}.{self._sql.quote(column)}" for column in name.columns]

    def _is_indexed(self, step: Follow, child: Table, parent: Table, left: RowName, own: Sequence[str]) -> bool:
        """Does SQLite find what a few rows are joined to without reading a whole table?"""
        assert step.among is not None
        condition, parameters = next(among(left, own, step.among.slice(0, 1)), ("", ()))
        statement = self._join(step, child, parent, condition)
        plan = self._fetched(child.name, f"EXPLAIN QUERY PLAN {statement}", parameters, _FETCH, True)
        return not any(_UNINDEXED.match(row[3].decode()) for rows in plan for row in rows)

    def _fetched(
        self, table: TableName, statement: str, parameters: tuple[Any, ...], step: int, conditional: bool
    ) -> Iterator[list[tuple[Any, ...]]]:
        try:
            cursor = self._connection.execute(statement, parameters)
            while rows := cursor.fetchmany(min(step, _FETCH)):
                yield rows
        except sqlite3.Error as error:
            raise _failed(table, error, conditional) from None

    def _measured(self, rows: Mapping[TableName, int]) -> dict[TableName, Size]:
        statement = (
            "SELECT m.tbl_name, m.type = 'table', d.pgsize, d.pgsize - d.unused,"
            " (SELECT json_group_array(i.name) FROM pragma_index_info(m.name) i WHERE i.name IS NOT NULL)"
            " FROM sqlite_schema m JOIN dbstat d ON d.name = m.name AND d.aggregate = 1"
            " WHERE m.tbl_name IN (SELECT value FROM json_each(?)) AND m.rootpage > 0 ORDER BY m.rowid"
        )
        asked = json.dumps([table.name for table in rows])
        found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for name, *tree in self._connection.execute(statement, (asked,)):
            found[bytes(name).decode()].append(tuple(tree))
        return {table: _size(count, found[table.name]) for table, count in rows.items()}

    def _shared_out(self, rows: Mapping[TableName, int]) -> dict[TableName, Size]:
        others = [table.name for table in self._schema.tables if table.name not in rows]
        total = sum(rows.values()) + sum(int(self._one(self._sql.count(table))) for table in others)
        size = int(self._one("PRAGMA page_count")) * int(self._one("PRAGMA page_size"))
        return {table: Size(count, size * count // max(1, total)) for table, count in rows.items()}

    def _has_dbstat(self) -> bool:
        return bool(self._one("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')"))

    def _one(self, statement: str) -> Any:
        return self._connection.execute(statement).fetchone()[0]


def _size(rows: int, trees: Sequence[tuple[Any, ...]]) -> Size:
    """Of a table's tree and those of its indexes: is it the table's, its bytes, those in use, its columns."""
    each = max(rows, 1)
    row = sum(used for is_table, _, used, _ in trees if is_table) / each
    entries = tuple((tuple(json.loads(names)), used / each) for is_table, _, used, names in trees if not is_table)
    return Size(rows, sum(size for _, size, *_ in trees), row, entries)


def _refuse_statement(text: str, table: TableName) -> None:
    # It brings a parser of SQL: imported where a person has written a condition, and in no other keeper of a snapshot.
    from connectors.condition import refuse_statement

    refuse_statement(text, "sqlite", table)


def _identified(table: Table, name: RowName, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    values = list(zip(*rows, strict=True))
    arrays = [id_array(part, type_) for part, type_ in zip(values, name.ids.types, strict=False)]
    fields = list(name.ids.schema(ID))
    for column, cells in zip(columns, values[len(arrays) :], strict=True):
        described = table.column(column)
        arrays.append(merge(arrow(cells, described)[0])[0])
        fields.append(field(described, Form.ARROW, "sqlite"))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _paired(rows: list[tuple[Any, ...]], sides: Sequence[RowName]) -> pa.RecordBatch:
    """Both ids of each pair; the id that an orphan has no parent for is NULL in every part, as no other id is."""
    values = iter(zip(*rows, strict=True))
    arrays: list[pa.Array] = []
    for name in sides:
        cells = [next(values) for _ in name.columns]
        arrays += [id_array(part, type_, cells) for part, type_ in zip(cells, name.ids.types, strict=True)]
    fields = [*sides[0].ids.schema(FROM), *sides[1].ids.schema(TO)]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _affinity(table: Table, column: str) -> str:
    native = table.column(column).native
    return "BLOB" if native.upper() == "ANY" and ("STRICT", "1") in table.options else affinity(native)


def _strips(key: ForeignKey, child: Table, parent: Table, place: int) -> bool:
    """Would a comparison bring the child's affinity to the parent's value, which a foreign key never does?"""
    if key.expressions:
        return True
    above, below = _affinity(parent, key.parent_columns[place]), _affinity(child, key.columns[place])
    return above != below and (above == "BLOB" or (above == "TEXT" and below != "BLOB"))


def _enforced(parent: str, child: str, strips: bool) -> str:
    # The first comparison is what an index can serve, the second one, without the child's affinity, what SQLite enforces.
    return f"{parent} = {child} AND {parent} = +{child}" if strips else f"{parent} = {child}"


def _failed(table: TableName, error: sqlite3.Error, conditional: bool) -> ReadError:
    if conditional and code(error) == "SQLITE_ERROR":
        reason = next(
            (text for start, text in _MISTAKES.items() if str(error).startswith(start)), "it cannot be evaluated"
        )
        return AskedError(
            f"{table}: a condition on this table is refused by SQLite: {reason}", table=table, code=code(error)
        )
    return ReadError(f"{table} cannot be read: {sentence(error)}", table=table, code=code(error))
