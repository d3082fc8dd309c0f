"""Propose a decision for every column from what discovery found. What is not sure stays undecided, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property

from connectors.names import TableName
from connectors.schema import Kind, Schema, Table
from engine.column_domains import ColumnName, KeyFamilies, key_families
from engine.lock import Lock
from engine.masking import make_masker
from engine.masking.base import Subject
from engine.person_path import person_of
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.profiling.discover import Looked, judged
from engine.profiling.finding import Finding, Findings, NotExamined
from engine.profiling.people import people_tables
from engine.profiling.percent import percent
from engine.profiling.policy import USUAL, Policy
from engine.profiling.taxonomy import DATES
from engine.propose_address import address_groups, role_of
from engine.propose_column import Columns, fitting
from engine.propose_keys import key_rule
from engine.propose_merge import merged, withdrawn
from engine.propose_quasi import with_quasi
from engine.subjects import all_subjects


def propose(
    schema: Schema,
    findings: Findings | None = None,
    previous: Plan | None = None,
    lock: Lock | None = None,
    *,
    policy: Policy | None = None,
    by: str | None = None,
    name: str = "plan",
    key: str = "default",
    today: date | None = None,
) -> Plan:
    """A plan for every table. Decisions of `previous` stay, save those that `lock` shows to be our own earlier proposals.

    Without `findings` names, types and keys alone speak. `by`: how the plan names the policy. `today`: from which it counts years.
    """
    found = Findings(*judged(Looked(schema, {}))) if findings is None else findings
    empty = Plan(name, key, {}) if previous is None else previous
    proposer = _Proposer(schema, found, policy, today or datetime.now(UTC).date())
    ours = Plan(name, key, {table.name: proposer.table(table) for table in schema.tables}, policy=by)
    ours = withdrawn(ours, schema, ours)
    ours = replace(ours, tables=with_quasi(ours.tables, found.quasi))
    anew = lock is not None and lock.policy != by
    tables = {table.name: merged(ours.tables[table.name], table, previous, lock, anew=anew) for table in schema.tables}
    return withdrawn(replace(empty, tables=tables, policy=by), schema, ours)


@dataclass(frozen=True)
class _Proposer:
    schema: Schema
    findings: Findings
    policy: Policy | None
    today: date
    by_column: dict[ColumnName, Finding] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_column", self.findings.by_column)

    @cached_property
    def people(self) -> frozenset[TableName]:
        return people_tables(self.schema)

    @cached_property
    def families(self) -> KeyFamilies:
        return key_families(self.schema)

    @cached_property
    def subjects(self) -> dict[ColumnName, Subject]:
        return all_subjects(Plan("", "", {}), self.schema)

    @cached_property
    def missed(self) -> dict[tuple[TableName, str | None], NotExamined]:
        """What somebody has to decide on because nobody has looked at it."""
        return {(each.table, each.column): each for each in self.findings.not_examined if each.blocking}

    @cached_property
    def by_family(self) -> dict[ColumnName, Rule]:
        """The rule of every column that a foreign key touches: one decision for the whole family."""
        rules: dict[ColumnName, Rule] = {}
        for family in self.families.all():
            known = tuple(member for member in family if member in self.subjects)
            decided = self.key(known)
            for table, name in known:
                rules[table, name] = replace(
                    decided, columns=(name,), reason=self.referring(table, name) or decided.reason
                )
        return rules

    def key(self, family: tuple[ColumnName, ...]) -> Rule:
        subjects = [self.subjects[member] for member in family]
        return key_rule(self.schema, subjects, [self.by_column.get(member) for member in family], self.people)

    def referring(self, table: TableName, column: str) -> str | None:
        """What a key refers to, in words."""
        for key in self.schema.table(table).foreign_keys:
            if column in key.columns:
                return f"refers to {key.parent}.{key.parent_columns[key.columns.index(column)]}"
        return None

    def table(self, table: Table) -> TablePlan:
        rules: dict[str, Rule] = {}
        columns = self.columns(table)
        for names, roles in self.addresses(table):
            masker = fitting("address", {}, *(self.subjects[table.name, name] for name in names))
            if masker is not None:
                rules |= dict.fromkeys(names, Rule(names, masker, self.address_words(table, names), roles=roles))
        for column in table.stored:
            if column.name not in rules:
                rules[column.name] = self.rule(columns, table, column.name)
        rules = {name: _with_known(rule, rules.values()) for name, rule in rules.items()}
        # A rule of several columns stands at its first one; a masker's options may not be hashable.
        in_order = [rules[column.name] for column in table.stored if rules[column.name].columns[0] == column.name]
        several = [rule for rule in in_order if len(rule.columns) > 1]
        return TablePlan(Treatment.MASK, (*(rule for rule in in_order if len(rule.columns) == 1), *several))

    def columns(self, table: Table) -> Columns:
        return Columns(
            table, table.name in self.people, person_of(self.schema, self.people, table), self.policy, self.today
        )

    def rule(self, columns: Columns, table: Table, name: str) -> Rule:
        column = table.column(name)
        if (table.name, name) in self.by_family:
            return self.by_family[table.name, name]
        if name in table.primary_key and column.kind not in DATES:
            return replace(self.key(((table.name, name),)), columns=(name,))
        if missed := self.missed.get((table.name, name)) or self.missed.get((table.name, None)):
            return Rule((name,), None, f"not examined: {missed.reason}")
        return columns.rule(self.subjects[table.name, name], self.by_column.get((table.name, name)))

    def addresses(self, table: Table) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Columns and roles of each address, from the parts that nothing else is to be done with."""
        roles = {}
        for column in table.stored:
            subject, found = self.subjects[table.name, column.name], self.by_column.get((table.name, column.name))
            role = (
                role_of(table.name, column.name, found.entity)
                if found is not None and found.entity is not None
                else None
            )
            if role and column.kind is Kind.TEXT and not subject.unique and not subject.key and self.usual(found):
                roles[column.name] = role
        return address_groups(roles)

    def usual(self, finding: Finding | None) -> bool:
        """Does the policy leave the column to its usual mask?"""
        rule = self.policy.rule(finding.entity, Kind.TEXT) if self.policy is not None and finding is not None else None
        return rule is None or rule.decide[0].mask == USUAL

    def address_words(self, table: Table, names: tuple[str, ...]) -> str:
        least = min(self.by_column[table.name, name].probability for name in names)
        return f"an address over several columns (each {percent(least)} or surer)"


_TOLD = frozenset({"first_name", "last_name", "full_name", "email", "phone", "username", "street"})
"""Masks of what free text is likely to repeat."""


def _with_known(rule: Rule, rules: Iterable[Rule]) -> Rule:
    """Free text is told the row's own names and addresses, so that it replaces them first, each by its column's mask."""
    if rule.masker is None or rule.masker.name != "free_text":
        return rule
    known = {other.columns[0]: other.masker.name for other in rules if other.masker and other.masker.name in _TOLD}
    return replace(rule, masker=make_masker("free_text", {"columns": known}))
