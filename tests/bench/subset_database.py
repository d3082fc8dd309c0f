"""A shop of thirty tables and five million rows in PostgreSQL, to cut subsets from: trees, chains, self references, one cycle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class Made:
    """One table: its rows at full size, and its foreign keys as column -> (parent, the SQL of row n's reference)."""

    name: str
    rows: int
    keys: dict[str, tuple[str, str]]


CUSTOMERS = 130_000
_OWN = f"1 + (n - 1) % {CUSTOMERS}"
"""The customer of row n, so that everything a customer has belongs together."""


def _any(rows: int) -> str:
    return f"1 + (n * 7919) % {rows}"


TABLES = (
    Made("country", 200, {}),
    Made("region", 1_000, {"country": ("country", _any(200))}),
    Made("city", 5_000, {"region": ("region", _any(1_000))}),
    Made("category", 300, {"above": ("category", "case when n > 10 then 1 + n / 10 end")}),
    Made("supplier", 2_000, {"city": ("city", _any(5_000))}),
    Made("product", 20_000, {"category": ("category", _any(300)), "supplier": ("supplier", _any(2_000))}),
    Made("price", 40_000, {"product": ("product", "1 + (n - 1) % 20000")}),
    Made("warehouse", 50, {"city": ("city", _any(5_000))}),
    Made("stock", 100_000, {"product": ("product", _any(20_000)), "warehouse": ("warehouse", _any(50))}),
    Made("department", 20, {}),
    Made("employee", 2_000, {
        "department": ("department", _any(20)), "manager": ("employee", "case when n > 20 then 1 + n / 20 end"),
        "store": ("store", "1 + n % 100"),
    }),
    Made("store", 100, {"city": ("city", _any(5_000)), "head": ("employee", "n * 3")}),
    Made("campaign", 500, {"employee": ("employee", _any(2_000))}),
    Made("customer", CUSTOMERS, {"city": ("city", _any(5_000)), "employee": ("employee", _any(2_000))}),
    Made("address", 200_000, {"customer": ("customer", _OWN), "city": ("city", _any(5_000))}),
    Made("phone", 160_000, {"customer": ("customer", _OWN)}),
    Made("account", CUSTOMERS, {"customer": ("customer", _OWN)}),
    Made("card", CUSTOMERS, {"account": ("account", _OWN)}),
    Made("orders", 450_000, {
        "customer": ("customer", _OWN), "address": ("address", _OWN), "store": ("store", _any(100)),
    }),
    Made("order_line", 1_350_000, {"orders": ("orders", "1 + (n - 1) % 450000"), "product": ("product", _any(20_000))}),
    Made("payment", 450_000, {"orders": ("orders", "n"), "card": ("card", _OWN)}),
    Made("shipment", 400_000, {"orders": ("orders", "n"), "warehouse": ("warehouse", _any(50))}),
    Made("shipment_event", 800_000, {"shipment": ("shipment", "1 + (n - 1) % 400000")}),
    Made("review", 150_000, {"customer": ("customer", _OWN), "product": ("product", _any(20_000))}),
    Made("ticket", 100_000, {"customer": ("customer", _OWN), "employee": ("employee", _any(2_000))}),
    Made("ticket_message", 300_000, {"ticket": ("ticket", "1 + (n - 1) % 100000")}),
    Made("coupon", 50_000, {"campaign": ("campaign", _any(500)), "customer": ("customer", _OWN)}),
    Made("wishlist", 50_000, {"customer": ("customer", _OWN)}),
    Made("wishlist_item", 150_000, {"wishlist": ("wishlist", "1 + (n - 1) % 50000"), "product": ("product", _any(20_000))}),
    Made("login", 260_000, {"customer": ("customer", _OWN)}),
)  # fmt: skip
OWNED = (
    "address", "phone", "account", "card", "orders", "order_line", "payment", "shipment", "shipment_event", "review",
    "ticket", "ticket_message", "coupon", "wishlist", "wishlist_item", "login",
)  # fmt: skip
"""What a customer owns, each table behind those that it is owned through."""


def tables(url: str) -> None:
    """The empty tables, without keys."""
    with psycopg.connect(url, autocommit=True) as connection:
        for made in TABLES:
            connection.execute(_table(made).encode())


def keys(url: str) -> None:
    """Primary keys, indexes of foreign keys, and the foreign keys."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _keys():
            connection.execute(statement.encode())


def fill(url: str) -> None:
    """The whole database."""
    tables(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for made in TABLES:
            references = "".join(f", {value}" for _, value in made.keys.values())
            connection.execute(
                f"insert into {made.name} select n{references}, md5(n::text) || ' of {made.name}', (n % 100000) / 100.0, "
                f"timestamptz '2024-01-01 00:00+00' + n * interval '1 second' from generate_series(1::bigint, {made.rows}) n".encode()
            )
    keys(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _table(made: Made) -> str:
    references = "".join(f", {column} bigint" for column in made.keys)
    return f"create table {made.name} (id bigint not null{references}, note text, amount numeric(12,2), at timestamptz)"


def _keys() -> Iterator[str]:
    for made in TABLES:
        yield f"alter table {made.name} add primary key (id)"
    for made in TABLES:
        for column, (parent, _) in made.keys.items():
            yield f"create index on {made.name} ({column})"
            yield f"alter table {made.name} add foreign key ({column}) references {parent} (id)"
