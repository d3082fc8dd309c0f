"""The masks that an undecided column can take, the more useful first and the surer last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.schema import Column, Kind, Schema
from engine.accept_checks import allowed, text_of
from engine.check_partitions import by_list, cuts, plain_key, takes_all
from engine.condition_text import columns_of, parse_condition
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.masking.literals import integer_range
from engine.masking.within import Within

_USUAL: dict[Kind, tuple[tuple[str, dict[str, object]], ...]] = {
    Kind.TEXT: (("token", {}), ("redact", {})),
    Kind.INTEGER: (("pseudonym", {}),),
    Kind.DECIMAL: (("number_noise", {}),),
    Kind.FLOAT: (("number_noise", {}),),
    Kind.BOOLEAN: (("category", {}), ("category", {"distinct": True})),
    Kind.ENUM: (("category", {}),),
    Kind.DATE: (("date_shift", {}),),
    Kind.TIMESTAMP: (("date_shift", {}),),
    Kind.TIMESTAMPTZ: (("date_shift", {}),),
    Kind.UUID: (("pseudonym", {}),),
    Kind.JSON: (("json_path", {"paths": {"$": "null"}}),),
    Kind.BINARY: (("blob", {}),),
}
_UNIQUE: dict[Kind, tuple[tuple[str, dict[str, object]], ...]] = {
    Kind.TEXT: (("pseudonym", {}), ("fpe", {"alphabet": "letters_digits"}), ("token", {})),
    Kind.JSON: (("token", {}),),
    Kind.BOOLEAN: (("category", {"distinct": True}),),
    Kind.DATE: (("date_shift", {}), ("pseudonym", {})),
    Kind.TIMESTAMP: (("date_shift", {}), ("pseudonym", {})),
    Kind.TIMESTAMPTZ: (("date_shift", {}), ("pseudonym", {})),
}
"""Where distinct values must stay distinct; other kinds have `pseudonym`. A date may follow a person who is part of the key."""
_EMPTY: dict[Kind, tuple[object, ...]] = {
    Kind.TEXT: ("x", "", "{}", "2000-01-01"),
    Kind.INTEGER: (0, 1),
    Kind.DECIMAL: (0, 1),
    Kind.FLOAT: (0, 1),
    Kind.BOOLEAN: (False, True),
    Kind.DATE: ("2000-01-01",),
    Kind.TIMESTAMP: ("2000-01-01T00:00:00",),
    Kind.TIMESTAMPTZ: ("2000-01-01T00:00:00",),
    Kind.TIME: ("00:00:00",),
    Kind.INTERVAL: ("00:00:00",),
    Kind.UUID: ("00000000-0000-0000-0000-000000000000",),
    Kind.JSON: ("{}", "[]"),
    Kind.XML: ("<x/>",),
    Kind.BINARY: ("", "00"),
    Kind.ARRAY: ("{}",),
}
_EMPTY_OTHER = {
    "tsvector": "", "tsquery": "", "hstore": "", "ltree": "", "lquery": "*", "inet": "0.0.0.0", "cidr": "0.0.0.0/32",
    "macaddr": "00:00:00:00:00:00", "macaddr8": "00:00:00:00:00:00:00:00", "point": "(0,0)", "line": "{1,0,0}",
    "lseg": "[(0,0),(0,0)]", "box": "(0,0),(0,0)", "path": "((0,0))", "polygon": "((0,0))", "circle": "<(0,0),0>",
    "money": "0", "oid": "0", "xid": "0", "pg_lsn": "0/0", "jsonpath": "$", "bit": "0", "name": "x", "citext": "x",
    "geometry": "POINT(0 0)", "year": "2000", "inet4": "0.0.0.0", "inet6": "::", "time with time zone": "00:00:00+00",
    "timetz": "00:00:00+00",
}  # fmt: skip
"""A harmless value of types that are carried as the database's own text."""
_EMPTY_ANY = ("", "x", "0")
"""Of columns whose every value has a type of its own."""
_SPATIAL = {
    "point": "POINT(0 0)", "linestring": "LINESTRING(0 0,1 1)", "polygon": "POLYGON((0 0,0 1,1 1,0 0))",
    "multipoint": "MULTIPOINT(0 0)", "multilinestring": "MULTILINESTRING((0 0,1 1))",
    "multipolygon": "MULTIPOLYGON(((0 0,0 1,1 1,0 0)))", "geometrycollection": "GEOMETRYCOLLECTION(POINT(0 0))",
    "geomcollection": "GEOMETRYCOLLECTION(POINT(0 0))",
}  # fmt: skip
"""In MariaDB and MySQL; some of these names are PostgreSQL's own types, written otherwise."""


