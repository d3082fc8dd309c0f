"""What [assess] of a plan names is there: its tables, columns, attacks, metrics and policy."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from engine import quality, risk
from engine.assessment.policy import PolicyError, read_policy
from engine.check_coverage import meant
from engine.check_subset import CORRECT, unknown_table
from engine.check_view import View, error
from engine.plan import Treatment
from engine.problems import Problem

NO_ROWS = (Treatment.DROP, Treatment.EMPTY)


def assess(view: View) -> Iterator[Problem]:
    spec = view.plan.assess
    if spec is None:
        return
    for name in spec.people:
        yield from _people(view, name)
    for word in ("quasi_identifiers", "sensitive"):
        for name, columns in getattr(spec, word).items():
            yield from _columns(view, name, columns, word)
    known = (*risk.registry(), *quality.registry())
    for skipped in spec.skip:
        if skipped not in known:
            reason = f"[assess] skips {skipped}, and no attack or metric is called so.{meant(skipped, list(known))}"
            yield error("assess-skip", reason, CORRECT)
    if spec.policy is not None:
        try:
            read_policy(spec.policy, view.plan.folder)
        except PolicyError as wrong:
            yield error("assess-policy", str(wrong), CORRECT)


def _people(view: View, name: TableName) -> Iterator[Problem]:
    table = view.schema.by_name.get(name)
    if table is None:
        yield unknown_table(view, name, "[assess] people")
    elif not table.primary_key:
        reason = "It is to be a table of people, and has no primary key: whose each row is cannot be told."
        yield error("assess-people", reason, "Name another table, or give it a primary key.", name)
    elif (plan := view.plan.tables.get(name)) is not None and plan.treatment in NO_ROWS:
        reason = "It is to be a table of people, and none of its rows comes into the target."
        yield error("assess-people", reason, "Take it out of [assess] people.", name)


def _columns(view: View, name: TableName, columns: tuple[str, ...], word: str) -> Iterator[Problem]:
    table = view.schema.by_name.get(name)
    if table is None:
        yield unknown_table(view, name, f"[assess.{word}]")
        return
    known = [column.name for column in table.columns]
    for column in columns:
        if column not in known:
            yield error("assess-column", f"The table has no such column.{meant(column, known)}", CORRECT, name, column)
