"""How many columns of each table are decided, and how many block the run: as `check` counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.plan import Plan, TablePlan, Treatment

RULED = (Treatment.MASK, Treatment.SYNTHESIZE)
"""Treatments under which every column needs a decision of its own."""


@dataclass(frozen=True, slots=True)
class Counts:
    masked: int
    """Masked or made."""
    kept: int
    undecided: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.masked + other.masked, self.kept + other.kept, self.undecided + other.undecided)


NOTHING = Counts(0, 0, 0)


def counted(plan: Plan, schema: Schema | None) -> Mapping[TableName, Counts]:
    """Of every table of the plan and the schema; without a schema, of what the plan names."""
    if schema is None:
        return {name: _named(table) for name, table in plan.tables.items()}
    return {table.name: _of(plan.tables.get(table.name), table) for table in schema.tables}


def _named(table: TablePlan) -> Counts:
    if table.treatment not in RULED:
        return NOTHING
    undecided = sum(len(rule.columns) for rule in table.rules if not rule.decided)
    kept = sum(len(rule.columns) for rule in table.rules if rule.masker is not None and rule.masker.name == "keep")
    return Counts(sum(len(rule.columns) for rule in table.rules) - undecided - kept, kept, undecided)


def _of(decided: TablePlan | None, table: Table) -> Counts:
    if decided is not None and decided.treatment not in RULED:
        return NOTHING
    rules = {column: rule for rule in decided.rules for column in rule.columns} if decided is not None else {}
    masked = kept = undecided = 0
    for column in table.stored:
        rule = rules.get(column.name)
        if rule is None or not rule.decided:
            undecided += 1
        elif rule.masker is not None and rule.masker.name == "keep":
            kept += 1
        else:
            masked += 1
    return Counts(masked, kept, undecided)