def candidates(schema: Schema, subjects: Sequence[Subject]) -> list[Masker]:
    """Masks for columns that must be masked alike: one column, or a family of keys."""
    first = subjects[0]
    found = [masker for subject in subjects for masker in _in_partitions(schema, subject)]
    if any(_computed_with(schema, subject) for subject in subjects):
        found.append(make_masker("number_noise", {}))
    found += _usual(subjects)
    for subject in subjects:
        found += allowed(schema, subject)
    if all(subject.column.nullable for subject in subjects):
        found.append(make_masker("null", {}))
    if not any(subject.unique for subject in subjects):
        found += [make_masker("constant", {"value": value}) for value in _empty(first.column, schema.dialect)]
    kinds = {subject.column.kind for subject in subjects}
    return [masker for masker in found if kinds <= masker.kinds]


def _computed_with(schema: Schema, subject: Subject) -> bool:
    """Is it a number that a generated column computes with? Then one of another size may not fit that column."""
    if subject.unique or subject.key or subject.column.kind is not Kind.INTEGER:
        return False
    formulas = [column.generated for column in schema.table(subject.table).columns if column.generated is not None]
    conditions = [parse_condition(formula, schema.dialect) for formula in formulas]
    return any(found is None or subject.column.name in columns_of(found) for found in conditions)


def _in_partitions(schema: Schema, subject: Subject) -> Iterator[Masker]:
    """What keeps the rows of a partitioned table inside its partitions."""
    table = schema.table(subject.table)
    if plain_key(table) != subject.column.name or takes_all(table):
        return
    bounds = tuple(map(text_of, cuts(table, schema.dialect)))
    if bounds and subject.column.kind in Within.kinds and not by_list(table):
        yield Within(bounds=(*_ends(subject.column)[0], *bounds, *_ends(subject.column)[1]))
    if bounds and subject.column.kind in (Kind.TEXT, Kind.ENUM, Kind.INTEGER):
        yield make_masker("category", {"choices": bounds, "distinct": subject.unique})


def _ends(column: Column) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Bounds below and above all partitions, for those that are open to one side."""
    if column.kind is not Kind.INTEGER:
        return ("0001-01-02", "1900-01-01"), ("2100-01-01", "9999-12-31")
    low, high = integer_range(column)
    return (low,), (high,)


def _usual(subjects: Sequence[Subject]) -> Iterator[Masker]:
    kind = subjects[0].column.kind
    distinct = any(subject.unique or subject.key for subject in subjects)
    masks = _UNIQUE.get(kind, (("pseudonym", {}),)) if distinct else ()
    for name, options in (*masks, *_USUAL.get(kind, ())):
        yield make_masker(name, options)


def _empty(column: Column, dialect: str) -> tuple[object, ...]:
    if column.kind is Kind.ENUM:
        return column.enum[:1]
    if column.kind is Kind.BIT:
        return ("0" * (column.length or 1), "")
    if column.kind is not Kind.OTHER:
        return _EMPTY.get(column.kind, ())
    if column.fields:
        return (f"({',' * (column.fields - 1)})",)
    if dialect == "sqlite":
        return _EMPTY_ANY
    native = column.native.casefold().split("(")[0].strip()
    if dialect in ("mariadb", "mysql") and native in _SPATIAL:
        return (_SPATIAL[native],)
    return ("{}",) if native.endswith("multirange") else ("empty",) if native.endswith("range") else _other(native)


def _other(native: str) -> tuple[object, ...]:
    return (_EMPTY_OTHER[native],) if native in _EMPTY_OTHER else ()
