"""Rows of PostgreSQL by name: which there are, which a foreign key joins, and what tables take. The server itself compares keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from connectors.condition import refuse_statement
from connectors.database import Form
from connectors.errors import AskedError, ReadError
from connectors.names import TableName
from connectors.pg_connect import Connection, query
from connectors.pg_describe import DEFAULT_SCHEMA
from connectors.pg_errors import is_lost, read_error
from connectors.pg_ids import Naming, Part, Places, array_literal
from connectors.pg_selection import carried, expression
from connectors.pg_sizes import Anew, written_anew
from connectors.pg_sql import PgSql, literal
from connectors.pg_types import quote
from connectors.row_sql import Side, equal, follow_sql, select
from connectors.rows import FROM, TO, Follow, Rows, Size
from connectors.schema import Column, ForeignKey, Table

Batches = Iterator[pa.RecordBatch]
_DENSE = 0.3
"""The share of a table from which on it costs less to join the whole table than to look so many rows up."""

_EQUALS = """
SELECT opn.nspname, o.oprname,
       CASE WHEN lt.typtype <> 'p' AND lt.oid <> pa.atttypid THEN format_type(lt.oid, -1) END,
       CASE WHEN rt.typtype <> 'p' AND rt.oid <> ca.atttypid THEN format_type(rt.oid, -1) END,
       CASE WHEN pa.attcollation <> ca.attcollation THEN con.nspname END, co.collname
FROM (SELECT * FROM pg_constraint WHERE contype = 'f' AND conname = {name} AND conrelid IN (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ({tables}))
      ORDER BY oid LIMIT 1) k
CROSS JOIN unnest(k.conpfeqop, k.conkey, k.confkey) WITH ORDINALITY AS u(operator, child, parent, place)
JOIN pg_operator o ON o.oid = u.operator
JOIN pg_namespace opn ON opn.oid = o.oprnamespace
JOIN pg_type lt ON lt.oid = o.oprleft
JOIN pg_type rt ON rt.oid = o.oprright
JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = u.parent
JOIN pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = u.child
LEFT JOIN pg_collation co ON co.oid = pa.attcollation
LEFT JOIN pg_namespace con ON con.oid = co.collnamespace
ORDER BY u.place
"""

_SIZES = """
SELECT a.place, bool_and(c.reltuples >= 0 AND c.relpages > 0 OR pg_relation_size(c.oid) = 0),
       sum(CASE WHEN c.relpages > 0 THEN c.reltuples::float8 / c.relpages ELSE 0 END
           * pg_relation_size(c.oid) / current_setting('block_size')::int8),
       sum(pg_total_relation_size(c.oid))
FROM (VALUES {names}) a(place, schema, name)
JOIN pg_namespace n ON n.nspname = a.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.name
GROUP BY a.place ORDER BY a.place
"""


@dataclass(frozen=True, slots=True)
class Source:
    """What questions of one snapshot are asked with."""

    keeper: Connection
    sql: PgSql
    table: Callable[[TableName], Table]
    naming: Callable[[TableName], Naming]
    stream: Callable[[str, TableName, bool], Batches]
    """The answer to a statement on a table; whether it holds a person's words."""
    operators: dict[tuple[TableName, str], list[tuple[Any, ...]]] = field(default_factory=dict)
    """How each foreign key that was followed compares, part by part."""
    weights: dict[TableName, Anew | None] = field(default_factory=dict)
    """What tables take, once they were looked at."""


class _Aliased(PgSql):
    """A partition under the name of its table, which conditions may say."""

    def __init__(self, sql: PgSql, leaf: TableName, root: TableName) -> None:
        super().__init__(sql.catalog)
        self._leaf, self._root = leaf, root

    def relation(self, name: TableName) -> str:
        aliased = name == self._leaf != self._root
        return super().relation(name) + (f" {self.quote(self._root.name)}" if aliased else "")


