"""How long it takes to describe a schema of 370 tables and 760 foreign keys, and to plan and check it.

python -m tests.bench.describe [--result FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pymysql
from sqlalchemy.engine import make_url

from connectors import open_database
from tests import servers
from tests.bench.report import write_result

TABLES = 370


def statements(quote: str) -> list[str]:
    """Tables of 14 columns; table n refers to tables below it, two keys for most, three for some."""
    made = []
    for n in range(TABLES):
        parents = [(n * k) % max(n, 1) for k in range(1, 3 + (n % 17 == 0))] if n else []
        columns = [f"c{i} varchar(40)" for i in range(10)]
        columns += [f"p{i} integer references t{parent}(id)" for i, parent in enumerate(parents)]
        if quote == "`":  # MariaDB reads REFERENCES behind a column from 10.5 on
            columns = [column.replace("integer", "int") for column in columns]
        made.append(f"create table t{n} (id integer primary key, {', '.join(columns)})")
    return made


def measure(url: str) -> dict[str, float]:
    with open_database(url) as database:
        started = time.monotonic()
        schema = database.describe()
        seconds = time.monotonic() - started
    keys = sum(len(table.foreign_keys) for table in schema.tables)
    return {"tables": len(schema.tables), "foreign_keys": keys, "describe_seconds": round(seconds, 2)}


def prepare(engine: str, stack: contextlib.ExitStack) -> str:
    """The URL of a database with these tables."""
    if engine == "sqlite":
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "wide.db"
        with contextlib.closing(sqlite3.connect(path)) as file:
            _run(file.execute, '"')
            file.commit()
        return f"sqlite:///{path}"
    if engine == "postgresql":
        url = servers.postgresql_databases(stack.enter_context(servers.postgresql()))()
        with psycopg.connect(url, autocommit=True) as connection:
            _run(connection.execute, '"')
        return url
    url = servers.mariadb_databases(stack.enter_context(servers.mariadb()))()
    at = make_url(url)
    with (
        pymysql.connect(
            host=at.host, port=at.port or 3306, user=at.username, password=str(at.password), database=at.database
        ) as connection,
        connection.cursor() as cursor,
    ):
        _run(cursor.execute, "`")
    return url


def _run(execute: Callable[..., object], quote: str) -> None:
    for statement in statements(quote):
        execute(statement)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    results: dict[str, object] = {}
    for engine in ("sqlite", "postgresql", "mariadb"):
        with contextlib.ExitStack() as stack:
            results[engine] = measure(prepare(engine, stack))
            print(engine, json.dumps(results[engine]), flush=True)
    if arguments.result:
        write_result(arguments.result, "python -m tests.bench.describe", {"schemas": results})


if __name__ == "__main__":
    main()
