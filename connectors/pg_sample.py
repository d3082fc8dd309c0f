"""Some rows of a PostgreSQL table from blocks all over it: the places of their rows first, then evenly many of these rows.

TABLESAMPLE SYSTEM (https://www.postgresql.org/docs/current/sql-select.html) reads whole blocks that a hash chooses, so one statement
of a known seed gives the same blocks again. Only the chosen rows are looked into, so nothing long of the others is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from connectors.errors import ReadError
from connectors.names import TableName
from connectors.pg_blocks import ROWS_OF_A_BLOCK
from connectors.pg_connect import query
from connectors.pg_describe import DEFAULT_SCHEMA
from connectors.pg_errors import read_error
from connectors.pg_ids import Places
from connectors.pg_rows import Source
from connectors.pg_selection import to_carrier
from connectors.pg_sql import PgSql, literal
from connectors.pg_types import value_expression
from connectors.sampling import ENOUGH, Coverage, allowed, batch, evenly, fitted, texts
from connectors.schema import Column, Kind, Table

_SMALL = 8
"""Blocks of a table that is read from its start, in the hope that there are no more rows than are wanted."""
_BLOCKS = (256, 2_048, 16_384)
"""Blocks that are looked at, and how many more where they hold too few rows: tables can be all but empty."""
_LEAVES = 100
"""Places in different partitions at which rows are asked for, each of them by a statement."""
_SURPLUS, _FEWEST = 3, 64
"""How many times the wanted rows, and how many blocks at least, are read where places are not asked for first."""
_TRAVELLING = 20
"""How many times the wanted rows come from there at most."""
_DENIED = "42501"
_SHORT = (Kind.ENUM, Kind.INTERVAL, Kind.DECIMAL, Kind.UUID)
"""Kinds that are read as texts, or as bytes, of which none is long."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows as the driver gives them."""

    rows: pa.Table
    coverage: Coverage
    known: int | None = None
    """About so many rows the whole table has."""


_SIZE = """
SELECT coalesce(sum(pg_relation_size(c.oid)) / current_setting('block_size')::int8, 0)::int8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ({names})
"""