def rows(source: Source, request: Rows) -> Batches:
    """As `Snapshot.rows`."""
    table, naming = source.table(request.table), source.naming(request.table)
    if request.where is not None:
        refuse_statement(request.where, "postgresql", request.table)
    columns = [(column, Form.ARROW) for column in _columns(table, request.columns)]
    values = naming.expressions() + [expression(source.sql, table, column.name, form) for column, form in columns]
    named = [f"{value} AS c{place}" for place, value in enumerate(values)]
    keys = _among_keys(source, table, request)
    for part in _parts(naming, request.table, request.among):
        relation = _Aliased(source.sql, part.source, request.table).relation(part.source)
        sql = select(relation, named, [part.condition, request.where or "", keys])
        for batch in source.stream(sql, request.table, bool(request.where)):
            yield from _cut(carried(batch, request.table, columns, naming), request.batch_rows)


def follow(source: Source, step: Follow) -> Batches:
    """As `Snapshot.follow`."""
    for text in (step.where, step.key.where, *step.key.expressions):
        if text is not None:
            refuse_statement(text, "postgresql", step.child)
    child, parent = source.naming(step.child), source.naming(step.key.parent)
    left, reached = (parent, child) if step.down else (child, parent)
    schema = pa.schema([*left.ids.schema(FROM), *reached.ids.schema(TO)])
    equals = _equals(source, step.child, step.key)
    dense = step.among is not None and _is_dense(step.among, left)
    among = None if dense else step.among
    wanted = np.sort(step.among.column(0).to_numpy()) if dense and step.among is not None else None
    for part in _parts(left, step.key.parent if step.down else step.child, among, "p" if step.down else ""):
        sql = _follow_sql(source.sql, step, (child, parent), part, equals)
        for batch in source.stream(sql, step.child, bool(step.where) or step.key.virtual):
            arrays = left.decoded(batch.columns[: left.width]) + reached.decoded(batch.columns[left.width :])
            pairs = pa.RecordBatch.from_arrays(arrays, schema=schema)
            yield from _cut(pairs if wanted is None else _only(pairs, wanted), step.batch_rows)


def sizes(source: Source, tables: Sequence[TableName], count: Callable[[TableName], int]) -> dict[TableName, Size]:
    """As `Snapshot.sizes`; `count` counts the rows of a table that was never analysed."""
    names = [
        f"({place}, {_names(part)})"
        for place, table in enumerate(tables)
        for part in (table, *source.table(table).partitions)
    ]
    if not names:
        return {}
    try:
        with source.keeper.transaction():
            found = query(source.keeper, _SIZES.format(names=", ".join(names)))
    except psycopg.Error as error:
        raise read_error(error) from None
    sizes = {}
    for place, known, estimate, size in found:
        name = tables[place]
        rows = round(estimate) if known else count(name)
        if name not in source.weights:
            source.weights[name] = _weighed(source, name, rows)
        sizes[name] = Size(rows, int(size), *source.weights[name] or ())
    return sizes


def _weighed(source: Source, name: TableName, rows: int) -> Anew | None:
    """What its rows would take if they were written anew; None where nobody may look at any."""
    parts = [(part.schema or DEFAULT_SCHEMA, part.name) for part in (name, *source.table(name).partitions)]
    try:
        with source.keeper.transaction():
            return written_anew(partial(query, source.keeper), parts, rows)
    except psycopg.Error as error:
        raise read_error(error, name) from None


def _parts(naming: Naming, table: TableName, among: pa.Table | None, alias: str = "") -> Iterator[Part]:
    return iter([Part(table, "")]) if among is None else naming.parts(among, alias)


def _columns(table: Table, names: Sequence[str]) -> list[Column]:
    known = {column.name: column for column in table.columns}
    for name in names:
        if name not in known:
            raise ReadError(f"{table.name} has no column {name}", table=table.name, column=name)
    return [known[name] for name in names]


