"""Every table and every column has exactly one decision, and every decision names something that exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from connectors.schema import Table
from engine.check_view import View, error, warning
from engine.plan import TablePlan, Treatment
from engine.problems import Problem

REPLAN = "Run `lookalike plan` again: it keeps your decisions and proposes for what is new."


_DECIDE = {
    Treatment.MASK: 'Write { mask = "..." } or { keep = "why" }; `lookalike plan --accept` takes the safest mask.',
    Treatment.SYNTHESIZE: 'Write { learn = "paid" }, { mask = "..." }, or { new = "key" }.',
}


def coverage(view: View) -> Iterator[Problem]:
    yield from _unknown_tables(view)
    unreadable = dict(view.schema.unreadable)
    for name, reason in unreadable.items():
        if view.treatment(name) not in (Treatment.DROP, Treatment.EMPTY):
            remedy = "Grant SELECT on it, or give the table the treatment empty or drop."
            yield error("unreadable-table", f"The login may not read this table: {reason}.", remedy, name)
    for table in view.schema.tables:
        decided = view.plan.tables.get(table.name)
        if decided is None:
            yield error("undecided-table", "The plan does not name this table.", REPLAN, table.name)
        elif decided.treatment in (Treatment.MASK, Treatment.SYNTHESIZE):
            yield from _columns(table, decided)
        elif decided.treatment is Treatment.COPY:
            yield from _copy(table, decided)


def _unknown_tables(view: View) -> Iterator[Problem]:
    known = {str(name): name for name in (*view.schema.by_name, *dict(view.schema.unreadable))}
    for name in view.plan.tables:
        if name not in view.schema.by_name and str(name) not in known:
            reason = f"The database has no such table.{meant(str(name), known)}"
            yield error("unknown-table", reason, "Correct the name or take the section out.", name)


def _columns(table: Table, decided: TablePlan) -> Iterator[Problem]:
    known = {column.name: column for column in table.columns}
    named = Counter(name for rule in decided.rules for name in rule.columns)
    for name, times in named.items():
        if name not in known:
            reason = f"The table has no such column.{meant(name, known)}"
            yield error("unknown-column", reason, "Correct the name or take the line out.", table.name, name)
        elif times > 1:
            reason = f"{times} rules name this column."
            yield error("duplicate-decision", reason, "Leave one of them.", table.name, name)
    for column in table.stored:
        rule = decided.rule(column.name)
        if rule is None:
            yield error("undecided", "The plan does not name this column.", REPLAN, table.name, column.name)
        elif not rule.decided:
            reason = (
                f"Nobody has decided this column: {rule.reason}." if rule.reason else "Nobody has decided this column."
            )
            remedy = _DECIDE[decided.treatment]
            yield error("undecided", reason.replace("..", "."), remedy, table.name, column.name)
    for column in table.columns:
        if column.generated is not None and named[column.name]:
            reason = "The database computes this column itself, from the masked values."
            yield error("mask-generated", reason, "Take the line out.", table.name, column.name)


def _copy(table: Table, decided: TablePlan) -> Iterator[Problem]:
    if not (decided.reason or "").strip():
        reason = "The table is copied unmasked and nobody says why."
        yield error("copy-reason", reason, 'Write reason = "..." in its section.', table.name)
    if any(rule.masker is not None and rule.masker.name != "keep" for rule in decided.rules):
        reason = "The table is copied, so its masks are not applied."
        yield warning("copy-masks", reason, 'Write treatment = "mask", or take the masks out.', table.name)


def meant(word: str, known: Collection[str]) -> str:
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), folded, n=1)
    return f" Did you mean {folded[close[0]]}?" if close else ""
