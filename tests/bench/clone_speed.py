"""The clone of a 2,000,000-row person table (6 of 12 columns masked) and a 5,000,000-row child, PostgreSQL to PostgreSQL, against

- the raw pipe: `psql COPY ... TO STDOUT (FORMAT BINARY) | psql COPY ... FROM STDIN (FORMAT BINARY)` into the same empty tables,
- what one would write by hand: pandas.read_sql + Faker per value + to_sql (needs `pip install pandas Faker`).

    python -m tests.bench.clone_speed [--people N] [--children N] [--connections N] [--rounds N] [--pandas-people N] [--result FILE]

Rounds are interleaved and medians reported. Keys and indexes of the target are built after the rows and timed apart; so is
verification. CPU is that of the client processes and of the server together.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests import servers
from tests.bench.costs import Cost, Meter, median, postgresql_cpu
from tests.bench.databases import wheel_psql
from tests.bench.report import write_result
from tests.walk.line import Desk

TABLES = ("person", "purchase")
_PERSON = """
create table person (
  person_id bigint primary key, first_name varchar(40) not null, last_name varchar(40) not null, email varchar(120),
  phone varchar(30), birth_date date, street varchar(80), created_at timestamptz not null, amount numeric(12,2),
  token uuid, document jsonb, score double precision)
"""
_PURCHASE = """
create table purchase (
  purchase_id bigint primary key, person_id bigint not null, bought_at timestamp not null, price numeric(10,2),
  state varchar(12))
"""
_AFTER = (
    "create unique index person_email on person (email)",
    "create index purchase_person on purchase (person_id)",
    "alter table purchase add constraint purchase_of foreign key (person_id) references person (person_id)",
)
_KEYS = (
    "alter table person add primary key (person_id)",
    "alter table purchase add primary key (purchase_id)",
    *_AFTER,
)
_FILL = (
    """
insert into person select n, (array['Ada','Grace','Alan','Edsger','Barbara','Donald','Linus','Margaret'])[1 + n % 8] || n % 97,
  (array['Byron','Hopper','Turing','Dijkstra','Liskov','Knuth','Torvalds','Hamilton'])[1 + n % 8] || n % 1009,
  case when n % 20 > 0 then 'person' || n || '@mail' || n % 50 || '.test' end,
  '+1 202 55' || lpad((n % 100000)::text, 5, '0'), date '1940-01-01' + (n * 37 % 25000)::int,
  (n % 300) || ' Long Street', timestamptz '2020-01-01 00:00+00' + n * interval '1 minute', (n % 100000) / 100.0,
  gen_random_uuid(), jsonb_build_object('plan', n % 5, 'tags', array['a', 'b']), random()
from generate_series(1, {people}) n""",
    """
insert into purchase select n, 1 + n % {people}, timestamp '2021-01-01' + n * interval '1 second', (n % 5000) / 100.0,
  (array['paid','open','returned'])[1 + n % 3]
from generate_series(1, {children}) n""",
)
MASKED = {
    "first_name": "first_name", "last_name": "last_name", "email": "email", "phone": "phone", "birth_date": "date_shift",
    "street": "street",
}  # fmt: skip


def fill(url: str, people: int, children: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (_PERSON, _PURCHASE, *_FILL, *_AFTER):
            connection.execute(statement.format(people=people, children=children))  # type: ignore[arg-type]
        connection.execute("vacuum analyze")


def write_plan(path: Path) -> None:
    """Six columns masked, the rest kept."""
    person = "\n".join(f'{column} = {{ mask = "{mask}" }}' for column, mask in MASKED.items())
    kept = "\n".join(
        f'{column} = {{ keep = "bench" }}'
        for column in ("person_id", "created_at", "amount", "token", "document", "score")
    )
    purchase = "\n".join(
        f'{column} = {{ keep = "bench" }}' for column in ("purchase_id", "person_id", "bought_at", "price", "state")
    )
    path.write_text(
        f'version = 1\nname = "bench"\nkey = "bench"\n[tables.person]\ntreatment = "mask"\n[tables.person.columns]\n'
        f'{person}\n{kept}\n[tables.purchase]\ntreatment = "mask"\n[tables.purchase.columns]\n{purchase}\n'
    )


def pipe(source: str, target: str) -> None:
    """The raw bulk pipe into tables without keys."""
    _bare_tables(target)
    psql = f"{wheel_psql()} -q -X"
    for table in TABLES:
        out = f'{psql} "{source}" -c "copy {table} to stdout (format binary)"'
        into = f'{psql} "{target}" -c "copy {table} from stdin (format binary)"'
        subprocess.run(["sh", "-c", f"{out} | {into}"], check=True)


def _bare_tables(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (_PERSON, _PURCHASE):
            connection.execute(statement.replace("primary key", ""))  # type: ignore[arg-type]


def keys(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _KEYS:
            connection.execute(statement)  # type: ignore[arg-type]


BY_HAND = """
import sys, pandas as pd
from faker import Faker
from sqlalchemy import create_engine
source, target = create_engine(sys.argv[1]), create_engine(sys.argv[2])
people, children = int(sys.argv[3]), int(sys.argv[4])
fake = Faker()
person = pd.read_sql(f"select * from person where person_id <= {people}", source)
makers = {"first_name": fake.first_name, "last_name": fake.last_name, "email": fake.email, "phone": fake.phone_number,
          "birth_date": fake.date_of_birth, "street": fake.street_address}
