"""One moment of MySQL or MariaDB with rows by name: some rows of a table, and the rows that a foreign key joins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from pymysql import err

from connectors import my_sample
from connectors.condition import refuse_statement
from connectors.database import Form, ReadColumn
from connectors.errors import AskedError, ReadError
from connectors.my_ids import (
    IDS,
    SCANNED_IDS,
    Ids,
    byte_literals,
    decode_ids,
    float_literals,
    ids_of,
    in_lists,
    text_literals,
)
from connectors.my_read import Answered, MySqlReader, chosen
from connectors.my_sizes import Anew, written_anew
from connectors.my_sql import MySqlText
from connectors.my_types import base_type, charset
from connectors.my_wire import PARAMETER, Wire
from connectors.names import TableName
from connectors.row_sql import PARENT, Side, equal, follow_sql, select
from connectors.rows import FROM, TO, Follow, RowIds, Rows, Size
from connectors.schema import Column, Kind, Schema, Table

_PLANNED = (
    # A long list of literals stays ranges of the index, whose comparison is the column's own, and is never given up as too long.
    "in_predicate_conversion_threshold = 0",
    "optimizer_max_sel_arg_weight = 0",
    "range_optimizer_max_mem_size = 0",
    # Sizes as they are now, not as they were yesterday.
    "information_schema_stats_expiry = 0",
)
"""Settings that one of the two knows and the other may not."""
_HASH_JOIN = ("join_cache_level = 4", "join_buffer_size = 16777216", "join_buffer_space_limit = 33554432")
"""MySQL does so by itself."""
_BATCH_BYTES = 4 << 20
_SIZES = (
    "SELECT TABLE_NAME, COALESCE(TABLE_ROWS, 0), COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0)"
    f" FROM information_schema.TABLES WHERE TABLE_SCHEMA = {PARAMETER}"
)
_REFUSED = {
    1052: "a column's name is ambiguous in it",
    1054: "it names a column that is not there",
    1064: "it has a syntax error",
    1111: "it uses an aggregate where none can be",
    1142: "this login lacks the right",
    1143: "this login lacks the right",
    1146: "it names a table that is not there",
    1241: "it compares one value with several",
    1242: "a subquery in it gives several rows",
    1292: "a value does not fit a type in it",
    1305: "it calls a function that is not there",
    1365: "it divides by zero",
    1370: "this login lacks the right",
    1630: "it calls a function that is not there",
    1690: "a number in it is too large",
    1792: "it writes",
}
_NO_COLLATION = "1267"
_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_HEX = re.compile(r"(?:0x|\\x)((?:[0-9a-fA-F]{2})*)\Z")


class MySqlSnapshot(MySqlReader):
    """One moment of the source."""

    def __init__(self, wire: Wire, sql: MySqlText, dialect: str, schema: Schema) -> None:
        super().__init__(wire, sql, dialect, schema)
        self._set(_PLANNED)
        self._weights: dict[TableName, Anew | None] = {}
        """What tables take, once they were looked at."""

    def row_ids(self, table: TableName) -> RowIds:
        return ids_of(self._table(table), self._sql).named

    def sample(self, table: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
        described = self._table(table)
        ask = partial(self._together, described)
        return my_sample.sample(described, self._sql, self._dialect, ask, columns, rows, cut)

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        table = self._table(request.table)
        ids = ids_of(table, self._sql)
        columns = [Answered(table.column(name), Form.ARROW) for name in request.columns]
        statements = self._asking(table, ids, request)
        batches = self._batches(table, statements, ids.named.types, columns, request.batch_rows, _BATCH_BYTES)
        with self._conditions(table.name, [request.where]), _representable(table.name), closing(batches):
            yield from chosen(batches, ids.wanted(request.among))

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        child, parent = self._table(step.child), self._table(step.key.parent)
        sides = ids_of(child, self._sql), ids_of(parent, self._sql)
        left, reached = reversed(sides) if step.down else sides
        types = left.named.types + reached.named.types
        names = [*left.named.names(FROM), *reached.named.names(TO)]
        cells = self._cells(child, self._following(step, child, parent, *sides), step.batch_rows, _BATCH_BYTES)
        pairs = (pa.RecordBatch.from_arrays(decode_ids(found, types), names) for found in cells)
        given = [step.key.where, *step.key.expressions, step.where]
        with self._conditions(child.name, given), self._hashing(parent, step), closing(cells):
            yield from chosen(pairs, left.wanted(step.among))

    def sizes(self, tables: Sequence[TableName]) -> Mapping[TableName, Size]:
        found: dict[TableName, Size] = {}
        for schema in {name.schema for name in tables}:
            rows = self._ask(tables[0], _SIZES, schema or self._sql.default_schema)
            found |= {TableName(name, schema): Size(int(count), int(size)) for name, count, size in rows}
        return {name: self._weighed(name, found[self._table(name).name]) for name in tables}

    def _weighed(self, name: TableName, size: Size) -> Size:
        """With what its rows would take if they were written anew."""
        table = self._table(name)
        if name not in self._weights:
            self._weights[name] = written_anew(
                lambda sql: self._ask(name, sql), self._sql.relation(table.name), self._sql.quote, table
            )
        row, entries = self._weights[name] or (None, ())
        return replace(size, row=row, entries=entries)

    def _together(self, table: Table, statements: Sequence[str]) -> list[pa.Array]:
        """The columns of all that these statements answer."""
        found = [*self._cells(table, statements, IDS, _BATCH_BYTES)]
        return [pa.concat_arrays(column) for column in zip(*found, strict=True)]

    def _asking(self, table: Table, ids: Ids, request: Rows) -> Iterator[str]:
        """The statements of all rows that are asked for."""
        columns = [self._selected(table, ReadColumn(name, Form.ARROW)) for name in request.columns]
        for rows in ids.conditions(request.among):
            for keys in self._keyed(table, request):
                yield select(
                    self._sql.relation(table.name), [*ids.select(), *columns], [rows, keys, request.where or ""]
                )

    def _keyed(self, table: Table, request: Rows) -> Iterator[str]:
        if not request.key_columns:
            yield ""
            return
        keys = list(dict.fromkeys(request.keys))
        for start in range(0, len(keys), IDS):
            values = zip(*keys[start : start + IDS], strict=True)
            columns = [table.column(name) for name in request.key_columns]
            literals = [written(table.name, c, pa.array(v, pa.string())) for c, v in zip(columns, values, strict=True)]
            yield from in_lists(self._sql.columns(request.key_columns), literals)

    def _following(self, step: Follow, child: Table, parent: Table, children: Ids, parents: Ids) -> Iterator[str]:
        """The statements of all pairs that are asked for."""
        equals = _equality(self._sql, step, child, parent)
        if step.down:
            rows = IDS if _indexed(child, parent, step) else SCANNED_IDS
            for condition in parents.conditions(step.among, PARENT, rows):
                sides = Side(children.select()), Side(parents.select(PARENT), condition)
                yield follow_sql(self._sql, step, *sides, equals)
            return
        reached = Side(parents.select(PARENT, step.key.parent_columns[0]))
        for condition in children.conditions(step.among):
            yield follow_sql(self._sql, step, Side(children.select(), condition), reached, equals)

    @contextmanager
    def _hashing(self, parent: Table, step: Follow) -> Iterator[None]:
        """A key that no index of the parent helps with is joined by hash, and not by looking at every parent for each child."""
        if _leads(parent, step.key.parent_columns):
            yield
            return
        self._set(_HASH_JOIN)
        try:
            yield
        finally:
            self._set([setting.partition(" = ")[0] + " = DEFAULT" for setting in _HASH_JOIN])

    def _set(self, settings: Sequence[str]) -> None:
        for setting in settings:
            with suppress(err.MySQLError):
                self._wire.run(f"SET SESSION {setting}")

    @contextmanager
    def _conditions(self, table: TableName, given: Sequence[str | None]) -> Iterator[None]:
        """Refuses what is no condition, and names the conditions where the database refuses them. Raises ReadError."""
        texts = [text for text in given if text]
        for text in texts:
            refuse_statement(text, self._dialect, table)
        try:
            yield
        except ReadError as error:
            if not texts or error.code is None:
                raise
            words = _REFUSED.get(int(error.code), f"the server says error {error.code}")
            raise AskedError(
                f"{table}: the database refuses a condition on this table: {words}", table=table, code=error.code
            ) from None


@contextmanager
def _representable(table: TableName) -> Iterator[None]:
    """Names a key that is asked for in characters that its column's set lacks. Raises ReadError."""
    try:
        yield
    except ReadError as error:
        if error.code != _NO_COLLATION:
            raise
        raise ReadError(
            f"{table}: texts are compared that have no character set in common; a key or a condition has characters "
            "that a column cannot hold",
            table=table,
        ) from None


