"""Ask for subsets of so many bytes by the command line, and weigh each target that a run makes.

    python -m tests.bench.subset_budget --data FOLDER [NAME...] [--engine ENGINE] [--share S ...] [--shop] [--result FILE]

FOLDER is laid out as for `tests.bench.databases`; every column is masked as `plan --accept` proposes. Budgets are shares of what a
copy of the whole source would take, so a source with dead space has none of it counted. `--shop`: also the five million rows of
`tests.bench.subset_database` in PostgreSQL. A target is weighed by its database:

- PostgreSQL: `pg_total_relation_size` of all tables after VACUUM ANALYZE;
- MariaDB: `data_length + index_length` of all tables after ANALYZE;
- SQLite: the file.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pymysql
from sqlalchemy.engine import make_url

from tests.bench.databases import copies, creators, load
from tests.bench.report import write_result
from tests.bench.subset_database import fill
from tests.bench.subsets import ROOTS
from tests.oracle import reader
from tests.walk.line import HereDesk

SHARES = (0.1, 0.3, 0.6)
SHOP_SHARES = (0.01, 0.05, 0.2)
_OURS = "lookalike__"


def weight(url: str) -> dict[str, int]:
    """The bytes of each table with all that is its own, as the database tells them; of SQLite, the file's."""
    if url.startswith("postgresql"):
        return _postgresql(url)
    return _mariadb(url) if url.startswith("m") else {"file": Path(url.removeprefix("sqlite:///")).stat().st_size}


def _postgresql(url: str) -> dict[str, int]:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("vacuum analyze")
        found = session.execute(
            "select n.nspname || '.' || c.relname, pg_total_relation_size(c.oid) from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', %s)",
            [_OURS],
        )
        return {str(name): int(size) for name, size in found}


def _mariadb(url: str) -> dict[str, int]:
    parts = make_url(url)
    session = pymysql.connect(
        host="127.0.0.1", port=parts.port or 3306, user=parts.username, password=parts.password or "", database=parts.database
    )  # fmt: skip
    with session, session.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.tables where table_schema = database() and engine is not null"
        )
        names = [name for (name,) in cursor.fetchall() if not name.startswith(_OURS)]
        for name in names:
            cursor.execute(f"analyze table `{name}`")
        cursor.execute(
            "select table_name, data_length + index_length from information_schema.tables where table_schema = database()"
        )
        return {name: int(size) for name, size in cursor.fetchall() if name in names}


class Refused(Exception):
    """A verb ended with another status than 0."""


class Person:
    """Somebody with the command line at one database."""

    def __init__(self, folder: Path, source: str) -> None:
        self.desk, self.source = HereDesk(folder / "desk"), source
        self.said("plan", source, "-o", str(self.desk.plan_path), "--accept")

    def said(self, *words: str) -> dict[str, Any]:
        """The answer of one verb."""
        answer = self.desk.lookalike(*words)
        if answer.status:
            raise Refused(f"{words[0]}: {answer.status}: {answer.out[-2000:]} {answer.err[-2000:]}")
        return answer.json

    def copy(self, target: str) -> dict[str, int]:
        """What the whole database takes without dead space."""
        self.said("run", str(self.desk.plan_path), "--source", self.source, "--target", target)
        return weight(target)

    def ask(self, root: str, budget: int, target: str) -> dict[str, object]:
        """Have a subset of that size made; how it was estimated, and what it takes."""
        both = [str(self.desk.plan_path), "--source", self.source]
        self.said("subset", "propose", *both, "--root", root, "--size", str(budget))
        clock, began = _clock(), time.monotonic()
        exact = self.said("subset", "plan", *both)["exact"]
        costs = {"cpu": round(_clock() - clock, 1), "seconds": round(time.monotonic() - began, 1)}
        self.said("run", *both, "--target", target)
        taken, estimated = weight(target), {table["table"]: table["bytes"] for table in exact["tables"]}
        real, spent = sum(taken.values()), exact["budget"]
        return {
            "budget": budget, "estimated": spent["bytes"], "real": real, "of the budget": round(real / budget, 3),
            "of the estimate": round(real / spent["bytes"], 3), "roots": spent["roots"], "every root": spent["every_root"],
            "rows": exact["rows"], "selecting": costs,
            "tables": {name: [estimated.get(name, 0), size] for name, size in taken.items()},
        }  # fmt: skip


def _clock() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def budgets(
    source: str, root: str, shares: tuple[float, ...], create: Callable[[], str], folder: Path, *, compact: bool = False
) -> Iterator[tuple[str, dict[str, object]]]:
    """A subset for each share of what the whole takes; `compact`: the source has no dead space, and is weighed itself."""
    person, target = Person(folder, source), create()
    name = next(str(name) for name in reader(source).tables() if name.name.replace("_", "").lower() == root.lower())
    whole = sum((weight(source) if compact else person.copy(target)).values())
    for share in shares:
        _gone(target)
        target = create()
        try:
            outcome = person.ask(name, round(whole * share), target)
        except Refused as refused:
            outcome = {"budget": round(whole * share), "refused": str(refused)}
        yield f"{share:.0%}", {"whole": whole} | outcome
    _gone(target)


def _gone(url: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, help="the folder")
    parser.add_argument("--engine", help="only copies for this engine")
    parser.add_argument("--share", type=float, nargs="+", default=list(SHARES))
    parser.add_argument("--shop", action="store_true")
    parser.add_argument("--tables", action="store_true", help="write the estimate and the bytes of each table as well")
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    results: dict[str, dict[str, object]] = {}

    def note(label: str, outcome: dict[str, object]) -> None:
        if not arguments.tables:
            outcome.pop("tables", None)
        results[label] = outcome
        print(label, json.dumps(outcome), flush=True)

    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory(prefix="lookalike-budget-") as folder:
        creator = creators(stack)
        for place, name in enumerate(arguments.names or (ROOTS if arguments.data else ())):
            for engine, files in copies(arguments.data / name):
                if arguments.engine in (None, engine):
                    work = Path(folder) / f"{place}-{engine}"
                    work.mkdir()
                    create = creator(engine, work)
                    source = load(engine, files, create, work)
                    for share, outcome in budgets(source, ROOTS[name], tuple(arguments.share), create, work):
                        note(f"{name} {engine} {share}", outcome)
        if arguments.shop:
            create = creator("postgresql", Path(folder))
            source = create()
            fill(source)
            for share, outcome in budgets(source, "customer", SHOP_SHARES, create, Path(folder), compact=True):
                note(f"shop of five million rows postgresql {share}", outcome)
    if arguments.result:
        write_result(
            arguments.result, " ".join(["python -m tests.bench.subset_budget", *sys.argv[1:]]), {"budgets": results}
        )


if __name__ == "__main__":
    main()
