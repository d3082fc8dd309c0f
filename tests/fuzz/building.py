"""A random schema as a real database: its DDL and its rows, through the bare driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import psycopg
import pymysql
from sqlalchemy.engine import make_url

from tests.fuzz.filling import Row, rows_of
from tests.fuzz.kinds import PRELUDE
from tests.fuzz.shapes import Column, Link, Shape, Table


def build(shape: Shape, url: str, rows: Mapping[str, Sequence[Row]] | None = None) -> str:
    """Make the tables and rows there (`rows`: others than the shape's own); gives the URL back."""
    filled = _rows(shape, rows if rows is not None else rows_of(shape))
    statements = [*PRELUDE[shape.dialect], *_tables(shape), *filled, *_keys(shape), *_extras(shape)]
    if shape.dangling and shape.dialect == "mariadb":
        statements.insert(0, "set foreign_key_checks = 0")
    if shape.dialect == "sqlite":
        _sqlite(url, statements, whole=not shape.dangling)
    else:
        {"postgresql": _postgresql, "mariadb": _mariadb}[shape.dialect](url, statements)
    return url


def _sqlite(url: str, statements: list[str], *, whole: bool) -> None:
    with closing(sqlite3.connect(str(make_url(url).database))) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        if whole and (broken := connection.execute("pragma foreign_key_check").fetchall()):
            raise AssertionError(f"the fuzz has made orphans of its own: {broken[:3]}")


def _postgresql(url: str, statements: list[str]) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _mariadb(url: str, statements: list[str]) -> None:
    parts = make_url(url)
    with (
        pymysql.connect(
            host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password), database=parts.database,
            charset="utf8mb4",
        ) as connection,
        connection.cursor() as cursor,
    ):  # fmt: skip
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def q(shape: Shape, name: str) -> str:
    mark = "`" if shape.dialect == "mariadb" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def _list(shape: Shape, names: tuple[str, ...]) -> str:
    return ", ".join(q(shape, name) for name in names)


def _tables(shape: Shape) -> Iterator[str]:
    for table in shape.tables:
        parts = [_column(shape, column) for column in table.columns]
        if table.primary:
            parts.append(f"primary key ({_list(shape, table.primary)})")
        parts += [f"unique ({_list(shape, unique)})" for unique in table.uniques]
        if shape.dialect == "sqlite":
            parts += [_reference(shape, link) for link in table.links]
        yield f"create table {q(shape, table.name)} ({', '.join(parts)}){_options(shape, table)}"


def _options(shape: Shape, table: Table) -> str:
    if shape.dialect != "sqlite":
        return ""
    without = ["without rowid"] if table.primary and "without rowid" in table.options else []
    return " " + ", ".join([*without, *(["strict"] if "strict" in table.options else [])])


def _column(shape: Shape, column: Column) -> str:
    parts = [q(shape, column.name), column.type.ddl]
    if not column.nullable:
        parts.append("not null")
    if column.check:
        parts.append(f"check ({q(shape, column.name)} >= 0)")
    return " ".join(parts)


def _reference(shape: Shape, link: Link) -> str:
    parent = f"{q(shape, link.parent)} ({_list(shape, link.parent_columns)})"
    return f"foreign key ({_list(shape, link.columns)}) references {parent}{' match full' if link.full else ''}"


def _rows(shape: Shape, filled: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    for table in shape.tables:
        rows = filled[table.name]
        if rows:
            names = tuple(column.name for column in table.columns)
            values = ", ".join(_tuple(row, names) for row in rows)
            yield f"insert into {q(shape, table.name)} ({_list(shape, names)}) values {values}"


def _tuple(row: Row, names: tuple[str, ...]) -> str:
    return "(" + ", ".join(row[name] for name in names) + ")"


def _keys(shape: Shape) -> Iterator[str]:
    """Foreign keys behind the rows, so that cycles need no order; SQLite has them in its tables and does not enforce them."""
    if shape.dialect != "sqlite":
        for table in shape.tables:
            for link in table.links:
                unchecked = " not valid" if shape.dangling and shape.dialect == "postgresql" else ""
                yield f"alter table {q(shape, table.name)} add {_reference(shape, link)}{unchecked}"


def _extras(shape: Shape) -> Iterator[str]:
    for place, table in enumerate(shape.tables):
        if "index" in table.options and (indexed := _indexable(table)):
            yield f"create index fuzz_index_{place} on {q(shape, table.name)} ({q(shape, indexed)})"
        if "view" in table.options:
            yield f"create view fuzz_view_{place} as select {q(shape, table.columns[0].name)} from {q(shape, table.name)}"


def _indexable(table: Table) -> str | None:
    return next((column.name for column in reversed(table.columns) if column.type.key is not None), None)
