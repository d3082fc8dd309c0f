"""A subset of 0.1, 1 and 10 % of the customers of a database of thirty tables and five million rows, PostgreSQL to PostgreSQL, against

- the way by hand: temporary tables of keys, filled by SQL written for this very schema (recursive where it must be), and a raw
  `COPY ... TO STDOUT (FORMAT BINARY) | COPY ... FROM STDIN` of each table's rows, then keys, indexes and foreign keys.

    python -m tests.bench.subset_speed [--percent P ...] [--rounds N] [--result FILE]

Both begin with an empty target and end with all its constraints; every table is copied as it is. CPU is that of our
processes and of the server (of the way by hand the server's alone, for its client is this process); memory is the greatest of any
of our processes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import psycopg

from tests import servers
from tests.bench.costs import Cost, Meter, median, postgresql_cpu
from tests.bench.report import write_result
from tests.bench.subset_database import CUSTOMERS, OWNED, TABLES, fill, keys, tables
from tests.walk.line import Desk

_BY_NAME = {made.name: made for made in TABLES}


def by_hand(source: str, target: str, customers: int) -> int:
    """What somebody who knows the schema would write; gives the rows that were moved."""
    tables(target)
    moved = 0
    with psycopg.connect(source) as reading, psycopg.connect(target) as writing:
        reading.execute(
            "create temp table k_customer as select id from customer order by md5(id::text) limit %s", [customers]
        )
        _owned(reading)
        _parents(reading)
        for made in TABLES:
            rows = f"copy (select t.* from {made.name} t join k_{made.name} k using (id)) to stdout (format binary)"
            with (
                reading.cursor().copy(rows.encode()) as out,
                writing.cursor().copy(f"copy {made.name} from stdin (format binary)".encode()) as into,
            ):
                for block in out:
                    into.write(block)
            moved += _count(writing, made.name)
        reading.rollback()
        writing.commit()
    keys(target)
    return moved


def _owned(session: psycopg.Connection[tuple[object, ...]]) -> None:
    for name in OWNED:
        column, owner = next((c, p) for c, (p, _) in _BY_NAME[name].keys.items() if p in ("customer", *OWNED))
        session.execute(
            f"create temp table k_{name} as select t.id from {name} t join k_{owner} k on t.{column} = k.id".encode()
        )
        session.execute(f"analyze k_{name}".encode())


def _parents(session: psycopg.Connection[tuple[object, ...]]) -> None:
    """The tables above, from below; employees and stores refer to each other, so they are found together."""

    def union(parent: str, *children: str) -> str:
        found = [
            f"select t.{column} from {child} t join k_{child} using (id)"
            for child in children
            for column, (above, _) in _BY_NAME[child].keys.items()
            if above == parent
        ]
        return " union ".join(found)

    def make(name: str, *children: str) -> None:
        session.execute(
            f"create temp table k_{name} as select distinct i as id from ({union(name, *children)}) u(i) where i is not null".encode()
        )

    make("campaign", "coupon")
    staff = union("employee", "customer", "ticket", "campaign")
    shops = union("store", "orders")
    session.execute(
        "create temp table k_staff as with recursive found(is_store, id) as ("
        f"select false, i from ({staff}) e(i) union select true, i from ({shops}) s(i) union "
        "select r.is_store, r.id from found f cross join lateral ("
        "select false, e.manager from employee e where not f.is_store and e.id = f.id union all "
        "select true, e.store from employee e where not f.is_store and e.id = f.id union all "
        "select false, s.head from store s where f.is_store and s.id = f.id) r(is_store, id) where r.id is not null) "
        "select distinct is_store, id from found".encode()
    )
    session.execute("create temp table k_employee as select id from k_staff where not is_store")
    session.execute("create temp table k_store as select id from k_staff where is_store")
    make("department", "employee")
    make("product", "order_line", "review", "wishlist_item")
    make("warehouse", "shipment")
    make("supplier", "product")
    session.execute(
        f"create temp table k_category as with recursive found(id) as (select i from ({union('category', 'product')}) c(i) union "
        "select c.above from category c join found f on c.id = f.id where c.above is not null) select id from found".encode()
    )
    make("city", "supplier", "warehouse", "store", "customer", "address")
    make("region", "city")
    make("country", "region")
    for name in ("price", "stock"):
        session.execute(f"create temp table k_{name} (id bigint)".encode())


def _count(session: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    found = session.execute(f"select count(*) from {table}".encode()).fetchone()
    assert found is not None
    return int(str(found[0]))


def write_plan(path: Path, percent: float) -> None:
    copied = "".join(f'[tables.{made.name}]\ntreatment = "copy"\nreason = "bench"\n' for made in TABLES)
    roots = f'[subset]\nroots = [{{ table = "customer", percent = {percent} }}]\n'
    path.write_text(f'version = 1\nname = "bench"\nkey = "bench"\n{roots}{copied}')


def run(desk: Desk, source: str, target: str) -> tuple[dict[str, object], int]:
    """Our subset: its evidence, and the greatest resident memory of its processes in MB."""
    words = ["run", str(desk.plan_path), "--source", source, "--target", target]
    command = [sys.executable, "-m", "engine.cli", *desk._words(tuple(words), text=False)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stdout is not None
    answer = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(answer.decode())
    return json.loads(answer), used.ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--percent", type=float, nargs="+", default=[0.1, 1, 10])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    measured: dict[str, object] = {"source rows": sum(made.rows for made in TABLES), "tables": len(TABLES)}
    with tempfile.TemporaryDirectory() as folder, servers.postgresql(durable=True) as server:
        create = servers.postgresql_databases(server)
        source = create()
        fill(source)
        meter, desk = Meter(postgresql_cpu(source)), Desk(Path(folder) / "desk")
        for percent in arguments.percent:
            costs: dict[str, list[Cost]] = {"by hand": [], "lookalike": []}
            found: dict[str, object] = {}
            for _ in range(arguments.rounds):
                target = create()
                with meter.measure(costs["by hand"]):
                    found["rows by hand"] = by_hand(source, target, round(CUSTOMERS * percent / 100))
                write_plan(desk.plan_path, percent)
                target = create()
                with meter.measure(costs["lookalike"]):
                    evidence, peak = run(desk, source, target)
                subset = evidence["subset"]
                assert isinstance(subset, dict)
                found |= {"rows": subset["rows"], "peak memory, MB": peak, "phases": evidence["timings"]}
            verified = desk.verify(source, target)
            if verified.status:
                raise SystemExit(verified.out + verified.err)
            found |= {name: median(each) for name, each in costs.items()} | {
                "rounds": [asdict(c) for c in costs["lookalike"]]
            }
            measured[f"{percent:g} %"] = found
            print(json.dumps({f"{percent:g} %": found}), flush=True)
    if arguments.result:
        write_result(arguments.result, "python -m tests.bench.subset_speed " + " ".join(sys.argv[1:]), measured)


if __name__ == "__main__":
    main()
