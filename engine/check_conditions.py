"""Every CHECK holds for masked rows: proven from what the masks promise, or tried on masked rows, or a person accepts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.schema import Check, Table
from engine.check_view import View, error, warning
from engine.conditions import KEPT, Values, Verdict, columns_of, judge, parse_condition
from engine.outputs import outputs
from engine.plan import Treatment
from engine.problems import Problem

Trial = Callable[[Table, Check], bool | None]
"""Do masked sample rows pass? None where there was nothing to try."""


def conditions(view: View, trial: Trial | None = None) -> Iterator[Problem]:
    for table in view.tables(Treatment.MASK):
        for check in table.checks:
            yield from _condition(view, table, check, trial)


def verdict(view: View, table: Table, check: Check) -> Verdict:
    """Judged without a row."""
    masked = masked_values(view, table)
    condition = parse_condition(check.expression, view.schema.dialect)
    if condition is None:
        read = set(check.columns or [column.name for column in table.columns])
        return Verdict.UNKNOWN if read & set(masked) else Verdict.PROVEN
    return judge(condition, masked)


def masked_values(view: View, table: Table) -> dict[str, Values]:
    """What each masked column can hold, and each generated column that reads one; kept ones are left out."""
    found = {}
    for column in table.columns:
        masker, rule = view.masker(table.name, column.name), view.rules.get((table.name, column.name))
        if masker is not None and rule is not None:
            found[column.name] = outputs(masker, view.subjects[table.name, column.name], rule)
    for column in table.columns:
        if column.generated is not None and _reads(column.generated, set(found), view.schema.dialect):
            found[column.name] = Values()
    return found


def _reads(expression: str, masked: set[str], dialect: str) -> bool:
    parsed = parse_condition(expression, dialect)
    return bool(masked) if parsed is None else bool(columns_of(parsed) & masked)


def _condition(view: View, table: Table, check: Check, trial: Trial | None) -> Iterator[Problem]:
    judged = verdict(view, table, check)
    if judged is Verdict.PROVEN:
        return
    masked = masked_values(view, table)
    column = next((name for name in read_columns(view, table, check) if masked.get(name, KEPT) is not KEPT), None)
    masker = view.masker(table.name, column) if column else None
    mask = masker.name if masker else "a mask"
    if judged is Verdict.REFUTED:
        reason = f"{mask} gives values that the condition {check.name} refuses."
        yield error("check-refuted", reason, "Choose a mask whose values it allows.", table.name, column)
        return
    tried = trial(table, check) if trial else None
    if tried:
        reason = f"The condition {check.name} held for all masked sample rows; it is not proven for the others."
        yield warning("check-tried", reason, "Accept it, or choose a mask that proves it.", table.name, column)
    elif tried is None:
        reason = f"It is not known whether masked rows pass the condition {check.name}."
        yield error(
            "check-unknown", reason, "Try it on a sample, accept it, or choose another mask.", table.name, column
        )
    else:
        reason = f"Masked sample rows break the condition {check.name}."
        yield error("check-refuted", reason, "Choose a mask whose values it allows.", table.name, column)


def read_columns(view: View, table: Table, check: Check) -> list[str]:
    """The columns of the table that a condition reads, in the table's order; all of them where that is not known."""
    condition = parse_condition(check.expression, view.schema.dialect)
    read = {name.casefold() for name in (columns_of(condition) if condition is not None else check.columns)}
    named = [column.name for column in table.columns if column.name.casefold() in read]
    return named or [column.name for column in table.columns]
