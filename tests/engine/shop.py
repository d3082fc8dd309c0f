"""A small shop with a self reference, a cycle, a composite key and an orphan, and a plan for it whose masks are told apart easily."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties
from engine.masking.keep import Keep
from engine.plan import Plan, Rule, TablePlan, Treatment

PERSON, ORDER, LINE, TEAM, EMPTY = (TableName(name) for name in ("person", "order", "line", "team", "nothing here"))
TABLES = """
create table person (
    id integer primary key, email text unique, name text not null, boss integer references person (id),
    team integer references team (id), born date, bonus decimal(8, 2) check (bonus >= 0));
create table team (id integer primary key, lead integer references person (id), title text);
create table "order" (person integer not null references person (id), day date not null, note text, primary key (person, day));
create table line (
    id integer primary key, person integer not null, day date not null, amount real,
    foreign key (person, day) references "order" (person, day));
create table "nothing here" (x text);
create view boss as select id, name from person where boss is null;
"""


class Swapped(Masker):
    """A keyed permutation of 0 to 2^31 - 1, so that every integer column of one domain agrees."""

    name = "swapped"
    title = "A keyed permutation"
    properties = Properties(bijective=True, overlap="dense")
    kinds = frozenset({Kind.INTEGER})
    domain = "person"

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        numbers = values.fill_null(0).to_numpy().astype(np.uint64)
        swapped = context.key.permutation(1 << 31).apply(numbers).astype(np.int64)
        return pc.if_else(values.is_valid(), pa.array(swapped), pa.scalar(None, pa.int64()))

    def expected_overlap(self, subject: object, distinct_source: int, distinct_target: int) -> float:
        return distinct_source * distinct_target / 2**31


class Hashed(Masker):
    """A keyed hash in hexadecimal: never one of the source's values."""

    name = "hashed"
    title = "A keyed hash"
    properties = Properties(bijective=True, overlap="none")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        hashed = [f"{high:016x}@example.com" for high, _ in context.key.cmac(values).tolist()]
        return pc.if_else(values.is_valid(), pa.array(hashed, pa.string()), pa.scalar(None, pa.string()))


def plan(name: str = "shop") -> Plan:
    person = (
        _mask(Swapped(), "id"), _mask(Hashed(), "email"), _mask(Hashed(), "name"), _mask(Swapped(), "boss"),
        _keep("team"), _keep("born"), _keep("bonus"),
    )  # fmt: skip
    tables = {
        PERSON: TablePlan(Treatment.MASK, person),
        TEAM: TablePlan(Treatment.MASK, (_keep("id"), _mask(Swapped(), "lead"), _keep("title"))),
        ORDER: TablePlan(Treatment.MASK, (_mask(Swapped(), "person"), _keep("day"), _keep("note"))),
        LINE: TablePlan(Treatment.MASK, (_keep("id"), _mask(Swapped(), "person"), _keep("day"), _keep("amount"))),
        EMPTY: TablePlan(Treatment.EMPTY),
    }
    return Plan(name, "shop", tables)


def with_rule(original: Plan, table: TableName, column: str, masker: Masker) -> Plan:
    """The plan with another mask on one column."""
    rules = tuple(
        replace(rule, masker=masker) if rule.columns == (column,) else rule for rule in original.tables[table].rules
    )
    return replace(original, tables={**original.tables, table: replace(original.tables[table], rules=rules)})


def build(path: Path, people: int = 300) -> str:
    """Make the shop there and give its URL. One order is nobody's."""
    with sqlite3.connect(path) as connection:
        connection.executescript(TABLES)
        connection.executemany(
            "insert into person values (?, ?, ?, ?, ?, ?, ?)",
            [
                (n, f"p{n}@corp.test" if n % 9 else None, f"Name {n}", n // 2 or None, n % 5 + 1, f"19{50 + n % 50}-01-02", n * 0.25)
                for n in range(1, people + 1)
            ],
        )  # fmt: skip
        connection.executemany("insert into team values (?, ?, ?)", [(n, n, f"Team {n}") for n in range(1, 6)])
        orders = [(n, f"2024-0{k}-01") for n in range(1, people, 3) for k in (1, 2)]
        connection.executemany('insert into "order" values (?, ?, ?)', [(*o, f"note {o[0]}") for o in orders])
        connection.executemany(
            "insert into line (person, day, amount) values (?, ?, ?)",
            [(*o, o[0] / 3) for o in orders for _ in range(2)],
        )
        connection.execute("""insert into "order" values (999999, '2024-01-01', 'nobody''s')""")
        connection.execute("""insert into "nothing here" values ('a secret')""")
    connection.close()
    return f"sqlite:///{path}"


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f'select * from "{table}" order by 1, 2').fetchall()
    connection.close()
    return found


def _mask(masker: Masker, column: str) -> Rule:
    return Rule((column,), masker)


def _keep(column: str) -> Rule:
    return Rule((column,), Keep(), reason="says nothing of a person")
