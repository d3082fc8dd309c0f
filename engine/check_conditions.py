"""Every CHECK holds for masked rows: proven from what the masks promise, or tried on masked rows, or a person accepts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from connectors.schema import Check, Table
from engine.check_view import View, error, warning
from engine.condition_text import bare, columns_of, parse_condition
from engine.condition_values import Values
from engine.conditions import Verdict, judge
from engine.outputs import outputs
from engine.person_key import person_keys
from engine.plan import Rule, Treatment
from engine.problems import Problem

Trial = Callable[[Table, Check], bool | None]
"""Do masked sample rows pass? None where there was nothing to try."""


def conditions(view: View, trial: Trial | None = None) -> Iterator[Problem]:
    for found in unproven(view, trial):
        yield _problem(view, found)


def verdict(view: View, table: Table, check: Check) -> Verdict:
    """Judged without a row."""
    if _recombined(view, table, check):
        return Verdict.PROVEN
    masked = masked_values(view, table)
    condition = parse_condition(check.expression, view.schema.dialect)
    if condition is None:
        read = set(check.columns or [column.name for column in table.columns])
        return Verdict.UNKNOWN if read & set(masked) else Verdict.PROVEN
    return judge(condition, masked)


def _recombined(view: View, table: Table, check: Check) -> bool:
    """Does it read only columns of one rule whose values change rows and nothing else?"""
    read = read_columns(view, table, check)
    rule = view.rules.get((table.name, read[0])) if read else None
    masker = view.masker(table.name, read[0]) if read else None
    return masker is not None and rule is not None and masker.recombines() and set(read) <= set(rule.columns)


def masked_values(view: View, table: Table) -> dict[str, Values]:
    """What each masked column can hold, and each generated column that reads one; kept ones are left out."""
    found = {}
    for column in table.columns:
        masker, rule = view.masker(table.name, column.name), view.rules.get((table.name, column.name))
        if masker is not None and rule is not None:
            found[column.name] = outputs(
                masker,
                view.subjects[table.name, column.name],
                _of_every_row(view, table, rule),
                view.domains[table.name, column.name] if not rule.by and not rule.from_ else None,
                rule.columns,
            )
    for column in table.columns:
        if column.generated is not None and _reads(column.generated, set(found), view.schema.dialect):
            found[column.name] = Values()
    return found


def _of_every_row(view: View, table: Table, rule: Rule) -> str | None:
    """The rule's person key, where every row of the table surely has one."""
    found = person_keys(view.schema, table, rule.by) if rule.by else []
    if len(found) != 1:
        return None
    at, columns = table, list[str]()
    for key in found[0].path:
        columns += [name for name in key.columns if at.column(name).nullable or not key.validated]
        at = view.schema.table(key.parent)
    return None if columns or at.column(found[0].column).nullable else rule.by


def _reads(expression: str, masked: set[str], dialect: str) -> bool:
    parsed = parse_condition(expression, dialect)
    return bool(masked) if parsed is None else bool(columns_of(parsed) & masked)


@dataclass(frozen=True, slots=True)
class Unproven:
    """A condition that masked rows may break, or do."""

    table: Table
    check: Check
    columns: tuple[str, ...]
    """The masked columns that it reads."""
    verdict: Verdict
    tried: bool | None = None


def unproven(view: View, trial: Trial | None = None) -> Iterator[Unproven]:
    """Every condition that is not proven, with what a trial says of it."""
    for table in view.tables(Treatment.MASK):
        for check in table.checks:
            judged = verdict(view, table, check)
            if judged is not Verdict.PROVEN:
                masked = masked_values(view, table)
                columns = tuple(name for name in read_columns(view, table, check) if name in masked)
                tried = trial(table, check) if trial and judged is Verdict.UNKNOWN else None
                yield Unproven(table, check, columns, judged, tried)


def _problem(view: View, found: Unproven) -> Problem:
    table, check = found.table, found.check
    column = found.columns[0] if found.columns else None
    masker = view.masker(table.name, column) if column else None
    if found.verdict is Verdict.REFUTED:
        reason = f"{masker.name if masker else 'A mask'} gives values that the condition {check.name} refuses."
        return error("check-refuted", reason, "Choose a mask whose values it allows.", table.name, column)
    if found.tried:
        reason = f"The condition {check.name} held for all masked sample rows; it is not proven for the others."
        return warning("check-tried", reason, "Accept it, or choose a mask that proves it.", table.name, column)
    if found.tried is None:
        reason = f"It is not known whether masked rows pass the condition {check.name}."
        return error("check-unknown", reason, remedy(view, found), table.name, column)
    reason = f"Masked sample rows break the condition {check.name}."
    return error("check-refuted", reason, remedy(view, found), table.name, column)


_ORDER = (exp.LT, exp.LTE, exp.GT, exp.GTE)


def remedy(view: View, found: Unproven) -> str:
    """What to do about a condition that masked rows may break."""
    condition = parse_condition(found.check.expression, view.schema.dialect)
    ordered = condition is not None and any(
        isinstance(bare(node.this), exp.Column) and isinstance(bare(node.expression), exp.Column)
        for node in condition.find_all(*_ORDER)
    )
    names = [view.masker(found.table.name, name) for name in found.columns]
    if ordered and any(masker is not None and masker.properties.bijective for masker in names):
        return "No mask of keys keeps their order: keep both columns with a reason, null one, or drop the condition in the target."
    if found.tried is None:
        return "Try it on a sample, accept it, or choose another mask."
    return "Choose a mask whose values it allows."


def read_columns(view: View, table: Table, check: Check) -> list[str]:
    """The columns of the table that a condition reads, in the table's order; all of them where that is not known."""
    condition = parse_condition(check.expression, view.schema.dialect)
    read = {name.casefold() for name in (columns_of(condition) if condition is not None else check.columns)}
    named = [column.name for column in table.columns if column.name.casefold() in read]
    return named or [column.name for column in table.columns]
