"""The labelled databases, opened: SQLite files as they are, compressed ones and CSV files in a temporary folder, dumps on a server."""

from __future__ import annotations

import contextlib
import csv
import gzip
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors import open_database
from connectors.database import Database
from tests import servers
from tests.bench.databases import copies, load

LABELLED = {
    "chinook": "Chinook_Sqlite.sqlite",
    "northwind": "northwind.sqlite",
    "sakila": "sakila.sqlite.gz",
    "adventureworkslt": "*_pg.sql.gz",
    "oracle_hr": "oracle_hr.sqlite",
    "oracle_co": "oracle_co.sqlite.gz",
    "synthea_csv": "synthea.sqlite.gz",
    "pii_piicatcher": "sample-data.csv",
    "pii_ibm_healthcare": "healthcare-dataset.csv.gz",
}
"""Folder -> the copy that is looked at; every column has a label in `labels.csv`."""

MORE = {
    "pagila": "*_pg.sql.gz",
    "nycflights13": "nycflights13.sqlite.gz",
    "adult_census": "adult_coded_private-pgm.csv.gz",
    "adult_census_labelled": "adult.csv.gz",
    "bank_marketing": "bank_marketing.csv.gz",
    "creditcard_default": "creditcard_default.csv.gz",
    "pums_ca_1000": "PUMS_pid.csv",
    "nist_acs_na2019_1000": "na2019_1000.csv",
}
"""The same for `labels_more.csv`: nobody fits anything on these."""

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})\Z")
_REAL = re.compile(r"-?\d+\.\d+(e[-+]?\d+)?\Z|-?(0|[1-9]\d{0,17})\Z", re.I)


@contextlib.contextmanager
def servers_when_needed() -> Iterator[Callable[..., str]]:
    """What creates PostgreSQL databases; the server starts with the first of them."""
    with contextlib.ExitStack() as stack:
        started: list[Callable[..., str]] = []

        def create(*name: str) -> str:
            if not started:
                started.append(servers.postgresql_databases(stack.enter_context(servers.postgresql())))
            return started[0](*name)

        yield create


def opened(folder: Path, name: str, create: Callable[..., str], work: Path) -> Database:
    """The labelled copy of database `name` below `folder`; what must be unpacked goes to `work`."""
    pattern = (LABELLED | MORE)[name]
    if ".sql." in pattern:
        engine, files = next(copy for copy in copies(folder / name) if copy[0] == "postgresql")
        return open_database(load(engine, files, create, work))
    (path,) = (folder / name).glob(pattern)
    copy = work / f"{name}.sqlite"
    if ".csv" in path.name:
        import_csv(path, copy)
    elif path.suffix == ".gz":
        with gzip.open(path) as packed, copy.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
    else:
        # The connector may write beside the file that it opens, and the folder may be read-only.
        shutil.copyfile(path, copy)
    return open_database(f"sqlite:///{copy}")


def import_csv(path: Path, database: Path) -> None:
    """One table, named after the file; a column is a number where each of its values prints as one, and an empty value is NULL."""
    reader = gzip.open if path.suffix == ".gz" else open
    with reader(path, "rt", encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    names = [name or f"column_{place}" for place, name in enumerate(header, 1)]
    kinds = [_type([row[place] for row in rows if row[place]]) for place in range(len(names))]
    table = '"' + path.name.split(".")[0] + '"'
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(names, kinds, strict=True))
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} ({columns})")
        marks = ", ".join("?" * len(names))
        cells = ([cell or None for cell in row] for row in rows)
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", cells)


def _type(values: list[str]) -> str:
    if all(map(_INTEGER.match, values)):
        return "INTEGER"
    return "REAL" if all(map(_REAL.match, values)) else "TEXT"