def _among_keys(source: Source, table: Table, request: Rows) -> str:
    """The condition of the rows with one of the keys asked for. Raises ReadError."""
    if not request.keys:
        return ""
    values, arrays = [], []
    for place, column in enumerate(_columns(table, request.key_columns)):
        type_ = source.sql.type_of(table.name, column.name)
        array = f"{array_literal(pa.array([key[place] for key in request.keys], pa.string()))}::pg_catalog.text[]"
        _refuse_uncast(source.keeper, array, type_.declared, table.name, column)
        arrays.append(array)
        values.append(f"u.k{place}::{type_.declared}")
    names = ", ".join(f"k{place}" for place in range(len(values)))
    keys = f"SELECT {', '.join(values)} FROM unnest({', '.join(arrays)}) u({names})"
    return f"({source.sql.columns(request.key_columns)}) IN ({keys})"


def _refuse_uncast(keeper: Connection, array: str, type_: str, table: TableName, column: Column) -> None:
    try:
        with keeper.transaction():
            query(keeper, f"SELECT count(k::{type_}) FROM unnest({array}) k")
    except psycopg.Error as error:
        if is_lost(error):
            raise read_error(error, table) from None
        raise AskedError(
            f"{table}: a key that is asked for is no value of {column.name} ({column.native})",
            table=table, column=column.name, code=error.sqlstate,
        ) from None  # fmt: skip


def _follow_sql(
    sql: PgSql, step: Follow, namings: tuple[Naming, Naming], part: Part, equals: Callable[[str, str, int], str]
) -> str:
    """The join, where it leaves from one partition alone with that in place of its table."""
    child, parent = namings
    if step.down:
        asked = replace(step, key=replace(step.key, parent=part.source))
        return follow_sql(
            sql, asked, Side((*child.expressions(),)), Side((*parent.expressions("p"),), part.condition), equals
        )
    sql = _Aliased(sql, part.source, step.child)
    asked = replace(step, child=part.source)
    return follow_sql(
        sql, asked, Side((*child.expressions(),), part.condition), Side((*parent.expressions("p"),)), equals
    )


def _equals(source: Source, child: TableName, key: ForeignKey) -> Callable[[str, str, int], str]:
    """How the constraint itself compares: its operators, their types, the parent's collation."""
    if key.virtual:
        return equal
    if (child, key.name) not in source.operators:
        source.operators[child, key.name] = _operators(source, child, key)
    operators = source.operators[child, key.name]

    def compared(parent: str, own: str, place: int) -> str:
        schema, operator, left, right, collation_schema, collation = operators[place]
        parent += f"::{left}" if left else ""
        own += f"::{right}" if right else ""
        own += f" COLLATE {quote(collation_schema)}.{quote(collation)}" if collation_schema else ""
        return f"{parent} OPERATOR({quote(schema)}.{operator}) {own}"

    return compared if len(operators) == len(key.columns) else equal


def _operators(source: Source, child: TableName, key: ForeignKey) -> list[tuple[Any, ...]]:
    tables = ", ".join(f"({_names(part)})" for part in (child, *source.table(child).partitions))
    try:
        with source.keeper.transaction():
            return query(source.keeper, _EQUALS.format(name=literal(key.name), tables=tables))
    except psycopg.Error as error:
        raise read_error(error, child) from None


def _names(table: TableName) -> str:
    """Its schema and its name, as the catalog is asked for them."""
    return f"{literal(table.schema or DEFAULT_SCHEMA)}, {literal(table.name)}"


def _is_dense(among: pa.Table, left: Naming) -> bool:
    return isinstance(left, Places) and among.num_rows > _DENSE * left.rows


def _only(pairs: pa.RecordBatch, wanted: NDArray[np.int64]) -> pa.RecordBatch:
    """The pairs that leave from one of these sorted places."""
    ids = pairs.column(0).to_numpy()
    places = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
    return pairs.filter(pa.array(wanted[places] == ids))


def _cut(batch: pa.RecordBatch, most: int) -> Batches:
    for start in range(0, batch.num_rows, most):
        yield batch.slice(start, most)
