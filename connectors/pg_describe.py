"""Catalog rows become a Schema. Partitions are folded into their root table, domains into their base types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.names import TableName
from connectors.pg_catalog import Rows
from connectors.pg_constraints import checks, exclusions, foreign_keys, indexes, uniques
from connectors.pg_scan import replace_words
from connectors.pg_types import PgType, base_type, quote
from connectors.schema import Check, Column, Kind, Match, Schema, Sequence, Table, Trigger, View

DEFAULT_SCHEMA = "public"
_BITS = {"int2": 16, "int4": 32, "int8": 64, "oid": 32}


@dataclass(frozen=True)
class Catalog:
    """A Schema, and what only PostgreSQL's own reader needs to know beside it."""

    schema: Schema
    types: Mapping[tuple[TableName, str], tuple[PgType, PgType]]
    """The declared type of each column and the type below its domain."""
    partitioned: frozenset[TableName]


def table_name(schema: str, name: str) -> TableName:
    return TableName(name, None if schema == DEFAULT_SCHEMA else schema)


def build(rows: Rows) -> Catalog:
    """The Schema that these rows describe."""
    names = {row.oid: table_name(row.schema, row.name) for row in rows.relations}
    numbered = {(row.relation, row.number): row.name for row in rows.columns}
    roots = _roots(rows)
    # A partition's own keys and checks are the root table's: rows are read and written there.
    tables = {row.oid: row for row in rows.relations if row.kind in "rp" and row.oid not in roots}
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in rows.relations:
        if row.oid in roots and row.kind != "p":
            parts[roots[row.oid]].append(row)
    context = _Context(names, numbered, roots, {row.oid: row for row in rows.relations})
    columns = _columns(rows, tables)
    keys, conditions = foreign_keys(rows, context), checks(rows, context)
    unique_keys, plain = uniques(rows, context), indexes(rows, context)
    excluding = exclusions(rows, context)
    parents = _parents(rows, names)
    described = tuple(
        Table(
            name=names[oid], columns=tuple(columns[oid]), uniques=tuple(unique_keys[oid]), foreign_keys=tuple(keys[oid]),
            checks=(*conditions[oid], *_domain_checks(rows, oid)), indexes=tuple(plain[oid]), comment=row.comment,
            estimated_rows=_estimate([row, *parts[oid]]), partitions=tuple(names[part.oid] for part in parts[oid]),
            partition_key=row.partition_key, inherits=tuple(parents[oid]),
            partition_bounds=tuple(part.partition_condition or "DEFAULT" for part in parts[oid]),
            exclusions=tuple(excluding[oid]),
        )
        for oid, row in tables.items()
    )  # fmt: skip
    types = {
        (names[row.relation], row.name): (rows.types[row.type], base_type(rows.types, row.type))
        for row in rows.columns
        if row.relation in tables
    }
    schema = Schema(
        dialect="postgresql", default_schema=DEFAULT_SCHEMA, tables=described, views=_views(rows),
        triggers=_triggers(rows, context), sequences=_sequences(rows, context),
        unreadable=tuple(_unreadable(rows, tables, names)), notes=rows.notes,
    )  # fmt: skip
    return Catalog(schema, types, frozenset(names[oid] for oid, row in tables.items() if row.kind == "p"))


@dataclass(frozen=True)
class _Context:
    """Oids and numbers by name."""

    names: Mapping[int, TableName]
    numbered: Mapping[tuple[int, int], str]
    roots: Mapping[int, int]
    relations: Mapping[int, Any]

    def root(self, oid: int) -> int:
        return self.roots.get(oid, oid)

    def columns(self, oid: int, numbers: Iterable[int] | None) -> tuple[str, ...]:
        return tuple(self.numbered[oid, number] for number in numbers or () if number > 0)


def _roots(rows: Rows) -> dict[int, int]:
    """The root table of every partition, however deep."""
    above = {row.child: row.parent for row in rows.inheritance if row.is_partition}

    def root(oid: int) -> int:
        while oid in above:
            oid = above[oid]
        return oid

    return {oid: root(oid) for oid in above}


def _parents(rows: Rows, names: Mapping[int, TableName]) -> dict[int, list[TableName]]:
    parents: dict[int, list[TableName]] = defaultdict(list)
    for row in rows.inheritance:
        if not row.is_partition and row.parent in names:
            parents[row.child].append(names[row.parent])
    return parents


def _estimate(relations: Iterable[Any]) -> int | None:
    known = [int(row.estimate) for row in relations if row.kind == "r" and row.estimate >= 0]
    return sum(known) if known else None


def _columns(rows: Rows, tables: Mapping[int, Any]) -> dict[int, list[Column]]:
    columns: dict[int, list[Column]] = defaultdict(list)
    for row in rows.columns:
        if row.relation in tables:
            columns[row.relation].append(_column(row, rows.types))
    return columns


