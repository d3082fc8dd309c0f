"""Subsets of what only one server has: partitions on both ends of a key, inheritance, schemas, generated keys, unchecked keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.walk.line import HereDesk

SCRIPT = """
create schema "Odd.schema";
create table "Odd.schema"."person" (id bigint generated always as identity primary key, name text, code text unique);
insert into "Odd.schema".person (name, code) select 'p' || n, 'c' || n from generate_series(1, 40) n;
create table "order" (
    id integer not null, day date not null, person bigint references "Odd.schema".person, note text, primary key (id, day)
) partition by range (day);
create table order_old partition of "order" for values from (minvalue) to ('2020-01-01') partition by hash (id);
create table order_old_0 partition of order_old for values with (modulus 2, remainder 0);
create table order_old_1 partition of order_old for values with (modulus 2, remainder 1);
create table "Odd.schema".order_new partition of "order" default;
insert into "order" select n, date '2019-12-01' + n, nullif(n % 41, 0), 'x' from generate_series(1, 120) n;
create table line (
    number integer, order_id integer, order_day date, twice integer generated always as (number * 2) stored, product integer,
    primary key (number, order_id), foreign key (order_id, order_day) references "order"
) partition by list (number);
create table line_1 partition of line for values in (1);
create table line_2 partition of line default;
create table product (id integer primary key, half integer generated always as (id / 2) stored, "Like" integer);
insert into product (id, "Like") select n, nullif(n - 1, 0) from generate_series(1, 9) n;
alter table product add foreign key ("Like") references product;
alter table product add foreign key (half) references product not valid;
alter table line add foreign key (product) references product;
insert into line (number, order_id, order_day, product)
    select k, n, case when n % 10 = 0 then null else date '2019-12-01' + n end, 1 + n % 9
    from generate_series(1, 120) n, generate_series(1, 3) k;
create table base (id integer primary key, person bigint references "Odd.schema".person);
create table special (extra text, foreign key (person) references "Odd.schema".person) inherits (base);
insert into base select n, n from generate_series(1, 20) n;
insert into special select n, n + 1, 'e' from generate_series(1, 20) n;
"""
PLAN = """
version = 1
name = "objects"
key = "objects"
[subset]
roots = [{{ table = '"Odd.schema".person', where = "id in (3, 17)" }}]
[[foreign_keys]]
table = "special"
columns = ["extra"]
parent = '"Odd.schema".person'
parent_columns = ["code"]
{tables}
"""
PEOPLE = "id in (3, 17)"
ORDERS = "person in (3, 17)"
LINES = f'(order_id, order_day) in (select id, day from "order" where {ORDERS})'
EXPECTED = {
    '"Odd.schema".person': PEOPLE,
    '"order"': ORDERS,
    "line": LINES,
    "only base": "person in (3, 17)",
    "special": "person in (3, 17)",
    "product": f"""id in (with recursive up(id) as (
        select product from line where {LINES}
        union select unnest(array["Like", half]) from product join up using (id)) select id from up)""",
}


def test_partitions_inheritance_and_schemas_of_postgresql(new_postgresql: Callable[[], str], tmp_path: Path) -> None:
    source, target = new_postgresql(), new_postgresql()
    with psycopg.connect(source) as connection:
        connection.execute(SCRIPT)
    desk = HereDesk(tmp_path / "desk")
    assert desk.accept(source).status in (0, 3)
    names = desk.plan["tables"]
    copied = "\n".join(f'[tables.\'{name}\']\ntreatment = "copy"\nreason = "a test"' for name in names)
    desk.plan_path.write_text(PLAN.format(tables=copied))
    ran = desk.run(source, target)
    assert ran.status == 0, ran.err or ran.out
    verified = desk.verify(source, target)
    assert verified.status == 0, verified.out
    for name, condition in EXPECTED.items():
        with psycopg.connect(source) as before, psycopg.connect(target) as after:
            wanted = before.execute(f"select t::text from {name} t where {condition} order by 1").fetchall()
            assert wanted, name
            assert after.execute(f"select t::text from {name} t order by 1").fetchall() == wanted, name
