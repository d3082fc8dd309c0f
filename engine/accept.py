"""`plan --accept`: the safest masking for every column that would block. Never keep, copy or public.

Each undecided column has a list of masks, the more useful first, the surer last. All start with their first; as long as the check
finds an error in one of them, that column (or its whole family of keys) takes its next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.accept_masks import candidates
from engine.check import all_problems
from engine.check_conditions import Trial, remedy, unproven
from engine.check_view import View
from engine.column_domains import ColumnName, key_families
from engine.lock import Lock
from engine.masking.base import Masker
from engine.masking.dates import DATE_KINDS
from engine.person_path import person_of
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import Severity
from engine.profiling.people import people_tables
from engine.subjects import all_subjects, carried


def accept(
    plan: Plan,
    schema: Schema,
    *,
    lock: Lock | None = None,
    accept_new: bool = False,
    trial: Callable[[Plan], Trial] | None = None,
) -> Plan:
    """The plan with every undecided column masked and marked `accepted`. Columns that are new since `lock` stay undecided unless
    `accept_new`. A column that no mask is proven to fit takes one that passes a `trial` on masked rows, or stays undecided, with
    the reason."""
    waiting = {column for column in _undecided(plan, schema) if accept_new or not _is_new(column, lock)}
    choices = _choices(plan, schema, waiting)
    settled = _settled(plan, schema, choices, None)
    open_ = [choice for choice in choices if not choice.masks]
    if trial is None or not open_:
        return settled
    for choice in open_:
        choice.masks = list(choice.all)
    _dates_by_key(schema, choices, {column for choice in open_ for column in choice.columns})
    return _settled(plan, schema, choices, trial)


def proposals(plan: Plan, schema: Schema) -> dict[ColumnName, Rule]:
    """For every column that would block, the safest mask that is proven to fit, for a person to take; or a rule without a mask, whose
    reason says why none is. Columns that keys join get one mask together. No row is read."""
    settled, found = accept(plan, schema), {}
    for table, column in _undecided(plan, schema):
        rule = settled.tables[table].rule(column)
        if rule is not None:
            found[table, column] = replace(rule, accepted=False)
    return found


def _dates_by_key(schema: Schema, choices: list[_Choice], open_: set[ColumnName]) -> None:
    """Let all dates of a table follow the other part of a unique key that holds one of them: flights of one number shift alike, so
    they stay apart and in order."""
    for name in {name for name, column in open_ if schema.table(name).column(column).kind in DATE_KINDS}:
        table = schema.table(name)
        part = _beside_dates(table)
        for choice in choices if part is not None else ():
            if name in choice.by and all(table.column(c).kind in DATE_KINDS for t, c in choice.columns if t == name):
                choice.by[name] = part
                choice.masks = list(choice.all)


def _beside_dates(table: Table) -> str | None:
    """A column that no row lacks and that is in every unique key that holds a date; None where there is none."""
    kinds = {column.name: column.kind for column in table.columns}
    keys = [
        unique.columns
        for unique in table.uniques
        if not carried(unique, table) and any(kinds[name] in DATE_KINDS for name in unique.columns)
    ]
    for column in table.stored:
        if not column.nullable and column.kind not in DATE_KINDS and keys and all(column.name in key for key in keys):
            return column.name
    return None


def _settled(plan: Plan, schema: Schema, choices: list[_Choice], trial: Callable[[Plan], Trial] | None) -> Plan:
    """Let choices take their next mask until the check finds no error behind any that has one."""
    by_column = {column: choice for choice in choices for column in choice.columns}
    while True:
        tried = _applied(plan, schema, by_column)
        failed = {
            id(choice): (choice, why)
            for columns, why in _faults(tried, schema, trial(tried) if trial else None)
            for choice in _first(by_column, columns)
        }
        if not failed:
            return tried
        for choice, why in failed.values():
            choice.next(why)


@dataclass
class _Choice:
    """One column, or one family of keys, and the masks that it can still take."""

    columns: tuple[ColumnName, ...]
    masks: list[Masker]
    by: dict[TableName, str | None] = field(default_factory=dict)
    refused: str | None = None
    all: tuple[Masker, ...] = ()

    @property
    def masker(self) -> Masker | None:
        return self.masks[0] if self.masks else None

    def next(self, why: str) -> None:
        self.masks = self.masks[1:]
        # The first mask is the one that a person would have expected.
        self.refused = self.refused or why


def _undecided(plan: Plan, schema: Schema) -> Iterator[ColumnName]:
    for table in schema.tables:
        decided = plan.tables.get(table.name)
        if decided is not None and decided.treatment is not Treatment.MASK:
            continue
        for column in table.stored:
            rule = decided.rule(column.name) if decided else None
            if rule is None or not rule.decided:
                yield table.name, column.name


def _is_new(column: ColumnName, lock: Lock | None) -> bool:
    if lock is None:
        return False
    table = lock.tables.get(column[0])
    return table is None or column[1] not in table.columns


def _choices(plan: Plan, schema: Schema, waiting: set[ColumnName]) -> list[_Choice]:
    subjects, families, people = all_subjects(plan, schema), key_families(schema), people_tables(schema)
    persons = {table.name: person_of(schema, people, table) for table in schema.tables}
    choices, seen = [], set[ColumnName]()
    for column in sorted(waiting):
        if column in seen:
            continue
        family = tuple(member for member in families.of(column) if member in subjects)
        members = tuple(member for member in family if member in waiting)
        seen |= set(members)
        decided = _decided(plan, family)
        masks = [decided] if decided else []
        masks += candidates(schema, [subjects[member] for member in members])
        by = {table: _person(schema, persons[table], table, name) for table, name in members}
        choices.append(_Choice(members, masks, by, all=tuple(masks)))
    return choices


def _decided(plan: Plan, family: tuple[ColumnName, ...]) -> Masker | None:
    """What a person chose for another column of the family."""
    for table, name in family:
        rule = plan.tables[table].rule(name) if table in plan.tables else None
        if rule is not None and rule.masker is not None and rule.masker.name != "keep":
            return rule.masker
    return None


def _person(schema: Schema, found: str | None, name: TableName, column: str) -> str | None:
    """Who a date's shift follows; the row's own key where nobody is known, so that a row's dates keep their order."""
    table = schema.table(name)
    if found is None and len(table.primary_key) == 1 and table.column(table.primary_key[0]).generated is None:
        found = table.primary_key[0]
    return found if found != column else None


