"""A child still finds its parent: both ends of every foreign key are kept, or masked alike in one domain."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import ForeignKey, Table
from engine.check_view import View, error
from engine.column_domains import ColumnName
from engine.domains import domain_spec, join, shape
from engine.masking.base import Masker
from engine.problems import Problem


def keys(view: View) -> Iterator[Problem]:
    for table in view.schema.tables:
        for key in table.foreign_keys:
            if view.has_rows(table.name) and view.has_rows(key.parent) and not severed(view, table.name, key):
                yield from _equality(view, table, key)
    yield from _said_twice(view)
    yield from _agreed(view)


def severed(view: View, table: TableName, key: ForeignKey) -> bool:
    """Is a part of the child's key nulled, so that it refers to nothing?"""
    nulled = [getattr(view.masker(table, name), "name", None) == "null" for name in key.columns]
    return all(nulled) if key.match_full else any(nulled)


def _equality(view: View, table: Table, key: ForeignKey) -> Iterator[Problem]:
    for name, parent_name in zip(key.columns, key.parent_columns, strict=True):
        parent = (key.parent, parent_name)
        if not view.decided(table.name, name) or not view.decided(*parent) or (table.name, name) == parent:
            continue
        child_masker, parent_masker = view.masker(table.name, name), view.masker(*parent)
        place = f"{key.parent}.{parent_name}"
        remedy = f"Give both the same mask, options and domain, or keep both ({key.name})."
        if child_masker != parent_masker or _built(view, (table.name, name)) or _built(view, parent):
            reason = f"{_words(child_masker)}, while {place}, which it refers to, {_words(parent_masker, 'is')}."
            yield error("foreign-key", reason, remedy, table.name, name)
        elif child_masker is not None and view.domains[table.name, name] != view.domains[parent]:
            reason = f"In domain {view.domains[table.name, name]!r}, while {place} is in {view.domains[parent]!r}."
            yield error("foreign-key-domain", reason, remedy, table.name, name)
        elif child_masker is not None and _shape(view, (table.name, name)) != _shape(view, parent):
            reason = f"Of another type than {place}, so the two are not masked alike."
            yield error("foreign-key-type", reason, "Keep both, or null this column.", table.name, name)


def _built(view: View, column: ColumnName) -> bool:
    """Does it depend on more than its own value?"""
    rule = view.rules.get(column)
    return (
        view.masker(*column) is not None and rule is not None and bool(rule.from_ or rule.by or len(rule.columns) > 1)
    )


def _words(masker: Masker | None, verb: str = "Is") -> str:
    return f"{verb} kept" if masker is None else f"{verb} masked by {masker.name}"


def _shape(view: View, column: ColumnName) -> str:
    return shape(view.schema.table(column[0]).column(column[1]))


def _said_twice(view: View) -> Iterator[Problem]:
    """One family of keys with two names for its domain: a person must say which."""
    for family in view.families.all():
        said = {rule.domain: member for member in family if (rule := view.rules.get(member)) and rule.domain}
        if len(said) > 1:
            table, name = family[0]
            reason = f"Columns joined by foreign keys are put into {len(said)} domains: {', '.join(sorted(filter(None, said)))}."
            yield error("key-domains", reason, "Name one domain for all of them.", table, name)


def _agreed(view: View) -> Iterator[Problem]:
    """Domains hold one shape of values, and stay what they were agreed to be under this key."""
    members: dict[str, list[ColumnName]] = {}
    for column, rule in view.rules.items():
        if column in view.domains and view.masker(*column) is not None and (rule.domain or view.families.name(column)):
            members.setdefault(view.domains[column], []).append(column)
    for name, columns in members.items():
        masker = view.masker(*columns[0])
        described = [view.schema.table(table).column(column) for table, column in columns]
        if masker is None:
            continue
        if len({shape(column) for column in described}) > 1:
            reason = f"Domain {name!r} holds columns of different types, whose equal values cannot be masked alike."
            yield error("domain-shape", reason, "Name another domain for one of them.", *columns[0])
            continue
        joined = join((view.agreed or {}).get(name), domain_spec(name, masker.name, masker.version, described))
        if joined.problem is not None:
            yield joined.problem
