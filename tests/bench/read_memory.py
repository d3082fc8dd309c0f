"""Peak memory of reading a table: 0.1, 1 and 5 million rows, a 10 MB cell, a table without a key, each in its own process.

python -m tests.bench.read_memory [--result FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pymysql
from sqlalchemy.engine import make_url

from tests import servers
from tests.bench.report import write_result

SIZES = {"rows_100k": 100_000, "rows_1m": 1_000_000, "rows_5m": 5_000_000}
_COLUMNS = "id integer {key}, name varchar(40), amount decimal(10,2), note varchar(80)"
_ROW = {
    "sqlite": "n, 'name ' || n, n / 100.0, 'a note about row number ' || n",
    "postgresql": "n, 'name ' || n, n / 100.0, 'a note about row number ' || n",
    "mariadb": "seq, concat('name ', seq), mod(seq, 99999) / 100, concat('a note about row number ', seq)",
}
_SERIES = {
    "sqlite": "with recursive s(n) as (select 1 union all select n + 1 from s where n < {rows}) select {row} from s",
    "postgresql": "select {row} from generate_series(1, {rows}) n",
    "mariadb": "select {row} from seq_1_to_{rows}",
}
_BIG = {
    "sqlite": "select n, hex(zeroblob(5242880)) from (select 1 n union select 2 union select 3)",
    "postgresql": "select n, repeat('ab', 5242880) from generate_series(1, 3) n",
    "mariadb": "select seq, repeat('ab', 5242880) from seq_1_to_3",
}


def build(engine: str, execute: Callable[[str], object]) -> None:
    """The tables that are read."""
    for name, rows in {**SIZES, "no_key": 1_000_000}.items():
        key = "" if name == "no_key" else "primary key"
        execute(f"create table {name} ({_COLUMNS.format(key=key)})")
        series = _SERIES[engine].format(rows=rows, row=_ROW[engine])
        execute(f"insert into {name} {series}")
    text = "longtext" if engine == "mariadb" else "text"
    execute(f"create table big_cell (id integer primary key, body {text})")
    execute(f"insert into big_cell {_BIG[engine]}")


def prepare(engine: str, stack: contextlib.ExitStack) -> str:
    """The URL of a database with the tables."""
    if engine == "sqlite":
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "source.db"
        with contextlib.closing(sqlite3.connect(path)) as file:
            build(engine, file.execute)
            file.commit()
        return f"sqlite:///{path}"
    if engine == "postgresql":
        url = servers.postgresql_databases(stack.enter_context(servers.postgresql()))()  # type: ignore[arg-type]
        with psycopg.connect(url, autocommit=True) as connection:
            build(engine, connection.execute)  # type: ignore[arg-type]
        return url
    url = servers.mariadb_databases(stack.enter_context(servers.mariadb()))()  # type: ignore[arg-type]
    parts = make_url(url)
    connection = pymysql.connect(
        host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password),
        database=parts.database, autocommit=True,
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute("set global max_allowed_packet = 67108864")
        build(engine, cursor.execute)
    return url


def peak(url: str, table: str, form: str) -> dict[str, float]:
    """Read one table in a process of its own: rows, and the peak resident memory in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.read_memory", "--child", url, table, form],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout)
    return result


def child(url: str, table: str, form: str) -> None:
    from connectors import open_database
    from connectors.database import Form, Read, ReadColumn
    from connectors.names import TableName

    with open_database(url) as database:
        described = database.describe().table(TableName(table))
        columns = tuple(ReadColumn(column.name, Form(form)) for column in described.stored)
        rows = 0
        with database.snapshot() as snapshot:
            for chunk in snapshot.chunks(described.name, 500_000):
                for batch in snapshot.read(Read(described.name, columns, chunk=chunk)):
                    rows += batch.num_rows
    print(json.dumps({"rows": rows, "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", nargs=3, metavar=("URL", "TABLE", "FORM"))
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    results: dict[str, object] = {}
    for engine in ("sqlite", "postgresql", "mariadb"):
        with contextlib.ExitStack() as stack:
            url = prepare(engine, stack)
            for form in ("wire", "arrow"):
                measured = {table: peak(url, table, form) for table in [*SIZES, "no_key", "big_cell"]}
                results[f"{engine} {form}"] = measured
                print(engine, form, json.dumps(measured), flush=True)
    if arguments.result:
        write_result(arguments.result, "python -m tests.bench.read_memory", {"reads": results})


if __name__ == "__main__":
    main()
