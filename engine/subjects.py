"""What the schema says about every column, put together once for the check and for the pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from connectors.schema import Column, Kind, Match, Schema, Table, Unique
from engine.column_domains import ColumnName, KeyFamilies, column_domains, key_families, rules_by_column
from engine.domains import DomainSpec, integer_bits
from engine.index_keys import compared_columns, index_folds
from engine.masking.base import Subject
from engine.plan import Plan


def all_subjects(
    plan: Plan,
    schema: Schema,
    domains: Mapping[ColumnName, str] | None = None,
    agreed: Mapping[str, DomainSpec] | None = None,
) -> dict[ColumnName, Subject]:
    """The subject of every column. Uniqueness, and what comparisons ignore, spread along foreign keys, and width is the narrowest of
    the domain, so that a value is masked the same in every column where it stands."""
    domains = domains if domains is not None else column_domains(plan, schema)
    families = key_families(schema)
    unique = {
        member
        for table in schema.tables
        for name in unique_columns(table, schema.dialect)
        for member in families.of((table.name, name))
    }
    keys = set(_key_columns(schema))
    widths = _integer_widths(schema, domains, agreed or {})
    lengths = {member: length for family in families.all() for member, length in _family_lengths(schema, family)}
    folds = _folds(schema, families)
    rules = rules_by_column(plan)
    subjects = {}
    for table in schema.tables:
        told = row_key(table)
        for column in table.columns:
            here = (table.name, column.name)
            rule = rules.get(here)
            role = (
                rule.roles[rule.columns.index(column.name)] if rule and len(rule.roles) == len(rule.columns) else None
            )
            narrowed = _narrowed(column, widths.get(domains[here]), lengths.get(here))
            if here in folds:
                narrowed = replace(narrowed, folds=narrowed.folds | folds[here])
            subjects[here] = Subject(table.name, narrowed, here in unique, here in keys, role, told)
    return subjects


def unique_columns(table: Table, dialect: str) -> set[str]:
    """The columns whose distinct values must stay distinct for a unique key to hold."""
    excluding = {name for exclusion in table.exclusions for name in exclusion.columns}
    keys = [unique for unique in table.uniques if not carried(unique, table)]
    return excluding | {name for unique in keys for name in compared_columns(unique, table, dialect)}


def row_key(table: Table) -> tuple[str, ...]:
    """The stored columns that tell a row from every other: the primary key (whose parts SQLite lets be NULL), or a unique key that
    is never NULL."""
    stored = {column.name: column for column in table.stored}
    for unique in sorted(table.uniques, key=lambda unique: (not unique.primary, len(unique.columns), unique.columns)):
        plain = not unique.where and not unique.expression
        if plain and all(name in stored and (unique.primary or not stored[name].nullable) for name in unique.columns):
            return unique.columns
    return ()


def _folds(schema: Schema, families: KeyFamilies) -> dict[ColumnName, frozenset[Match]]:
    """What unique indexes such as lower(name), and the other columns of a key, ignore in a column beside its own collation."""
    found: dict[ColumnName, frozenset[Match]] = {}
    for table in schema.tables:
        for name, folds in index_folds(table, schema.dialect):
            for member in families.of((table.name, name)) if folds else ():
                found[member] = found.get(member, frozenset()) | folds
    for family in families.all():
        known = [(table, name) for table, name in family if table in schema.by_name]
        folds = frozenset(match for table, name in known for match in schema.table(table).column(name).folds)
        for member in known if folds else ():
            found[member] = found.get(member, frozenset()) | folds
    return found


def carried(unique: Unique, table: Table) -> bool:
    """Does a smaller unique key of the same table hold this one up, whatever happens to its other columns?"""
    return not unique.expression and any(
        set(other.columns) < set(unique.columns)
        and not other.where
        and not other.expression
        and (unique.nulls_distinct or all(not table.column(name).nullable for name in other.columns))
        for other in table.uniques
    )


def _key_columns(schema: Schema) -> Iterator[ColumnName]:
    for table in schema.tables:
        for name in table.primary_key:
            yield table.name, name
        for key in table.foreign_keys:
            for child, parent in zip(key.columns, key.parent_columns, strict=True):
                yield table.name, child
                yield key.parent, parent


def _integer_widths(
    schema: Schema, domains: Mapping[ColumnName, str], agreed: Mapping[str, DomainSpec]
) -> dict[str, int]:
    """Bits of the narrowest integer column of each domain; what is agreed beside the key goes first."""
    widths: dict[str, int] = {}
    for table in schema.tables:
        for column in table.columns:
            if column.kind is Kind.INTEGER and (bits := integer_bits(column)) is not None:
                domain = domains[table.name, column.name]
                widths[domain] = min(bits, widths.get(domain, bits))
    return widths | {name: spec.bits for name, spec in agreed.items() if spec.bits is not None and name in widths}


def _family_lengths(schema: Schema, family: tuple[ColumnName, ...]) -> Iterator[tuple[ColumnName, int]]:
    members = [(table, name) for table, name in family if table in schema.by_name]
    lengths = [length for table, name in members if (length := schema.table(table).column(name).length) is not None]
    for member in members if lengths else []:
        yield member, min(lengths)


def _narrowed(column: Column, bits: int | None, length: int | None) -> Column:
    if column.kind is Kind.INTEGER and bits is not None and bits != column.precision:
        return replace(column, precision=bits)
    if column.kind in (Kind.TEXT, Kind.BINARY) and length is not None and length != column.length:
        return replace(column, length=length)
    return column