def written(table: TableName, column: Column, texts: pa.Array) -> pa.Array:
    """Values as a person writes them, as literals of the column's type. Raises ReadError."""
    match column.kind:
        case Kind.INTEGER:
            return _checked(table, column, texts, r"^\s*[-+]?[0-9]+\s*$")
        case Kind.DECIMAL:
            return _checked(table, column, texts, _NUMBER)
        case Kind.FLOAT:
            numbers = _checked(table, column, texts, _NUMBER)
            return float_literals(_single(numbers) if base_type(column.native) == "float" else numbers)
        case Kind.BIT:
            return pc.binary_join_element_wise("b'", _checked(table, column, texts, "^[01]+$"), "'", "")
        case Kind.BINARY:
            return byte_literals(pa.array([_bytes(text) for text in texts.to_pylist()], pa.binary()))
    return text_literals(texts)


def _checked(table: TableName, column: Column, texts: pa.Array, pattern: str) -> pa.Array:
    if not pc.all(pc.match_substring_regex(texts, pattern)).as_py():
        raise AskedError(
            f"{table}: a key that is asked for is no value of {column.name}, which is {column.native}",
            table=table,
            column=column.name,
        )
    return pc.utf8_trim_whitespace(texts)


def _single(numbers: pa.Array) -> pa.Array:
    """The doubles that a FLOAT's values are."""
    return numbers.cast(pa.float32()).cast(pa.float64()).cast(pa.string())