def sample(source: Source, name: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
    """As `Snapshot.sample`."""
    table = source.table(name)
    asked = [table.column(column) for column in columns]
    raw = source.keeper.info.parameter_status("server_encoding") == "SQL_ASCII"
    selected = ", ".join(
        f"{_expression(source.sql, table, column, cut, raw)} AS c{place}" for place, column in enumerate(asked)
    )
    found = _found(source, table, selected, rows)
    if found.rows.num_rows:
        arrays = [column.combine_chunks() for column in found.rows.columns]
        values = [(column, *_value(array, column)) for column, array in zip(asked, arrays, strict=True)]
        yield batch(values, "postgresql", found.coverage, found.known)


def _found(source: Source, table: Table, selected: str, rows: int) -> _Found:
    blocks, plain = _blocks(source, table), isinstance(source.naming(table.name), Places)
    if blocks <= _SMALL or not plain:
        found = _read(source, table, [f"SELECT {selected} FROM {source.sql.relation(table.name)} t LIMIT {rows + 1}"])
        if found.num_rows <= rows:
            return _Found(found, Coverage.WHOLE)
        if not plain:
            return _Found(found.slice(0, rows), Coverage.START)
    try:
        return _spread(source, table, selected, rows, blocks)
    except ReadError as error:
        if error.code != _DENIED:
            raise
        # Who may read some columns only may not ask where rows lie.
        return _unplaced(source, table, selected, rows, blocks)


def _spread(source: Source, table: Table, selected: str, rows: int, blocks: int) -> _Found:
    """Rows at places in blocks all over the table."""
    naming, relation = source.naming(table.name), source.sql.relation(table.name)
    places = ", ".join(naming.expressions("t"))
    for most in _BLOCKS:
        share = min(100.0, 100 * most / blocks)
        sql = f"SELECT {places} FROM {relation} t TABLESAMPLE SYSTEM ({share:.8f}) REPEATABLE (0)"
        found = _read(source, table, [sql])
        arrays = naming.decoded([column.combine_chunks() for column in found.columns]) if found.num_rows else []
        ids = pa.table(arrays, schema=naming.ids.schema()) if arrays else naming.ids.schema().empty_table()
        if ids.num_rows >= rows or share == 100.0:
            break
    if not ids.num_rows and share < 100.0:
        return _Found(_read(source, table, [f"SELECT {selected} FROM {relation} t LIMIT {rows}"]), Coverage.START)
    wanted = ids.take(pa.array(_wanted(ids.num_rows, rows, len(table.partitions))))
    statements = [
        f"SELECT {selected} FROM {source.sql.relation(part.source)} t WHERE {part.condition}"
        for part in naming.parts(wanted, "t")
    ]
    whole = share == 100.0 and ids.num_rows <= rows
    coverage, known = Coverage.WHOLE if whole else Coverage.SPREAD, round(ids.num_rows * 100 / share)
    return _Found(_read(source, table, statements), coverage, known)


def _wanted(found: int, rows: int, partitions: int) -> NDArray[np.int64]:
    """Which of so many places: evenly many, or runs of them so that not every partition has to be asked."""
    if partitions <= _LEAVES:
        return evenly(found, rows)
    run = max(1, rows // _LEAVES)
    starts = evenly(max(1, found - run + 1), _LEAVES)
    return np.unique((starts[:, None] + np.arange(run)).ravel().clip(max=found - 1))


def _unplaced(source: Source, table: Table, selected: str, rows: int, blocks: int) -> _Found:
    """Rows of some blocks, without asking where they lie."""
    known, relation = table.estimated_rows or 0, source.sql.relation(table.name)
    expected = known if known > 0 else blocks * ROWS_OF_A_BLOCK
    least = max(100 * _SURPLUS * rows / expected, 100 * _FEWEST / blocks)
    for more in (1, 8, 64):
        share = min(100.0, least * more)
        sampled = f"SELECT {selected} FROM {relation} t TABLESAMPLE SYSTEM ({share:.8f}) REPEATABLE (0)"
        found = _read(source, table, [f"{sampled} LIMIT {_TRAVELLING * rows}"])
        # The same blocks are chosen in each partition: of small ones none, perhaps.
        if found.num_rows >= rows // ENOUGH or share == 100.0:
            break
    if not found.num_rows and share < 100.0:
        return _Found(_read(source, table, [f"SELECT {selected} FROM {relation} t LIMIT {rows}"]), Coverage.START)
    whole = share == 100.0 and found.num_rows <= rows
    kept = found.take(pa.array(evenly(found.num_rows, rows)))
    return _Found(kept, Coverage.WHOLE if whole else Coverage.SPREAD)


def _blocks(source: Source, table: Table) -> int:
    names = ", ".join(
        f"({literal(part.schema or DEFAULT_SCHEMA)}, {literal(part.name)})" for part in (table.name, *table.partitions)
    )
    try:
        with source.keeper.transaction():
            return int(query(source.keeper, _SIZE.format(names=names))[0][0])
    except psycopg.Error as error:
        raise read_error(error, table.name) from None


def _read(source: Source, table: Table, statements: Sequence[str]) -> pa.Table:
    batches = [found for sql in statements for found in source.stream(sql, table.name, False)]
    return pa.Table.from_batches(batches) if batches else pa.table({})


def _expression(sql: PgSql, table: Table, column: Column, cut: int, raw: bool) -> str:
    """The column as a value, cut by the server. `raw`: its texts are in no known encoding, so they travel as bytes."""
    quoted, type_ = f"t.{sql.quote(column.name)}", sql.type_of(table.name, column.name)
    if column.kind is Kind.BINARY:
        return f"pg_catalog.substring({quoted}, 1, {allowed(column, cut)})"
    if type_.builtin and type_.name == "inet":
        # The cast to text would add the mask of a single host.
        return f"pg_catalog.textin(pg_catalog.inet_out({quoted}))"
    value = value_expression(quoted, type_, column.length)
    if column.kind in _SHORT or (value == quoted and column.kind is not Kind.TEXT):
        return value
    value = f"pg_catalog.left({value}::pg_catalog.text, {allowed(column, cut)})"
    return f"pg_catalog.convert_to({value}, 'SQL_ASCII')" if raw else value


def _value(array: pa.Array, column: Column) -> tuple[pa.Array, int]:
    """In its carrier, and how many values do not fit into it."""
    if pa.types.is_binary(array.type) and column.kind not in (Kind.BINARY, Kind.UUID):
        array = texts(array)
    return fitted(lambda: to_carrier(array, column), lambda: array.cast(pa.string()), column)
