"""What findings and the open plan say of a source's tables and columns. The words are the engine's: nothing is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from connectors.names import TableName
from connectors.schema import Column, Schema, Table
from desktop.backend.marks import Personal, PersonalMarks
from desktop.backend.plan_desk import open_plan
from desktop.backend.room import Room
from desktop.backend.shelf import Shelved
from desktop.models.schema import Decision, Marks, Settled
from engine.check_coverage import coverage
from engine.check_view import View
from engine.plan import AS_IS, Plan, Rule, Treatment
from engine.problems import PlanError
from engine.subset.declared import declared

_DECISIONS = {
    Treatment.MASK: Decision.MASK, Treatment.COPY: Decision.COPY, Treatment.EMPTY: Decision.EMPTY,
    Treatment.DROP: Decision.DROP, Treatment.PUBLIC: Decision.PUBLIC, Treatment.SYNTHESIZE: Decision.SYNTHESIZE,
}  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """A source's schema with what the open plan adds to it."""

    schema: Schema
    """With the foreign keys that only the plan declares."""
    personal: Personal | None = None
    plan: Plan | None = None
    """None: no plan is open for this source, or it cannot be read at the moment."""
    undecided: Mapping[TableName, frozenset[str]] = field(default_factory=dict)

    def decision(self, table: TableName) -> Decision:
        of = self.plan.tables.get(table) if self.plan is not None else None
        return _DECISIONS[of.treatment] if of is not None else Decision.NONE

    def entity(self, table: TableName, column: str) -> str:
        return (self.personal or {}).get(table, {}).get(column, "")

    def settled(self, table: Table, column: Column) -> tuple[Settled, str]:
        """How the column stands in the plan, and the mask or the reason."""
        if self.plan is None:
            return Settled.NOT_PLANNED, ""
        if column.name in self.undecided.get(table.name, ()):
            return Settled.UNDECIDED, ""
        of = self.plan.tables.get(table.name)
        if of is None or column.generated is not None:
            return Settled.NOT_PLANNED, ""
        if of.treatment in (Treatment.DROP, Treatment.EMPTY):
            return Settled.LEFT_OUT, ""
        if of.treatment in AS_IS:
            return Settled.AS_IS, of.reason or ""
        return _settled(of.rule(column.name))


def _settled(rule: Rule | None) -> tuple[Settled, str]:
    if rule is None:
        return Settled.NOT_PLANNED, ""
    if rule.masker is None:
        return (Settled.LEARNED, "") if rule.learn is not None else (Settled.UNDECIDED, "")
    if rule.masker.name == "keep":
        return Settled.KEPT, rule.reason or ""
    return Settled.MASKED, rule.masker.name


def planned(room: Room, connection: str, shelf: Shelved) -> Planned:
    """The schema of this reading with findings and the open plan, where that is about the same source."""
    personal = room.keep(PersonalMarks, PersonalMarks).of(connection)
    plan = open_plan_of(room, connection)
    if plan is None:
        return Planned(shelf.schema, personal)
    schema = declared(plan, shelf.schema)
    return Planned(schema, personal, plan, _undecided(plan, schema))


def open_plan_of(room: Room, connection: str) -> Plan | None:
    """The open plan, where it is about this source and can be read."""
    try:
        desk = open_plan(room)
        return desk.plan if desk.source == connection else None
    except (PlanError, LookupError):
        return None


def _undecided(plan: Plan, schema: Schema) -> dict[TableName, frozenset[str]]:
    """As the check of the plan counts them."""
    found: dict[TableName, set[str]] = {}
    for problem in coverage(View(plan, schema)):
        if problem.code == "undecided" and problem.table is not None and problem.column is not None:
            found.setdefault(problem.table, set()).add(problem.column)
        elif problem.code == "undecided-table" and problem.table is not None:
            found[problem.table] = {column.name for column in schema.table(problem.table).stored}
    return {table: frozenset(columns) for table, columns in found.items()}


def tables_said(shelf: Shelved, plan: Planned) -> Marks:
    """One number of each kind for each table."""
    personal = Counter({table: len(columns) for table, columns in (plan.personal or {}).items()})
    return Marks(
        shelf.stamp,
        np.array([personal[name] for name in shelf.order], np.int32),
        np.array([len(plan.undecided.get(name, ())) for name in shelf.order], np.int32),
        np.array([plan.decision(name) for name in shelf.order], np.int8),
        plan.personal is not None,
        plan.plan is not None,
    )
