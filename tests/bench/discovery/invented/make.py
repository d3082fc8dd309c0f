"""Small databases out of nothing: a table is a list of columns, each with what it holds and what makes its values."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Maker = Callable[[random.Random, int], object]
"""Random source, number of the row -> value."""


@dataclass(frozen=True)
class Made:
    """One column."""

    name: str
    entity: str | None
    maker: Maker
    type: str = "TEXT"
    doubtful: str = ""


@dataclass(frozen=True)
class Invented:
    """One table."""

    name: str
    rows: int
    columns: tuple[Made, ...]
    key: str | None = None
    refers: tuple[tuple[str, str, str], ...] = ()
    """Column, parent table, parent column."""


def choice(*values: object) -> Maker:
    return lambda rng, _row: rng.choice(values)


def words(text: str, separator: str = "|") -> Maker:
    """One of these values."""
    return choice(*(word.strip() for word in text.split(separator)))


def serial(start: int = 1, step: int = 1) -> Maker:
    return lambda _rng, row: start + row * step


def number(low: int, high: int) -> Maker:
    return lambda rng, _row: rng.randint(low, high)


def decimal(low: float, high: float, digits: int = 2) -> Maker:
    return lambda rng, _row: round(rng.uniform(low, high), digits)


def date(first: int, last: int, form: str = "{y:04}-{m:02}-{d:02}") -> Maker:
    """A day from the year `first` to the year `last`."""
    return lambda rng, _row: form.format(y=rng.randint(first, last), m=rng.randint(1, 12), d=rng.randint(1, 28))


def moment(first: int, last: int) -> Maker:
    day = date(first, last)
    return lambda rng, row: f"{day(rng, row)} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


def pattern(text: str) -> Maker:
    """`#` is a digit, `@` a capital letter, `%` a hexadecimal digit."""
    marks = {"#": string.digits, "@": string.ascii_uppercase, "%": "0123456789abcdef"}
    return lambda rng, _row: "".join(rng.choice(marks.get(sign, sign)) for sign in text)


def sentence(template: str, **makers: Maker) -> Maker:
    """The template with each name replaced by a value of its maker; several templates stand in lines."""
    lines = template.strip().split("\n")

    def make(rng: random.Random, row: int) -> str:
        return rng.choice(lines).strip().format(**{name: maker(rng, row) for name, maker in makers.items()})

    return make


def sometimes(maker: Maker, share: float) -> Maker:
    """NULL in the other rows."""
    return lambda rng, row: maker(rng, row) if rng.random() < share else None


def checked(body: Maker, check: Callable[[str], str]) -> Maker:
    """A number with its check digits."""
    return lambda rng, row: check(str(body(rng, row)))


def build(path: Path, tables: Sequence[Invented]) -> None:
    """Writes the tables, their keys and rows; the same at every call."""
    rng = random.Random(len(tables))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for table in tables:
            connection.execute(_statement(table))
            marks = ", ".join("?" * len(table.columns))
            rows = ([column.maker(rng, row) for column in table.columns] for row in range(table.rows))
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)


def _statement(table: Invented) -> str:
    parts = [
        f'"{column.name}" {column.type}' + (" PRIMARY KEY" if column.name == table.key else "")
        for column in table.columns
    ]
    parts += [f'FOREIGN KEY ("{name}") REFERENCES "{parent}" ("{key}")' for name, parent, key in table.refers]
    return f'CREATE TABLE "{table.name}" ({", ".join(parts)})'
