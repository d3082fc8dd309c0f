"""What a case of the type matrix is: a type of one engine, its edge values, and how each engine takes them.

The cases of an engine are one table in `pg_cases.py`, `mysql_cases.py` or `sqlite_cases.py`. The tests and `docs/types.md` are
both made from them, so what the documentation promises is what was compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

ENGINES = ("postgresql", "mariadb", "sqlite")


class Shape(StrEnum):
    """The text by which values of two engines are compared: how it is asked of each is in `probes.py`."""

    INTEGER = "integer"
    """Decimal digits."""
    DECIMAL = "decimal"
    """Decimal digits without an exponent, trailing zeros included."""
    NUMBER = "number"
    """Its value, whatever zeros are written behind the point."""
    FLOAT = "float"
    """The eight bytes of the binary64 number, in hexadecimal."""
    TEXT = "text"
    """The bytes of its UTF-8, in hexadecimal."""
    SPACED = "spaced"
    """The same of PostgreSQL's bpchar with the spaces behind it."""
    BYTES = "bytes"
    """In hexadecimal."""
    BOOLEAN = "boolean"
    """0 or 1."""
    BIT = "bit"
    """A text of 0 and 1."""
    DATE = "date"
    """YYYY-MM-DD."""
    TIMESTAMP = "timestamp"
    """YYYY-MM-DD HH:MM:SS.ffffff; a moment with its zone in UTC."""
    TIME = "time"
    """[-]HH:MM:SS.ffffff."""
    UUID = "uuid"
    """Lower case, with hyphens."""
    SPATIAL = "spatial"
    """Well-known text, `SRID=4326;` before it where there is one."""
    OWN = "own"
    """The text that the source itself prints, byte for byte."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How a column arrives in another engine."""

    native: str = ""
    """The type of its column there, as that engine describes it; empty where it is refused."""
    told: str = ""
    """The code of the warning by which `check` says that the type is another in kind; empty where nothing is lost."""
    refused: str = ""
    """The code of the Problem by which `check` refuses the column."""

    def __str__(self) -> str:
        return (
            f"refused: `{self.refused}`"
            if self.refused
            else f"`{self.native}`" + (f", told: `{self.told}`" * bool(self.told))
        )


def exact(native: str) -> Carried:
    """Every value, in a type of the same meaning."""
    return Carried(native)


def told(native: str, code: str = "type-as-text") -> Carried:
    """Every value, in a type that means less, and `check` says so."""
    return Carried(native, told=code)


def refused(code: str) -> Carried:
    """Not at all: `check` stops the plan."""
    return Carried(refused=code)


@dataclass(frozen=True, slots=True)
class Value:
    """One edge value."""

    label: str
    sql: str
    """A literal of the source's dialect, as INSERT takes it."""
    beyond: Mapping[str, str] = field(default_factory=dict)
    """Engine -> code of the Problem that says, before anything is written, that its type cannot hold this value; for the source's
    own engine where the tables differ, and the values have to go through Arrow."""
    becomes: Mapping[str, str] = field(default_factory=dict)
    """Engine -> the canonical text of an equal value, where it knows no other way to write it."""


def beyond(sql: str, code: str, *engines: str) -> Value:
    """A value that these engines do not hold; its label is given by the table of values."""
    return Value("", sql, dict.fromkeys(engines, code))


def equal(sql: str, **becomes: str) -> Value:
    """A value that arrives as an equal one: -0.0 as 0.0 where an engine knows no sign of zero."""
    return Value("", sql, becomes=becomes)


@dataclass(frozen=True, slots=True)
class Case:
    engine: str
    native: str
    """The type as CREATE TABLE takes it."""
    shape: Shape
    values: tuple[Value, ...]
    carried: Mapping[str, Carried]
    """Other engines; in the same engine every value is itself."""
    name: str
    """A word that names its table and its tests."""
    setup: str = ""
    """Statements before the table: types, domains."""
    needs: str = ""
    """An extension or a server that not every installation has."""
    suffix: str = ""
    """What follows the type in CREATE TABLE: NOT NULL, a collation."""
    alone: bool = False
    """Kept columns of this type may not stand beside masked ones (a text-search vector repeats its row)."""
    note: str = ""
    """For the documentation."""

    def carried_to(self, engine: str) -> Carried:
        return Carried(self.native) if engine == self.engine else self.carried[engine]


def case(
    engine: str,
    native: str,
    shape: Shape,
    values: Mapping[str, str | Value],
    *,
    postgresql: Carried | None = None,
    mariadb: Carried | None = None,
    sqlite: Carried | None = None,
    name: str = "",
    **more: object,
) -> Case:
    """`values`: label -> literal, or `beyond(...)`. The name is made of the type where none is given."""
    given = {"postgresql": postgresql, "mariadb": mariadb, "sqlite": sqlite}
    carried = {other: how for other, how in given.items() if how is not None and other != engine}
    edges = tuple(
        replace(value, label=label) if isinstance(value, Value) else Value(label, value)
        for label, value in values.items()
    )
    word = name or "_".join("".join(c if c.isalnum() else " " for c in native.lower().replace("[]", " array")).split())
    return Case(engine, native, shape, edges, carried, word, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a source: a case with those of its values that the same engines refuse."""

    case: Case
    values: tuple[Value, ...]
    number: int

    @property
    def table(self) -> str:
        """Never the name of a type, for a table is one too."""
        return "of_" + self.case.name + (f"_{self.number}" if self.number else "")

    def problem(self, target: str) -> str:
        """The code of the Problem that stands before a run into this engine (into a table that differs, for the source's own);
        empty where it runs."""
        if target == self.case.engine:
            return self.values[0].beyond.get(target, "")
        return self.case.carried_to(target).refused or self.values[0].beyond.get(target, "")


def sheets(cases: tuple[Case, ...]) -> tuple[Sheet, ...]:
    """The tables of a source: values that some engine refuses lie in tables of their own, so that the others can be run."""
    made = []
    for one in cases:
        groups: dict[tuple[tuple[str, str], ...], list[Value]] = {}
        for value in one.values:
            groups.setdefault(tuple(sorted(value.beyond.items())), []).append(value)
        ordered = sorted(groups.items(), key=lambda pair: len(pair[0]))
        made += [Sheet(one, tuple(values), number) for number, (_, values) in enumerate(ordered)]
    return tuple(made)
