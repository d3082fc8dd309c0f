"""Synthesis on servers, within an engine and across: from a proposal to a verified target that plain SQL judges."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from sqlalchemy.engine import make_url

from engine.cli import main
from tests.shoppers import shop
from tests.synthetic_oracle import judge_rows

PG = """
create type state as enum ('new', 'paid', 'sent');
create domain money2 as numeric(8,2) check (value >= 0);
create table country(code char(2) primary key, name varchar(40) not null);
create table customer(
    id integer generated always as identity primary key, email varchar(60) not null unique, name text,
    age smallint check (age between 18 and 99),
    country char(2) not null references country, joined date not null, friend integer references customer
);
create table "Order"(
    id uuid primary key, customer_id integer not null references customer on delete cascade, placed timestamptz not null,
    total money2 not null, status state not null, gross numeric generated always as (total * 2) stored, notes jsonb
);
create table item(
    order_id uuid references "Order", line smallint, qty integer not null check (qty > 0), price numeric(6,2),
    primary key (order_id, line)
);
"""
MARIA = """
create table country(code char(2) primary key, name varchar(40) not null);
create table customer(
    id int unsigned auto_increment primary key, email varchar(60) not null unique, name varchar(80),
    age tinyint check (age between 18 and 99),
    country char(2) not null references country(code), joined date not null, friend int unsigned references customer(id)
);
create table `Order`(
    id bigint primary key, customer_id int unsigned not null, placed datetime(3) not null,
    total decimal(8,2) not null check (total >= 0),
    status enum('new', 'paid', 'sent') not null, open bit(1) not null, year year, foreign key (customer_id) references customer(id)
);
create table item(
    order_id bigint, line smallint, qty int not null check (qty > 0), price decimal(6,2), primary key (order_id, line),
    foreign key (order_id) references `Order`(id)
);
"""


def _rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """A shop's rows as the servers' tables take them."""
    shop(folder / "shop.db", customers=80)
    asked = {
        "country": "select * from country",
        "customer": "select * from customer",
        "order": 'select id, customer_id, placed, total, status from "order"',
        "item": "select * from item",
    }
    with sqlite3.connect(folder / "shop.db") as database:
        found = {name: database.execute(sql).fetchall() for name, sql in asked.items()}
    database.close()
    return found


def _postgresql(url: str, folder: Path) -> None:
    rows = _rows(folder)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        connection.execute(PG)
        cursor.executemany("insert into country values (%s, %s)", rows["country"])
        cursor.executemany(
            "insert into customer overriding system value values (%s, %s, %s, %s, %s, %s, %s)", rows["customer"]
        )
        notes = json.dumps({"gift": True, "stars": 3})
        cursor.executemany(
            """insert into "Order"(id, customer_id, placed, total, status, notes)
            values (md5(%s::text)::uuid, %s, %s, %s, %s, %s)""",
            [(*row, notes) for row in rows["order"]],
        )
        cursor.executemany("insert into item values (md5(%s::text)::uuid, %s, %s, %s)", rows["item"])


def _mariadb(url: str, folder: Path) -> None:
    rows, parts = _rows(folder), make_url(url)
    connection = pymysql.connect(
        host=parts.host,
        port=parts.port or 3306,
        user=parts.username,
        password=str(parts.password),
        database=parts.database,
    )
    with connection, connection.cursor() as cursor:
        for statement in filter(str.strip, MARIA.split(";")):
            cursor.execute(statement)
        cursor.executemany("insert into country values (%s, %s)", rows["country"])
        cursor.executemany("insert into customer values (%s, %s, %s, %s, %s, %s, %s)", rows["customer"])
        cursor.executemany("insert into `Order` values (%s, %s, %s, %s, %s, b'1', 2020)", rows["order"])
        cursor.executemany("insert into item values (%s, %s, %s, %s)", rows["item"])
        connection.commit()


FILL = {"postgresql": _postgresql, "mariadb": _mariadb}


@pytest.mark.parametrize(
    ("engine", "to", "epsilon"),
    [
        ("postgresql", "postgresql", "50"),
        ("mariadb", "mariadb", "inf"),
    ],
)
def test_a_proposal_is_run_on_servers_and_every_key_and_constraint_holds(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    engine: str,
    to: str,
    epsilon: str,
) -> None:
    create: dict[str, Callable[..., str]] = {name: request.getfixturevalue(f"new_{name}") for name in {engine, to}}
    source, target, plan = create[engine](), create[to](), tmp_path / "plan.toml"
    FILL[engine](source, tmp_path)
    (tmp_path / "passphrase").write_text("open sesame")
    (tmp_path / "passphrase").chmod(0o600)
    common = ["--workspace", str(tmp_path / "w"), "--passphrase-file", str(tmp_path / "passphrase"), "--json"]

    def said(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        status = main([*words, *common])
        out = capsys.readouterr().out
        assert status == 0, out
        return dict(json.loads(out))

    said("plan", source, "-o", str(plan), "--synthesize", "customer", "--epsilon", epsilon, "--accept")
    assert 'email = { mask = "email", from = ["name"] }' in plan.read_text()
    options = 'model = "chain"\ngenerate = "60 entities"\n[privacy.options]\nsteps = 3\nbatch = 16\nhidden = 4\n'
    plan.write_text(plan.read_text().replace("delta = 1e-06\n", f"delta = 1e-06\n{options}"))
    said("check", str(plan), "--source", source, "--target", target)
    evidence = said("run", str(plan), "--source", source, "--target", target)
    assert evidence["tables"]["customer"]["rows"] == 60
    assert said("verify", str(plan), "--source", source, "--target", target)["ok"]
    judged = judge_rows(source, target, tomllib.loads(plan.read_text()))
    assert judged.faults == []
    assert judged.conditions > 20
