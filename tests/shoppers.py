"""A shop whose customers own orders and items, made by our own code: what synthesis is tried on. Some of it is masked, some public."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

SCHEMA = """
create table country(code text primary key, name text not null);
create table clerk(id integer primary key, name text not null, email text not null unique);
create table customer(
    id integer primary key, email text unique not null, name text, age integer check(age between 18 and 99),
    country text not null references country(code), joined date not null, friend integer references customer(id)
);
create table "order"(
    id integer primary key, customer_id integer not null references customer(id), clerk integer references clerk(id),
    placed timestamp not null, total decimal(8,2) check(total >= 0), status text check(status in ('new', 'paid', 'sent'))
);
create table item(
    order_id integer not null references "order"(id), line integer not null, qty integer not null check(qty > 0),
    price decimal(6,2), primary key(order_id, line)
);
"""
COUNTRIES = ("DE", "FR", "CA", "US", "IT")


def shop(path: Path, customers: int = 400, seed: int = 1) -> str:
    """Fill a new SQLite file; its URL. Older customers have more orders and dearer ones."""
    random = Random(seed)
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
        database.executemany("insert into country values (?, ?)", [(code, f"{code}land") for code in COUNTRIES])
        clerks = [(n, f"Clerk Number{n}", f"clerk{n}@shop.test") for n in range(1, 6)]
        database.executemany("insert into clerk values (?, ?, ?)", clerks)
        order = 0
        for customer in range(1, customers + 1):
            age, joined = (
                min(99, max(18, int(random.gauss(45, 15)))),
                datetime(2015, 1, 1) + timedelta(random.randrange(3000)),
            )
            country = random.choices(COUNTRIES, [5, 3, 1, 6, 2])[0]
            friend = random.randrange(1, customer) if customer > 1 and random.random() < 0.3 else None
            row = (
                customer,
                f"user{customer}@mail.test",
                f"Person {customer}",
                age,
                country,
                f"{joined:%Y-%m-%d}",
                friend,
            )
            database.execute("insert into customer values (?, ?, ?, ?, ?, ?, ?)", row)
            placed = joined
            for _ in range(min(6, int(random.expovariate(1 / (1 + age / 30))))):
                order, placed = order + 1, placed + timedelta(random.expovariate(1 / 40), random.randrange(86_400))
                total, status = round(random.expovariate(1 / (20 + age)), 2), random.choice(("new", "paid", "sent"))
                clerk = random.randrange(1, 6) if random.random() < 0.8 else None
                row = (order, customer, clerk, f"{placed:%Y-%m-%d %H:%M:%S}", total, status)
                database.execute('insert into "order" values (?, ?, ?, ?, ?, ?)', row)
                for line in range(random.randrange(1, 4)):
                    price = round(random.random() * 50, 2)
                    database.execute(
                        "insert into item values (?, ?, ?, ?)", (order, line + 1, random.randrange(1, 6), price)
                    )
    database.close()
    return f"sqlite:///{path}"


def shop_plan(
    epsilon: str = "8.0", *, more: str = "", options: str = "steps = 8\nbatch = 32", model: str = "chain"
) -> str:
    """Clerks are masked, countries are public, customers with all they own are synthesised."""
    return f"""
version = 1
name = "shop"
key = "shop"
accept = ["public-table", "copy-personal", "lock-missing", "source-writable", "no-privacy"]
[privacy]
population = "shop-customers"
unit = "customer"
epsilon = {epsilon}
delta = 1e-6
model = "{model}"
{more}
[privacy.options]
{options}
[privacy.bounds]
order = 6
item = 3
[tables.country]
treatment = "public"
reason = "a list of countries; signed by the officer"
[tables.clerk]
treatment = "mask"
[tables.clerk.columns]
id = {{ mask = "pseudonym" }}
name = {{ mask = "full_name" }}
email = {{ mask = "email" }}
[tables.customer]
treatment = "synthesize"
[tables.customer.columns]
id = {{ new = "key" }}
email = {{ mask = "email" }}
name = {{ mask = "full_name" }}
age = {{ learn = "schema" }}
country = {{ learn = "schema" }}
joined = {{ learn = "paid" }}
friend = {{ new = "key" }}
[tables.order]
treatment = "synthesize"
[tables.order.columns]
id = {{ new = "key" }}
customer_id = {{ new = "key" }}
clerk = {{ new = "key" }}
placed = {{ learn = "paid" }}
total = {{ learn = "paid" }}
status = {{ learn = "schema" }}
[tables.item]
treatment = "synthesize"
[tables.item.columns]
order_id = {{ new = "key" }}
line = {{ new = "key" }}
qty = {{ learn = "paid" }}
price = {{ learn = "paid" }}
"""
