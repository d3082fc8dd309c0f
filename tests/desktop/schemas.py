"""Schemas for the tests of the Schema page: made by code, of any size, without a database."""

from __future__ import annotations

import random

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Unique, View
from desktop.backend.shelf import Shelved, shelved

LONG = "جدول_العملاء_" * 8
"""A name of more than a hundred Arabic letters."""


def table(name: str, columns: tuple[str, ...] = ("id",), *, schema: str | None = None, **parents: str) -> Table:
    """A table with a key `id`; `parents`: column -> the table that it refers to."""
    keys = tuple(ForeignKey(f"{name}_{c}", (c,), TableName(to, schema), ("id",)) for c, to in parents.items())
    made = tuple(Column(c, "integer", Kind.INTEGER, nullable=c != "id") for c in dict.fromkeys((*columns, *parents)))
    unique = (Unique("pk", ("id",), primary=True),) if "id" in columns else ()
    return Table(TableName(name, schema), made, unique, keys, estimated_rows=len(name) * 100)


def of(*tables: Table, views: tuple[View, ...] = ()) -> Shelved:
    return shelved(Schema("sqlite", "main", tables, views))


def shop() -> Shelved:
    """Customers, orders and their lines; a cycle, a self reference, a table alone, one without columns, a view."""
    return of(
        table("customer", ("id", "name", "email"), manager="employee"),
        table("employee", ("id", "name"), boss="employee"),
        table("orders", ("id", "placed"), customer="customer", last_line="order_line"),
        table("order_line", ("id", "amount"), order_id="orders", product="product"),
        table("product", ("id", "title", "price")),
        table("log", ("message",)),
        Table(TableName("nothing"), ()),
        table(LONG, ("id", LONG + "_عمود")),
        views=(View(TableName("paid"), "select 1"),),
    )


def many(tables: int, columns: int, seed: int = 1) -> Schema:
    """So many tables, each with up to three keys to earlier ones, spread over three schemas."""
    chance = random.Random(seed)
    kept = tuple(Column(f"column_{place}", "character varying(40)", Kind.TEXT) for place in range(columns - 4))
    made = []
    for number in range(tables):
        parents = [chance.randrange(number) for _ in range(chance.choice((0, 1, 1, 2, 3)))] if number else []
        keys = tuple(
            ForeignKey(f"fk{place}", (f"parent_{place}",), _name(parent), ("id",))
            for place, parent in enumerate(parents)
        )
        own = tuple(Column(name, "bigint", Kind.INTEGER) for name in ("id", "parent_0", "parent_1", "parent_2"))
        made.append(Table(_name(number), own + kept, (Unique("pk", ("id",), True),), keys, estimated_rows=number * 37))
    return Schema("postgresql", "public", tuple(made))


def _name(number: int) -> TableName:
    return TableName(f"table_{number:05}", (None, "sales", "stock")[number % 3])
