"""The clone of a person table (6 of 12 columns masked) and a child, SQLite to SQLite, against ATTACH and INSERT ... SELECT.

    python -m tests.bench.clone_speed_sqlite [--people N] [--children N] [--rounds N] [--result FILE]

Rounds are interleaved and medians reported. Both start a process of their own for each attempt.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.bench.clone_speed import run, write_plan
from tests.bench.costs import Cost, Meter, sized, told
from tests.walk.line import Desk

TABLES = """
create table person (
  person_id integer primary key, first_name varchar(40) not null, last_name varchar(40) not null, email varchar(120),
  phone varchar(30), birth_date date, street varchar(80), created_at datetime not null, amount decimal(12,2),
  token char(36), document text, score real);
create table purchase (
  purchase_id integer primary key, person_id integer not null, bought_at datetime not null, price decimal(10,2),
  state varchar(12));
"""
_FILL = """
with recursive n(n) as (select 1 union all select n + 1 from n where n < {people})
insert into person select n, 'Ada' || n % 97, 'Hopper' || n % 1009,
  case when n % 20 > 0 then 'person' || n || '@mail' || n % 50 || '.test' end, printf('+1 202 55%05d', n % 100000),
  date('1940-01-01', (n * 37 % 25000) || ' days'), n % 300 || ' Long Street', datetime('2020-01-01', n || ' minutes'),
  (n % 100000) / 100.0, lower(hex(randomblob(18))), '{{"plan": ' || n % 5 || ', "tags": ["a", "b"]}}', n / 7.0 from n;
with recursive n(n) as (select 1 union all select n + 1 from n where n < {children})
insert into purchase select n, 1 + n % {people}, datetime('2021-01-01', n || ' seconds'), (n % 5000) / 100.0,
  case n % 3 when 0 then 'paid' when 1 then 'open' else 'returned' end from n;
"""
COPY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[2])
connection.executescript(sys.argv[3])
connection.execute("attach ? as source", (sys.argv[1],))
for table in ("person", "purchase"):
    connection.execute(f"insert into {table} select * from source.{table}")
connection.commit()
"""


def main() -> None:
    arguments = sized(__doc__)
    costs: dict[str, list[Cost]] = {"insert-select": [], "lookalike": []}
    phases: list[object] = []
    with tempfile.TemporaryDirectory() as name:
        folder, meter = Path(name), Meter()
        source = folder / "source.db"
        with sqlite3.connect(source) as connection:
            connection.executescript(TABLES + _FILL.format(people=arguments.people, children=arguments.children))
        desk = Desk(folder / "desk")
        write_plan(desk.plan_path)
        for place in range(arguments.rounds):
            raw, target = folder / f"raw{place}.db", folder / f"target{place}.db"
            with meter.measure(costs["insert-select"]):
                subprocess.run([sys.executable, "-c", COPY, str(source), str(raw), TABLES], check=True)
            with meter.measure(costs["lookalike"]):
                phases.append(run(desk, f"sqlite:///{source}", f"sqlite:///{target}")["timings"])
            raw.unlink()
            target.unlink()
            print(json.dumps({name: asdict(found[-1]) for name, found in costs.items()}), phases[-1], flush=True)
    told("clone_speed_sqlite", "insert-select", arguments, costs, phases)


if __name__ == "__main__":
    main()
