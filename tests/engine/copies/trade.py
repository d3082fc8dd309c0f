"""A trade in any database: customers with orders, lines, tags and letters that answer letters; products and tags are shared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pymysql
from sqlalchemy.engine import make_url

ONE = 17
"""The customer who owns 200 rows."""
OWNED = {"customer": 1, "orders": 20, "line": 99, "order_tag": 40, "letter": 40}
TABLES = """
create table product (id integer not null primary key, title varchar(40) not null);
create table tag (id integer not null primary key, label varchar(20) not null unique);
create table customer (id integer not null primary key, email varchar(80) not null unique, name varchar(80) not null,
  referrer integer, vat varchar(20) unique, foreign key (referrer) references customer (id));
create table orders (id integer not null primary key, customer_id integer not null, code varchar(20) not null unique,
  placed date not null, foreign key (customer_id) references customer (id));
create table line (order_id integer not null, number integer not null, product_id integer not null, quantity integer,
  primary key (order_id, number), foreign key (order_id) references orders (id), foreign key (product_id) references product (id));
create table order_tag (order_id integer not null, tag_id integer not null, primary key (order_id, tag_id),
  foreign key (order_id) references orders (id), foreign key (tag_id) references tag (id));
create table letter (id integer not null primary key, customer_id integer not null, answers integer, body varchar(200),
  foreign key (customer_id) references customer (id), foreign key (answers) references letter (id))
"""


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A cursor of the database's own driver; what it does is committed."""
    parts = make_url(url)
    if parts.drivername == "sqlite":
        connection: Any = sqlite3.connect(str(parts.database))
    elif parts.drivername == "postgresql":
        connection = psycopg.connect(url)
    else:
        connection = pymysql.connect(
            host=parts.host, port=parts.port or 3306, user=parts.username, password=parts.password or "", database=parts.database
        )  # fmt: skip
    with closing(connection):
        cursor = connection.cursor()
        yield cursor
        connection.commit()


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    with connected(url) as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def build(url: str) -> None:
    """Customer 17 owns 200 rows, and 30 others a few each."""
    with connected(url) as cursor:
        for statement in TABLES.split(";\n"):
            cursor.execute(statement)
        for table, rows in _rows().items():
            values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
            cursor.execute(f"insert into {table} values {values}")


def _literal(value: object) -> str:
    return "null" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def _rows() -> dict[str, list[tuple[object, ...]]]:
    others = [number for number in range(1, 32) if number != ONE]
    people = [
        (n, f"c{n}@corp.test", f"Person {n}", 1 if n > 1 else None, f"DE{100000 + n}" if n % 5 else None)
        for n in sorted([*others, ONE])
    ]
    orders = [(100 + n, ONE, f"AB-{1000 + n}", f"2024-01-{n:02d}") for n in range(1, 21)]
    orders += [(500 + n, n, f"CD-{1000 + n}", "2024-05-05") for n in others]
    lines = [(100 + 1 + n % 20, n // 20 + 1, n % 10 + 1, n) for n in range(99)]
    lines += [(500 + n, 1, n % 10 + 1, n) for n in others]
    tags = [(100 + 1 + n % 20, n // 20 + 1) for n in range(40)] + [(500 + n, 3) for n in others]
    letters: list[tuple[object, ...]] = [(900, 1, None, "to everybody")]
    letters += [(1000 + n, ONE, 1000 + n - 1 if n % 4 else 900, f"letter {n}") for n in range(40)]
    return {
        "product": [(n, f"Product {n}") for n in range(1, 11)],
        "tag": [(n, f"tag {n}") for n in range(1, 6)],
        "customer": people,
        "orders": orders,
        "line": lines,
        "order_tag": tags,
        "letter": letters,
    }
