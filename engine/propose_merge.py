"""What becomes of a proposal before it is a plan: rules that do not fit are withdrawn, and a person's decisions stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.check import all_problems
from engine.check_view import View
from engine.column_domains import key_families
from engine.lock import Lock, proposal_data
from engine.plan import Plan, Rule, TablePlan
from engine.plan_toml_write import rule_data
from engine.problems import errors


def withdrawn(plan: Plan, schema: Schema, ours: Plan) -> Plan:
    """The plan without rules of ours in which the check finds an error: they are undecided, with the reason, and so are all that
    belong to their family of keys. A person's rules stay, and the check speaks of them."""
    families = key_families(schema)
    while faults := list(_faults(plan, schema, ours)):
        tables = dict(plan.tables)
        for table_name, rule, reason in faults:
            columns = {member for name in rule.columns for member in families.of((table_name, name))}
            for table in {name for name, _ in columns} & tables.keys():
                names = {column for name, column in columns if name == table}
                mine = ours.tables[table].rules if table in ours.tables else ()
                tables[table] = replace(tables[table], rules=tuple(_open(tables[table].rules, mine, names, reason)))
        plan = replace(plan, tables=tables)
    return plan


def _faults(plan: Plan, schema: Schema, ours: Plan) -> Iterator[tuple[TableName, Rule, str]]:
    for problem in errors(all_problems(View(plan, schema))):
        if problem.table is None or problem.column is None or problem.table not in plan.tables:
            continue
        rule = plan.tables[problem.table].rule(problem.column)
        mine = ours.tables[problem.table].rules if problem.table in ours.tables else ()
        if rule is not None and rule.decided and rule in mine:
            yield problem.table, rule, problem.reason


def _open(rules: Iterable[Rule], mine: Collection[Rule], names: set[str], why: str) -> Iterator[Rule]:
    for rule in rules:
        if rule.decided and rule in mine and names & set(rule.columns):
            masker = rule.masker.name if rule.masker else ""
            yield from (
                Rule((name,), None, f"{rule.reason}; {masker} does not fit: {why.rstrip('.')}") for name in rule.columns
            )
        else:
            yield rule


def merged(
    proposed: TablePlan, table: Table, previous: Plan | None, lock: Lock | None, *, anew: bool = False
) -> TablePlan:
    """The earlier plan's decisions, and ours for the rest. `anew`: by another policy, so that none of our earlier ones stays."""
    before = previous.tables.get(table.name) if previous else None
    if before is None:
        return proposed
    stored = {column.name for column in table.stored}
    kept = [
        rule
        for rule in before.rules
        if set(rule.columns) <= stored and _persons(rule, table.name, proposed, lock, anew)
    ]
    taken = {name for rule in kept for name in rule.columns}
    fresh: list[Rule] = []
    for rule in proposed.rules:
        if not taken & set(rule.columns):
            fresh.append(rule)
        elif len(rule.columns) > 1:
            reason = "part of an address whose other parts were decided one by one"
            fresh += [Rule((name,), None, reason) for name in rule.columns if name not in taken]
    order = {column.name: place for place, column in enumerate(table.columns)}
    rules = sorted([*kept, *fresh], key=lambda rule: order[rule.columns[0]])
    return replace(before, rules=tuple(rules))


def _persons(rule: Rule, table: TableName, proposed: TablePlan, lock: Lock | None, anew: bool) -> bool:
    """Does the earlier rule stay? A person's always; ours where the new proposal knows no better."""
    if not rule.decided:
        return False
    last = lock.proposal.get(table, {}).get(rule.columns[0]) if lock else None
    if last is None or last != proposal_data(rule.columns, rule_data(rule)):
        return True
    now = proposed.rule(rule.columns[0])
    return now is None or (not now.decided and not anew)
