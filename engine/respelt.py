"""Foreign keys whose rows find their parents only because the source's collation ignores how they are spelt: told before the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connectors.database import Database, Issue
from connectors.names import TableName
from connectors.schema import ForeignKey, Match, Schema, Table
from engine.plan import AS_IS, Plan, Treatment


@dataclass(frozen=True, slots=True)
class _Asked:
    table: Table
    key: ForeignKey
    caseless: bool
    """The target ignores case as well."""


def respelt_keys(
    plan: Plan,
    planned: Schema,
    there: Schema,
    names: Mapping[TableName, TableName],
    wire: Collection[TableName],
    source: Database,
) -> list[Issue]:
    """An Issue that blocks for each key that would lose parents. Asked only where the target's collation ignores less than the
    source's; a mask gives equal keys one spelling."""
    asked = [
        found
        for table in planned.tables
        if table.name not in wire
        for key in table.foreign_keys
        if (found := _asked(plan, planned, there, names, table, key)) is not None
    ]
    if not asked:
        return []
    with source.audit() as audit:
        return [
            _issue(one.table.name, one.key, count)
            for one in asked
            if (count := audit.respelt(one.table.name, one.key, caseless=one.caseless))
        ]


def _asked(
    plan: Plan, planned: Schema, there: Schema, names: Mapping[TableName, TableName], table: Table, key: ForeignKey
) -> _Asked | None:
    parent = planned.by_name.get(key.parent)
    goal = there.by_name.get(names[key.parent]) if parent is not None else None
    if parent is None or goal is None or not _kept(plan, table.name, key.columns):
        return None
    known = {column.name: column.folds for column in goal.columns}
    pairs = [(parent.column(name).folds, known.get(name, frozenset())) for name in key.parent_columns]
    if not _kept(plan, key.parent, key.parent_columns) or not any(ignored - still for ignored, still in pairs):
        return None
    return _Asked(table, key, caseless=all(Match.CASE in still for ignored, still in pairs if ignored))


def _kept(plan: Plan, table: TableName, columns: tuple[str, ...]) -> bool:
    decided = plan.tables[table]
    rules = [decided.rule(column) for column in columns]
    keeping = all(rule is not None and rule.masker is not None and rule.masker.name == "keep" for rule in rules)
    return decided.treatment in AS_IS or (decided.treatment is Treatment.MASK and keeping)


def _issue(table: TableName, key: ForeignKey, count: int) -> Issue:
    return Issue(
        "key-spelling",
        f"{count:,} rows find their parent under {key.name} only because the source ignores case, accents or spaces at the end, "
        "and the target does not.",
        "Spell these keys in the source as their parents are spelt, or mask the columns of the key.",
        table,
        key.columns[0],
        blocking=True,
    )
