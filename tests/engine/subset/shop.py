"""A shop in a SQLite file: customers with orders and lines, products in groups, all in numbers that a test can count on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors import open_database
from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import Rows
from connectors.schema import Schema
from engine.plan import Plan, TablePlan, Treatment
from engine.subset.selecting import SubsetSelection, select
from engine.subset.spec import Subset
from tests.engine.subset.closing import KEY

CUSTOMER, ORDER, LINE, PRODUCT, GROUP, NOTE = map(TableName, ("customer", "order", "line", "product", "group", "note"))
TABLES = """
create table "group" (id integer primary key, title text);
create table product (code text primary key, "group" integer not null references "group", colour text, size text);
create table customer (id integer primary key, email text unique not null, country text);
create table "order" (customer integer not null references customer, number integer not null, note text,
  primary key (customer, number)) without rowid;
create table line (id integer primary key, customer integer, number integer, product text references product, quantity integer,
  foreign key (customer, number) references "order");
create table note (words text);
"""


def build(path: Path, customers: int = 60, orders: int = 4, whale: int | None = None) -> Path:
    """So many customers with so many orders of two lines each; the `whale` has a hundred times as many orders."""
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    connection.executemany('insert into "group" values (?, ?)', [(n, f"Group {n}") for n in range(1, 6)])
    colours, sizes = ("red", "green", "blue", None), ("s", "m", "l")
    products = [(f"p{n:03d}", n % 5 + 1, colours[n % 4], sizes[n % 7 % 3]) for n in range(100)]
    connection.executemany("insert into product values (?, ?, ?, ?)", products)
    for n in range(1, customers + 1):
        connection.execute("insert into customer values (?, ?, ?)", (n, f"c{n}@corp.test", ("DE", "FR", "IT")[n % 3]))
        numbers = range(1, orders * (100 if n == whale else 1) + 1)
        connection.executemany('insert into "order" values (?, ?, ?)', [(n, k, "x" * 40) for k in numbers])
        lines = [(n, k, f"p{(n * 7 + k + part) % 100:03d}", part) for k in numbers for part in (1, 2)]
        connection.executemany("insert into line (customer, number, product, quantity) values (?, ?, ?, ?)", lines)
    connection.executemany("insert into note values (?)", [("a",), ("a",), ("b",)])
    connection.commit()
    connection.close()
    return path


@contextmanager
def opened(path: Path) -> Iterator[tuple[Schema, Snapshot]]:
    with open_database(f"sqlite:///{path}") as database:
        schema = database.describe()
        with database.snapshot() as snapshot:
            yield schema, snapshot


def plan(schema: Schema, subset: Subset, **treatments: Treatment) -> Plan:
    tables = {t.name: TablePlan(treatments.get(t.name.name, Treatment.COPY), reason="test") for t in schema.tables}
    return Plan("shop", "test", tables, subset=subset)


@contextmanager
def selected(
    path: Path, folder: Path, subset: Subset, **treatments: Treatment
) -> Iterator[tuple[SubsetSelection, Snapshot]]:
    with (
        opened(path) as (schema, snapshot),
        select(plan(schema, subset, **treatments), schema, snapshot, KEY, folder, base=path.parent) as selection,
    ):
        yield selection, snapshot


def values(selection: SubsetSelection, snapshot: Snapshot, table: TableName, *columns: str) -> list[tuple[object, ...]]:
    """What the selected rows of a table hold, sorted."""
    rows = selection.tables[table].rows
    if not rows:
        return []
    found = snapshot.rows(Rows(table, columns=columns, among=selection.ids(table, 0, rows)))
    return sorted(tuple(row[name] for name in columns) for batch in found for row in batch.to_pylist())
