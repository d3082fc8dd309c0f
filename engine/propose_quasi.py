"""Columns that single people out together: said beside the decisions on them, as a proposal and never as a fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from connectors.names import TableName
from engine.plan import Rule, TablePlan
from engine.profiling.finding import QuasiSet
from engine.profiling.percent import percent


def with_quasi(tables: Mapping[TableName, TablePlan], sets: Iterable[QuasiSet]) -> Mapping[TableName, TablePlan]:
    """The proposals, with the set that says most of a column in the reason of what is kept or undecided."""
    said: dict[tuple[TableName, str], QuasiSet] = {}
    for found in sorted(sets, key=lambda each: each.unique):
        said |= {(found.table, column): found for column in found.columns}
    return {
        name: replace(plan, rules=tuple(_with(rule, said.get((name, rule.columns[0]))) for rule in plan.rules))
        for name, plan in tables.items()
    }


def _with(rule: Rule, found: QuasiSet | None) -> Rule:
    if found is None or not (rule.masker is None or rule.masker.name == "keep"):
        return rule
    others = ", ".join(column for column in found.columns if column not in rule.columns)
    together = f"together with {others} " if others else ""
    words = f"{together}it singles out {percent(found.unique)} of the rows: generalise it (date_band, number_bucket, category)?"
    return replace(rule, reason=f"{rule.reason}; {words}")