def _bytes(text: str) -> bytes:
    """`0xFF` and `\\xFF` are bytes; any other text is its own."""
    match = _HEX.match(text)
    return bytes.fromhex(match.group(1)) if match else text.encode()


def _equality(sql: MySqlText, step: Follow, child: Table, parent: Table) -> Callable[[str, str, int], str]:
    """Texts of two collations, of which the server would choose none, are compared in the parent's, so that its index helps."""

    def equals(left: str, right: str, place: int) -> str:
        column = parent.column(step.key.parent_columns[place])
        if column.collation is None or column.collation == _collation(step, child, place):
            return equal(left, right, place)
        text = f"CONVERT({right} USING {charset(column)})"
        found = equal(left, f"{text} COLLATE {column.collation}", place)
        if charset(column) == "utf8mb4":
            return found
        # A character that the parent's set lacks becomes a question mark, which is no parent's.
        return f"{found} AND {sql.spelling(text, False)} = {sql.spelling(right, False)}"

    return equals


def _collation(step: Follow, child: Table, place: int) -> str | None:
    return None if step.key.expressions else child.column(step.key.columns[place]).collation


def _indexed(child: Table, parent: Table, step: Follow) -> bool:
    """Are the children of a parent found without reading all of them?"""
    alike = all(
        parent.column(name).collation in (None, _collation(step, child, place))
        for place, name in enumerate(step.key.parent_columns)
    )
    return alike and _leads(child, step.key.columns)


def _leads(table: Table, columns: Sequence[str]) -> bool:
    """Does an index begin with one of these columns?"""
    return any(index.columns[:1] and index.columns[0] in columns for index in table.indexes)