for column, make in makers.items():
    person[column] = [make() for _ in range(len(person))]
person["document"] = person["document"].map(str)
person["token"] = person["token"].map(str)
person.to_sql("person", target, index=False, if_exists="replace")
pd.read_sql(f"select * from purchase where purchase_id <= {children}", source).to_sql(
    "purchase", target, index=False, if_exists="replace")
"""


def by_hand(source: str, target: str, people: int, children: int) -> None:
    def driver(url: str) -> str:
        return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    subprocess.run(
        [sys.executable, "-c", BY_HAND, driver(source), driver(target), str(people), str(children)], check=True
    )


def run(desk: Desk, source: str, target: str, *more: str) -> dict[str, object]:
    """Our clone, with its own account of the phases."""
    answer = desk.run(source, target, *more)
    if answer.status:
        raise SystemExit(answer.out + answer.err)
    return answer.json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2_000_000)
    parser.add_argument("--children", type=int, default=5_000_000)
    parser.add_argument("--connections", help="as in `lookalike run`; its default where none are named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--pandas-people", type=int, default=50_000, help="rows for the way by hand; its cost is linear in them"
    )
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    costs: dict[str, list[Cost]] = {"pipe": [], "keys": [], "lookalike": [], "verify": [], "pandas": []}
    phases: list[dict[str, object]] = []
    more = ("--connections", arguments.connections) if arguments.connections else ()
    with tempfile.TemporaryDirectory() as folder, servers.postgresql(durable=True) as server:
        create: Callable[..., str] = servers.postgresql_databases(server)  # type: ignore[arg-type]
        source = create()
        fill(source, arguments.people, arguments.children)
        meter, desk = Meter(postgresql_cpu(source)), Desk(Path(folder) / "desk")
        write_plan(desk.plan_path)
        for _ in range(arguments.rounds):
            target = create()
            with meter.measure(costs["pipe"]):
                pipe(source, target)
            with meter.measure(costs["keys"]):
                keys(target)
            target = create()
            with meter.measure(costs["lookalike"]):
                answer = run(desk, source, target, *more)
            phases.append(answer["timings"])  # type: ignore[arg-type]
            with meter.measure(costs["verify"]):
                verified = desk.verify(source, target)
            if verified.status:
                raise SystemExit(verified.out + verified.err)
            print(
                json.dumps({name: asdict(found[-1]) for name, found in costs.items() if found}), phases[-1], flush=True
            )
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        if arguments.pandas_people:
            with meter.measure(costs["pandas"]):
                by_hand(source, create(), arguments.pandas_people, pandas_children(arguments))
    measured = summary(costs, phases, arguments) | {"lookalike peak memory, MB": peak}
    print(json.dumps(measured, indent=1))
    if arguments.result:
        write_result(arguments.result, "python -m tests.bench.clone_speed " + " ".join(sys.argv[1:]), measured)


def pandas_children(arguments: argparse.Namespace) -> int:
    """As many for each person as in the whole."""
    return int(arguments.pandas_people * arguments.children / arguments.people)


def summary(
    costs: dict[str, list[Cost]], phases: list[dict[str, object]], arguments: argparse.Namespace
) -> dict[str, object]:
    medians = {name: median(found) for name, found in costs.items() if found}
    load = statistics.median(float(str(phase["load"])) for phase in phases)
    moved = medians["lookalike"]["cpu"] - medians["keys"]["cpu"]
    found: dict[str, object] = {
        "people": arguments.people, "children": arguments.children, "rounds": arguments.rounds, "medians": medians, "phases": phases,
        "load wall / pipe wall": round(load / medians["pipe"]["wall"], 2),
        "cpu without keys / pipe cpu": round(moved / medians["pipe"]["cpu"], 2),
    }  # fmt: skip
    if "pandas" in medians:
        scale = arguments.people / arguments.pandas_people
        found["pandas people"] = arguments.pandas_people
        found["pandas cpu, scaled / lookalike cpu without keys"] = round(medians["pandas"]["cpu"] * scale / moved, 1)
    return found


if __name__ == "__main__":
    main()