def _applied(plan: Plan, schema: Schema, chosen: Mapping[ColumnName, _Choice]) -> Plan:
    tables = dict(plan.tables)
    for table in schema.tables:
        mine = {c.name: chosen[table.name, c.name] for c in table.stored if (table.name, c.name) in chosen}
        if mine:
            tables[table.name] = _with(plan.tables.get(table.name), table.name, mine)
    return replace(plan, tables=tables)


def _with(decided: TablePlan | None, table: TableName, mine: dict[str, _Choice]) -> TablePlan:
    decided = decided or TablePlan(Treatment.MASK)
    others = [rule for rule in decided.rules if not set(rule.columns) & set(mine)]
    # An undecided rule of several columns falls apart into one rule each.
    rest = [
        Rule((name,), None, rule.reason)
        for rule in decided.rules
        if len(rule.columns) > 1 and set(rule.columns) & set(mine)
        for name in rule.columns
        if name not in mine
    ]
    rules = [_rule(decided.rule(name), table, name, choice) for name, choice in mine.items()]
    return replace(decided, rules=(*others, *rest, *rules))


def _rule(before: Rule | None, table: TableName, name: str, choice: _Choice) -> Rule:
    why = before.reason if before is not None and before.reason else "not in the plan"
    if choice.masker is None:
        return Rule((name,), None, f"{why}; no mask is proven to fit: {choice.refused or _NONE}".rstrip("."))
    by = choice.by.get(table) if choice.masker.name == "date_shift" else None
    domain = before.domain if before is not None else None
    return Rule((name,), choice.masker, why, domain=domain, by=by, accepted=True)


_NONE = "none for this type. Keep it with a reason"


def _faults(plan: Plan, schema: Schema, trial: Trial | None) -> Iterator[tuple[tuple[ColumnName, ...], str]]:
    """The columns behind each error, and its words."""
    view = View(plan, schema)
    for problem in all_problems(view, trial):
        if problem.severity is Severity.ERROR and problem.table is not None and problem.column is not None:
            yield ((problem.table, problem.column),), f"{problem.reason} {problem.remedy}"
    for found in unproven(view, trial):
        if not found.tried:
            yield (
                tuple((found.table.name, name) for name in found.columns),
                f"the condition {found.check.name} is not proven. {remedy(view, found)}",
            )


def _first(by_column: Mapping[ColumnName, _Choice], columns: tuple[ColumnName, ...]) -> list[_Choice]:
    """The first choice behind an error that has another mask to take."""
    return [choice for column in columns if (choice := by_column.get(column)) is not None and choice.masks][:1]
