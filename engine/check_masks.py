"""Every mask fits its column: type, NULL, length, the columns it is built from and the person it follows."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.schema import Table
from engine.check_coverage import meant
from engine.check_view import View, error, warning
from engine.masking.base import Masker
from engine.person_key import person_keys
from engine.pipeline import in_order
from engine.plan import Rule, Treatment
from engine.problems import PlanError, Problem


def masks(view: View) -> Iterator[Problem]:
    for table in view.tables(Treatment.MASK):
        rules = [rule for rule in view.plan.tables[table.name].rules if _known(table, rule)]
        for rule in rules:
            if rule.masker is not None and rule.masker.name != "keep":
                yield from _rule(view, table, rule, rule.masker)
        try:
            in_order(table.name, tuple(rules))
        except PlanError as circle:
            yield from circle.problems


def _known(table: Table, rule: Rule) -> bool:
    return set(rule.columns) <= {column.name for column in table.stored}


def _rule(view: View, table: Table, rule: Rule, masker: Masker) -> Iterator[Problem]:
    yield from _parts(table, rule, masker)
    for name in rule.columns:
        subject = view.subjects[table.name, name]
        yield from masker.check(subject)
        for other in masker.reads_columns(subject):
            yield from _reads(table, name, other, masker.name)
    yield from _from(view, table, rule)
    yield from _by(view, table, rule)


def _parts(table: Table, rule: Rule, masker: Masker) -> Iterator[Problem]:
    first = rule.columns[0]
    if not masker.roles or (masker.several and not rule.roles):
        if len(rule.columns) > 1 and not masker.several:
            reason = f"{masker.name} masks one column, and this rule names {len(rule.columns)}."
            yield error("mask-columns", reason, "Write one line per column.", table.name, first)
        return
    if len(rule.roles) != len(rule.columns):
        reason = f"{masker.name} must be told what each column holds."
        remedy = f"Write roles = [...], one per column, of {', '.join(masker.roles)}."
        yield error("mask-roles", reason, remedy, table.name, first)
    for role in set(rule.roles) - set(masker.roles):
        reason = f"{masker.name} knows no part {role!r}.{meant(role, masker.roles)}"
        yield error("mask-roles", reason, f"Use {', '.join(masker.roles)}.", table.name, first)


def _reads(table: Table, name: str, other: str, mask: str) -> Iterator[Problem]:
    if other not in {column.name for column in table.stored}:
        reason = f"{mask} is told to read {other!r}, and the table has no such stored column."
        yield error("unknown-column", reason, "Correct the option.", table.name, name)


def _from(view: View, table: Table, rule: Rule) -> Iterator[Problem]:
    first = rule.columns[0]
    stored = {column.name for column in table.stored}
    for name in rule.from_:
        if name not in stored:
            reason = f"It is built from {name!r}, and the table has no such stored column.{meant(name, stored)}"
            yield error("unknown-column", reason, "Correct `from`.", table.name, first)
    # Synthetic rows have no value that another table has.
    if rule.from_ and rule.by is None and view.treatment(table.name) is not Treatment.SYNTHESIZE:
        reason = "Built from other columns of its row, so equal values in other tables no longer come out equal."
        remedy = 'Name the person with `by = "..."`, take `from` away, or accept this warning.'
        yield warning("from-loses-equality", reason, remedy, table.name, first)


def _by(view: View, table: Table, rule: Rule) -> Iterator[Problem]:
    if rule.by is None:
        return
    found = person_keys(view.schema, table, rule.by)
    first = rule.columns[0]
    remedy = "Name a column of this table, or KEY.COLUMN along its foreign keys."
    if not found:
        yield error("by-unknown", f"{rule.by!r} leads to no column.", remedy, table.name, first)
    elif len(found) > 1:
        reason = f"{rule.by!r} can be read in {len(found)} ways, along different foreign keys."
        yield error("by-ambiguous", reason, remedy, table.name, first)
    elif view.schema.table(found[0].table).column(found[0].column).generated is not None and not found[0].path:
        yield error("by-generated", f"{rule.by!r} is computed by the database.", remedy, table.name, first)
