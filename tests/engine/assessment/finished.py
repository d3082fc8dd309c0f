"""Finished targets to compare: a club of people with orders and lines, masked so that everybody's own row can be told by eye."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from connectors import open_database
from connectors.names import TableName
from engine.assessment.compare import compare
from engine.assessment.comparison import Comparison
from engine.assessment.spec import AssessSpec
from engine.clone import clone
from engine.jobs.control import Control
from engine.keys import MaskingKey
from engine.masking import make_masker
from engine.masking.keep import Keep
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.workspace import open_workspace

KEY = MaskingKey("club", b"c" * 32)
PERSON, ORDER, LINE, THING, LOOSE, VOID = (
    TableName(name) for name in ("person", "Order", "line", "thing", "loose", "void")
)
TABLES = """
create table thing (code text primary key, title text not null, price decimal(8,2));
create table person (
    id integer primary key, name text not null, email text, born date, "number" integer, city text,
    boss integer references person (id),
    favourite text references thing (code), notes blob);
create table "Order" (
    id integer primary key, person integer not null references person (id), placed timestamp, total decimal(8,2), state text);
create table line (
    "order" integer not null references "Order" (id), place integer not null, thing text references thing (code), qty integer,
    primary key ("order", place));
create table loose (word text, at text);
create table void (id integer primary key, person integer references person (id));
"""


def build(path: Path, people: int) -> str:
    """Person n has n % 4 orders, and order k of a person has k lines; one order is nobody's."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)
        connection.executemany(
            "insert into thing values (?, ?, ?)", [(f"T{n}", f"Thing {n}", n + 0.5) for n in range(9)]
        )
        connection.executemany(
            "insert into person values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (n, f"Name {n}", f"p{n}@mail.test", f"19{50 + n % 50}-0{1 + n % 9}-11", n * 7, "ABCDE"[n % 5] * 3,
                 n // 2 or None, f"T{n % 9}", b"x")
                for n in range(1, people + 1)
            ],
        )  # fmt: skip
        orders = [(n * 10 + k, n, k) for n in range(1, people + 1) for k in range(1, n % 4 + 1)]
        connection.executemany(
            'insert into "Order" values (?, ?, ?, ?, ?)',
            [
                (id_, n, f"2024-0{k}-1{n % 9} 10:00:00", n + k / 4, ("new", "paid", "sent")[k - 1])
                for id_, n, k in orders
            ],
        )
        connection.executemany(
            "insert into line values (?, ?, ?, ?)",
            [(id_, place, f"T{place}", k) for id_, _, k in orders for place in range(1, k + 1)],
        )
        connection.execute("""insert into "Order" values (999999, 888888, null, 1, 'new')""")
        connection.executemany(
            "insert into loose values (?, ?)", [(f"w{n % 3}", f"2024-05-0{1 + n % 9}") for n in range(50)]
        )
        connection.execute("insert into void values (1, 1)")
    return f"sqlite:///{path}"


def plan(**treatments: Treatment) -> Plan:
    """Keys are pseudonyms, names are made up, everything else is kept, things are public; treatments by table may differ."""
    masks = {"name": "full_name", "email": "email", "born": "date_shift"}
    keys = {"person": ("id", "boss"), "Order": ("id", "person"), "line": ("order",)}
    columns = {
        PERSON: ("id", "name", "email", "born", "number", "city", "boss", "favourite", "notes"),
        ORDER: ("id", "person", "placed", "total", "state"),
        LINE: ("order", "place", "thing", "qty"),
        LOOSE: ("word", "at"),
    }
    tables = {
        table: TablePlan(Treatment.MASK, tuple(_rule(name, masks, name in keys.get(table.name, ())) for name in names))
        for table, names in columns.items()
    }
    tables |= {THING: TablePlan(Treatment.PUBLIC, reason="goods"), VOID: TablePlan(Treatment.EMPTY)}
    tables |= {TableName(name): TablePlan(treatment, reason="asked") for name, treatment in treatments.items()}
    warnings = ("copy-personal", "public-table", "lock-missing", "source-writable", "keep-personal")
    return Plan("club", "club", tables, accept=warnings)


def _rule(name: str, masks: dict[str, str], key: bool) -> Rule:
    if key:
        return Rule((name,), make_masker("pseudonym", {}))
    return Rule((name,), make_masker(masks[name], {})) if name in masks else Rule((name,), Keep(), reason="asked")


def finish(folder: Path, plan: Plan, source: str, target: str | None = None) -> str:
    """Run the plan; the target's URL."""
    url = target or f"sqlite:///{folder}/target.db"
    with open_database(source) as read, open_database(url) as written:
        clone(plan, read, written, KEY, workspace=open_workspace(folder / "workspace"))
    return url


def compared(plan: Plan, source: str, target: str, spec: AssessSpec | None = None, key: MaskingKey = KEY) -> Comparison:
    with open_database(source) as ours, open_database(target) as theirs:
        return compare(plan, ours, theirs, key, spec=spec or AssessSpec(), control=Control(), progress=lambda _: None)


def ask(url: str, sql: str) -> Sequence[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(sql).fetchall()
