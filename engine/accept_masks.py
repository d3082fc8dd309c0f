"""The masks that an undecided column can take, the more useful first and the surer last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.schema import Check, Column, Kind, Schema, Table
from engine.check_partitions import cuts, plain_key, takes_all
from engine.conditions import Values, Verdict, columns_of, judge, literals_of, parse_condition
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.masking.literals import integer_range
from engine.masking.within import Within

_USUAL: dict[Kind, tuple[tuple[str, dict[str, object]], ...]] = {
    Kind.TEXT: (("token", {}), ("redact", {})),
    Kind.INTEGER: (("pseudonym", {}),),
    Kind.DECIMAL: (("number_noise", {}),),
    Kind.FLOAT: (("number_noise", {}),),
    Kind.BOOLEAN: (("category", {}),),
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
    Kind.DATE: (("date_shift", {}), ("pseudonym", {})),
    Kind.TIMESTAMP: (("date_shift", {}), ("pseudonym", {})),
    Kind.TIMESTAMPTZ: (("date_shift", {}), ("pseudonym", {})),
}
"""Where distinct values must stay distinct; other kinds have `pseudonym`. A date may follow a person who is part of the key."""
_EMPTY: dict[Kind, tuple[object, ...]] = {
    Kind.TEXT: ("x", ""),
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


def candidates(schema: Schema, subjects: Sequence[Subject]) -> list[Masker]:
    """Masks for columns that must be masked alike: one column, or a family of keys."""
    first = subjects[0]
    found = [masker for subject in subjects for masker in _in_partitions(schema, subject)] + list(_usual(subjects))
    for subject in subjects:
        found += _allowed(schema, subject)
    if all(subject.column.nullable for subject in subjects):
        found.append(make_masker("null", {}))
    if not any(subject.unique for subject in subjects):
        found += [make_masker("constant", {"value": value}) for value in _empty(first.column)]
    kinds = {subject.column.kind for subject in subjects}
    return [masker for masker in found if kinds <= masker.kinds]


def _in_partitions(schema: Schema, subject: Subject) -> Iterator[Masker]:
    """What keeps the rows of a partitioned table inside its partitions."""
    table = schema.table(subject.table)
    if plain_key(table) != subject.column.name or takes_all(table):
        return
    bounds = tuple(map(_text, cuts(table, schema.dialect)))
    if bounds and subject.column.kind in Within.kinds:
        yield Within(bounds=(*_ends(subject.column)[0], *bounds, *_ends(subject.column)[1]))
    if bounds and subject.column.kind in (Kind.TEXT, Kind.ENUM, Kind.INTEGER):
        yield make_masker("category", {"choices": bounds})


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


def _allowed(schema: Schema, subject: Subject) -> Iterator[Masker]:
    """Choices among the values that the column's own CHECKs name and allow."""
    table = schema.table(subject.table)
    values = [value for value in _named(schema, table, subject.column) if _passes(schema, table, subject.column, value)]
    texts = tuple(_text(value) for value in values)
    chooses = subject.column.kind in (Kind.TEXT, Kind.ENUM, Kind.INTEGER)
    if len(texts) > 1 and chooses:
        yield make_masker("category", {"choices": texts})
    for value in texts:
        yield make_masker("constant", {"value": value})


def _checks(schema: Schema, table: Table, column: Column) -> Iterator[tuple[Check, Any]]:
    for check in table.checks:
        condition = parse_condition(check.expression, schema.dialect)
        if condition is not None and column.name.casefold() in {name.casefold() for name in columns_of(condition)}:
            yield check, condition


def _named(schema: Schema, table: Table, column: Column) -> list[Any]:
    """Literals in the conditions on this column, exact ones before their neighbours."""
    return list(
        dict.fromkeys(value for _, condition in _checks(schema, table, column) for value in literals_of(condition))
    )


def _passes(schema: Schema, table: Table, column: Column, value: Any) -> bool:
    values = {column.name: Values(only=(value,), null=False)}
    return all(judge(condition, values) is Verdict.PROVEN for _, condition in _checks(schema, table, column))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _empty(column: Column) -> tuple[object, ...]:
    if column.kind is Kind.ENUM:
        return column.enum[:1]
    if column.kind is Kind.BIT:
        return ("0" * (column.length or 1), "")
    if column.kind is not Kind.OTHER:
        return _EMPTY.get(column.kind, ())
    native = column.native.casefold().split("(")[0].strip()
    return ("empty",) if native.endswith("range") else ("{}",) if native.endswith("multirange") else _other(native)


def _other(native: str) -> tuple[object, ...]:
    return (_EMPTY_OTHER[native],) if native in _EMPTY_OTHER else ()
