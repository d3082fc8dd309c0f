"""The clone of a person table (6 of 12 columns masked) and a child, MariaDB to MariaDB, against the raw bulk pipe: the client's SELECT
into LOAD DATA LOCAL, into the same empty tables.

    python -m tests.bench.clone_speed_mariadb [--people N] [--children N] [--rounds N] [--result FILE]

Rounds are interleaved and medians reported. Indexes of the target are there from the start on both sides: this server builds them so.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

import pymysql
from sqlalchemy.engine import make_url

from tests import servers
from tests.bench.clone_speed import run, write_plan
from tests.bench.costs import Cost, Meter, process_cpu, sized, told
from tests.walk.line import Desk

TABLES = (
    """create table person (
  person_id bigint primary key, first_name varchar(40) not null, last_name varchar(40) not null, email varchar(120),
  phone varchar(30), birth_date date, street varchar(80), created_at datetime not null, amount decimal(12,2),
  token char(36), document text, score double)""",
    """create table purchase (
  purchase_id bigint primary key, person_id bigint not null, bought_at datetime not null, price decimal(10,2),
  state varchar(12))""",
)
_FILL = (
    """insert into person select seq,
  concat(elt(1 + seq % 8, 'Ada','Grace','Alan','Edsger','Barbara','Donald','Linus','Margaret'), seq % 97),
  concat(elt(1 + seq % 8, 'Byron','Hopper','Turing','Dijkstra','Liskov','Knuth','Torvalds','Hamilton'), seq % 1009),
  if(seq % 20 > 0, concat('person', seq, '@mail', seq % 50, '.test'), null), concat('+1 202 55', lpad(seq % 100000, 5, '0')),
  date '1940-01-01' + interval (seq * 37 % 25000) day, concat(seq % 300, ' Long Street'),
  timestamp '2020-01-01 00:00:00' + interval seq minute, (seq % 100000) / 100.0, uuid(),
  concat('{{"plan": ', seq % 5, ', "tags": ["a", "b"]}}'), rand(seq) from seq_1_to_{people}""",
    """insert into purchase select seq, 1 + seq % {people}, timestamp '2021-01-01 00:00:00' + interval seq second,
  (seq % 5000) / 100.0, elt(1 + seq % 3, 'paid','open','returned') from seq_1_to_{children}""",
)
_SELECTS = {
    "person": "select person_id, first_name, last_name, ifnull(email, '\\\\N'), phone, birth_date, street, created_at, amount, token,"
    " document, score from person",
    "purchase": "select * from purchase",
}


def asked(url: str, *statements: str) -> tuple[tuple[object, ...], ...]:
    address = make_url(url)
    with (
        pymysql.connect(
            host=address.host, port=address.port or 3306, user=address.username, password=str(address.password),
            database=address.database, autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):  # fmt: skip
        for statement in statements:
            cursor.execute(statement)
        found: tuple[tuple[object, ...], ...] = cursor.fetchall()
    return found


def pipe(source: str, target: str) -> None:
    """The raw bulk pipe: text out, text in, no value looked at."""
    asked(target, *TABLES)
    for table, select in _SELECTS.items():
        load = f"load data local infile '/dev/stdin' into table {table} character set utf8mb4"
        out = [*client(source), "-N", "-B", "--raw", "--quick", "-e", select]
        into = [*client(target), "--local-infile=1", "-e", load]
        reading = subprocess.Popen(out, stdout=subprocess.PIPE)
        subprocess.run(into, stdin=reading.stdout, check=True)
        if reading.wait():
            raise SystemExit("the client could not read")


def client(url: str) -> list[str]:
    address = make_url(url)
    return [
        "mariadb", f"-h{address.host}", f"-P{address.port}", f"-u{address.username}", f"-p{address.password}",
        "--default-character-set=utf8mb4", str(address.database),
    ]  # fmt: skip


def main() -> None:
    arguments = sized(__doc__)
    costs: dict[str, list[Cost]] = {"pipe": [], "lookalike": []}
    phases: list[object] = []
    with tempfile.TemporaryDirectory() as folder, servers.mariadb() as server:
        create = servers.mariadb_databases(server)
        source = create()
        asked(source, *TABLES, *(fill.format(people=arguments.people, children=arguments.children) for fill in _FILL))
        pid = int(Path(str(asked(source, "select @@pid_file")[0][0])).read_text())
        meter, desk = Meter(process_cpu(pid)), Desk(Path(folder) / "desk")
        write_plan(desk.plan_path)
        for _ in range(arguments.rounds):
            target = create()
            with meter.measure(costs["pipe"]):
                pipe(source, target)
            counted = asked(target, "select count(*), count(email), sum(score) from person")
            target = create()
            with meter.measure(costs["lookalike"]):
                phases.append(run(desk, source, target)["timings"])
            if asked(target, "select count(*), count(email), sum(score) from person") != counted:
                raise SystemExit("the two targets differ")
            print(json.dumps({name: asdict(found[-1]) for name, found in costs.items()}), phases[-1], flush=True)
    told("clone_speed_mariadb", "pipe", arguments, costs, phases)


if __name__ == "__main__":
    main()