def _column(row: Any, types: Mapping[int, PgType]) -> Column:
    declared, base = types[row.type], base_type(types, row.type)
    domains = _domains(types, declared)
    typmod = next((domain.typmod for domain in reversed(domains) if domain.typmod >= 0), row.typmod)
    precision, scale = _digits(base, typmod)
    return Column(
        name=row.name,
        native=_visible(domains[-1].below if domains else row.printed),
        kind=base.kind,
        nullable=not (row.required or any(domain.required for domain in domains)),
        length=_length(base, typmod),
        precision=precision,
        scale=scale,
        unsigned=base.builtin and base.name == "oid",
        default=None if row.generated else row.expression,
        identity={"a": "always", "d": "by default"}.get(row.identity),
        generated=row.expression if row.generated else None,
        comment=row.comment,
        enum=base.labels,
        fields=base.fields,
        domain=_visible(declared.printed) if domains else None,
        element=_visible(types[base.element].printed) if base.kind is Kind.ARRAY else None,
        collation=row.collation,
        folds=folded(base, row.folding_locale),
    )


def _domains(types: Mapping[int, PgType], type_: PgType) -> list[PgType]:
    """The domain and the domains below it, outermost first."""
    found = []
    while type_.base:
        found.append(type_)
        type_ = types[type_.base]
    return found


def _length(base: PgType, typmod: int) -> int | None:
    if base.kind is Kind.ENUM:
        return max(map(len, base.labels), default=0)
    if base.builtin and base.name in ("name", "char"):
        return 63 if base.name == "name" else 1
    if typmod < 0 or not base.builtin:
        return None
    return {"varchar": typmod - 4, "bpchar": typmod - 4, "bit": typmod, "varbit": typmod}.get(base.name)


def _digits(base: PgType, typmod: int) -> tuple[int | None, int | None]:
    """Precision and scale; none for a numeric whose scale is negative or larger than its precision: it travels as text."""
    if base.builtin and base.name in _BITS:
        return _BITS[base.name], None
    if base.kind is not Kind.DECIMAL or typmod < 0:
        return None, None
    precision, scale = (typmod - 4) >> 16 & 0xFFFF, ((typmod - 4 & 0x7FF) ^ 1024) - 1024
    return (precision, scale) if 0 <= scale <= precision else (None, None)


def folded(base: PgType, locale: str | None) -> frozenset[Match]:
    """What comparisons of this type ignore; `locale` is that of a nondeterministic ICU collation."""
    found = set()
    if base.name == "citext":
        found.add(Match.CASE)
    if base.builtin and base.name == "bpchar":
        found.add(Match.PAD)
    if locale is not None:
        # ICU's collation strength: level 1 ignores accents and case, level 2 case; kc brings case back.
        level = next((level for level in "1234" if f"ks-level{level}" in locale), "3")
        found |= {Match.ACCENT} if level == "1" else set()
        found |= {Match.CASE} if level in "12" and "kc" not in locale.split("-") else set()
    return frozenset(found)


def _visible(printed: str) -> str:
    """A type's name without the default schema, as a session with the usual search path prints it."""
    return printed.removeprefix(f"{DEFAULT_SCHEMA}.")


def _domain_checks(rows: Rows, relation: int) -> list[Check]:
    """The CHECKs of a column's domains, said of the column."""
    found = []
    for column in (row for row in rows.columns if row.relation == relation and rows.types[row.type].base):
        domains = {domain.oid for domain in _domains(rows.types, rows.types[column.type])}
        for row in rows.domain_checks:
            if row.type in domains:
                condition = replace_words(row.expression, "VALUE", quote(column.name))
                found.append(Check(row.name, condition, (column.name,), row.validated))
    return found


def _views(rows: Rows) -> tuple[View, ...]:
    return tuple(
        View(table_name(row.schema, row.name), row.definition, row.kind == "m")
        for row in rows.relations
        if row.kind in "vm"
    )


def _triggers(rows: Rows, context: _Context) -> tuple[Trigger, ...]:
    return tuple(
        Trigger(row.name, context.names[context.root(row.relation)], row.definition, row.enabled)
        for row in rows.triggers
    )


def _sequences(rows: Rows, context: _Context) -> tuple[Sequence, ...]:
    found = []
    for row in rows.relations:
        if row.kind == "S":
            owner = context.numbered.get((row.owner, row.owner_column))
            table = context.names.get(context.root(row.owner)) if owner else None
            name = table_name(row.schema, row.name)
            found.append(Sequence(name, row.sequence_type, (table, owner) if table and owner else None))
    return tuple(found)


def _unreadable(
    rows: Rows, tables: Mapping[int, Any], names: Mapping[int, TableName]
) -> Iterable[tuple[TableName, str]]:
    closed: dict[int, list[str]] = defaultdict(list)
    for row in rows.columns:
        if not row.readable:
            closed[row.relation].append(row.name)
    for oid, row in tables.items():
        if not row.visible:
            yield names[oid], f"this login has no USAGE on schema {row.schema}"
        elif not row.readable and closed[oid]:
            yield names[oid], f"this login has no SELECT on {', '.join(closed[oid])}"
        elif not row.readable and not any(column.relation == oid for column in rows.columns):
            yield names[oid], "this login has no SELECT on it"
