"""Propose how a unit and all that it owns is synthesised. Names, types and keys alone speak: no row decides how it is learned."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.accept_masks import candidates
from engine.check_learn import Told, modelled, told_by_ddl
from engine.column_domains import ColumnName, key_families
from engine.index_keys import compared_columns
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.privacy.spec import How, Learn, Owner, PrivacySpec
from engine.profiling.discover import Looked, judged
from engine.profiling.finding import Finding, Findings
from engine.profiling.naming import Rows, entity_of, rows_of, tokens
from engine.profiling.people import people_tables
from engine.profiling.taxonomy import TAXONOMY, Group
from engine.propose_column import fitting
from engine.subjects import all_subjects
from engine.synthesis.classes import Classes
from engine.synthesis.generate.rebuilt import can_rebuild
from engine.synthesis.ownership import children_of, reached, reaching

_COUNTED = frozenset("""
    id no nr num number line item seq sequence pos position ordinal idx index rank key code
""".split())  # fmt: skip
"""Last words of columns that only number the rows of a parent."""
_RARE = frozenset({"city", "place_of_birth", "postal_code", "organization", "job_title"})
"""Attributes with values that few people share: the mask makes those that are too rare to be published."""
_NAMES = ("first_name", "last_name", "full_name")
"""What a person's address is made of, in this order."""
_PUBLIC = "no person owns its rows and nothing in it is named like a person's: an officer has to sign this"


def owned_tables(schema: Schema, unit: TableName) -> set[TableName]:
    """The unit, and every table with a foreign key that leads to it."""
    return reaching(_parents(schema), [unit])


def likely_units(schema: Schema) -> list[TableName]:
    """The tables whose rows can be told apart, those first whose rows are likely the protected persons.

    People before all else, and whom rows are about before the staff who entered them: these seem to own what they only look after.
    Of several the one that owns the most rows."""
    people, children = people_tables(schema), children_of(_parents(schema))

    def owned(unit: TableName) -> int:
        # Of a table that was never analysed nothing is known but that it is there.
        return sum(max(schema.table(name).estimated_rows or 0, 1) for name in reached(children, [unit]))

    def rank(unit: TableName) -> tuple[bool, bool, int]:
        if unit not in people:
            return True, False, 0
        return False, rows_of(unit) is Rows.STAFF, -owned(unit)

    return sorted((table.name for table in schema.tables if table.primary_key), key=rank)


def _parents(schema: Schema) -> dict[TableName, set[TableName]]:
    return {table.name: {key.parent for key in table.foreign_keys} for table in schema.tables}


def names_alone(schema: Schema, tables: Collection[TableName]) -> tuple[Finding, ...]:
    """What the columns of these tables seem to hold, without a look at any row."""
    findings, _ = judged(Looked(schema, {}))
    return tuple(finding for finding in findings if finding.table in tables)


def synthesised(plan: Plan, schema: Schema, spec: PrivacySpec, previous: Plan | None = None) -> Plan:
    """The plan with what the unit owns synthesised, and lookup tables of it public. What `previous` empties, drops or has public
    stays so."""
    said = {} if previous is None else {name: table.treatment for name, table in previous.tables.items()}
    made = {name for name in owned_tables(schema, spec.unit) if said.get(name) not in (Treatment.EMPTY, Treatment.DROP)}
    made |= {name for name, treatment in said.items() if treatment is Treatment.SYNTHESIZE and name in schema.by_name}
    proposer = _Proposer(schema, names_alone(schema, made))
    public = {name: TablePlan(Treatment.PUBLIC, (), _PUBLIC) for name in _lookups(schema, made) if name not in said}
    if previous is not None:
        public |= {name: each for name, each in previous.tables.items() if _still_public(each, name, schema, made)}
    tables = {name: proposer.table(schema.table(name)) for name in made} | public
    plan = replace(plan, tables={**plan.tables, **tables}, privacy=spec)
    return _with_owners(beside_public(plan, schema, public), schema)


def _still_public(table: TablePlan, name: TableName, schema: Schema, made: Collection[TableName]) -> bool:
    return table.treatment is Treatment.PUBLIC and name in schema.by_name and name not in made


def beside_public(plan: Plan, schema: Schema, public: Collection[TableName]) -> Plan:
    """The plan with keys kept where masked tables share them with these public ones, which keep theirs."""
    families = key_families(schema)
    shared = {
        member
        for name in public
        for column in schema.table(name).columns
        if families.name((name, column.name)) is not None
        for member in families.of((name, column.name))
    }

    def kept(name: TableName, rule: Rule) -> Rule:
        if len(rule.columns) > 1 or (name, rule.columns[0]) not in shared:
            return rule
        return Rule(rule.columns, make_masker("keep", {}), "the key of a public table")

    tables = {
        name: replace(table, rules=tuple(kept(name, rule) for rule in table.rules))
        if table.treatment is Treatment.MASK
        else table
        for name, table in plan.tables.items()
    }
    return replace(plan, tables=tables)


def _lookups(schema: Schema, made: Collection[TableName]) -> Iterator[TableName]:
    """Tables that synthetic rows refer to, that refer to such tables alone, and that are not named like anything of a person."""
    people = people_tables(schema)
    public = {table.name for table in schema.tables if table.name not in {*made, *people} and not _personal(table)}
    while lost := [name for name in public if {key.parent for key in schema.table(name).foreign_keys} - public]:
        public -= set(lost)
    used = {key.parent for name in made for key in schema.table(name).foreign_keys}
    above = {parent: {key.parent for key in schema.table(parent).foreign_keys} for parent in public}
    waiting = list(used & public)
    seen: set[TableName] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting += above[name]


def _personal(table: Table) -> bool:
    found = (entity_of(table.name, column.name, column.kind) for column in table.stored)
    return any(entity is not None and entity.name != "person_id" for entity in found)


def _with_owners(plan: Plan, schema: Schema) -> Plan:
    """The plan with an owner for tables that reach the unit through different tables: a key that no row lacks, and the longer way, so
    that a line is its order's. Two keys to one table are two roles, and a person says which of them owns."""
    if plan.privacy is None:
        return plan
    classes = Classes(plan, schema)
    depth = _depths(classes, plan.privacy.unit)
    for name, keys in classes.candidates.items():
        if len(keys) > 1 and len({key.parent for key in keys}) == len(keys):
            table = schema.table(name)
            always = {key: all(not table.column(column).nullable for column in key.columns) for key in keys}
            chosen = max(keys, key=lambda key: (always[key], depth.get(key.parent, 0)))
            owners = (*plan.privacy.owners, Owner(name, chosen.columns))
            return _with_owners(replace(plan, privacy=replace(plan.privacy, owners=owners)), schema)
    return plan


def _depths(classes: Classes, unit: TableName) -> Mapping[TableName, int]:
    """How far below the unit each table stands, by the shortest way."""
    depth, level = {unit: 0}, 0
    while True:
        level += 1
        found = {
            name
            for name, keys in classes.candidates.items()
            if name not in depth and any(key.parent in depth for key in keys)
        }
        if not found:
            return depth
        depth |= dict.fromkeys(found, level)


@dataclass(frozen=True)
class _Proposer:
    schema: Schema
    findings: tuple[Finding, ...]

    @cached_property
    def subjects(self) -> dict[ColumnName, Subject]:
        return all_subjects(Plan("", "", {}), self.schema)

    @cached_property
    def by_column(self) -> dict[ColumnName, Finding]:
        return Findings(self.findings).by_column

    def table(self, table: Table) -> TablePlan:
        rules = tuple(self.rule(table, column) for column in table.stored)
        return TablePlan(Treatment.SYNTHESIZE, tuple(_named(rule, rules) for rule in rules))

    def rule(self, table: Table, column: Column) -> Rule:
        if why := _made_as_key(table, column):
            return Rule((column.name,), None, why, learn=Learn(How.KEY))
        finding = self.by_column.get((table.name, column.name))
        entity = TAXONOMY[finding.entity] if finding is not None and finding.entity is not None else None
        subject = self.subjects[table.name, column.name]
        if _unique_alone(table, column, self.schema.dialect):
            masker = fitting(entity.mask, {}, subject) if entity is not None and entity.mask else None
            if masker is not None:
                return Rule((column.name,), masker, "unique")
            return Rule((column.name,), None, "unique", learn=Learn(How.KEY))
        if entity is not None and entity.group in (Group.DIRECT, Group.SECRET, Group.TEXT):
            return self.unlearned(subject, entity.words, entity.mask if entity.group is not Group.TEXT else None)
        if not modelled(column):
            return self.unlearned(subject, f"{column.native} is not modelled", None)
        how = How.PAID if told_by_ddl(table, column, self.schema.dialect) == Told() else How.SCHEMA
        rare = entity is not None and entity.name in _RARE and column.kind is Kind.TEXT and how is How.PAID
        masker = fitting(entity.mask, {}, subject) if rare and entity is not None and entity.mask else None
        return Rule((column.name,), masker, entity.words if entity else None, learn=Learn(how))

    def unlearned(self, subject: Subject, why: str, mask: str | None) -> Rule:
        """A mask that makes values, or none at all: of what nobody may learn verbatim."""
        name = subject.column.name
        for masker in self.masks(subject, mask):
            if can_rebuild(masker, subject.column) is None and not any(masker.check(subject)):
                return Rule((name,), masker, why)
        return Rule((name,), None, f"{why}, and no mask makes values of its type")

    def masks(self, subject: Subject, mask: str | None) -> Iterator[Masker]:
        usual = fitting(mask, {}, subject) if mask is not None else None
        if usual is not None:
            yield usual
        if subject.column.nullable:
            yield make_masker("null", {})
        found = candidates(self.schema, [subject])
        yield from (masker for masker in found if masker.name == "constant")
        yield from found


def _unique_alone(table: Table, column: Column, dialect: str) -> bool:
    """Has no two rows the same value? What is so only together with other columns is an attribute like any."""
    return any(set(compared_columns(unique, table, dialect)) == {column.name} for unique in table.uniques)


def _named(rule: Rule, rules: Sequence[Rule]) -> Rule:
    """An address with the name of its row. No other table has the same one: every address of an entity is made."""
    names = [
        other.columns[0] for mask in _NAMES for other in rules if other.masker is not None and other.masker.name == mask
    ]
    if rule.masker is None or rule.masker.name != "email" or len(names) > 2:
        return rule
    return replace(rule, from_=tuple(names))


def _made_as_key(table: Table, column: Column) -> str | None:
    """Why its values are made and not learned; None for an attribute, be it part of a key."""
    for key in table.foreign_keys:
        if column.name in key.columns:
            return f"refers to {key.parent}"
    if table.primary_key == (column.name,):
        return "the primary key"
    if column.name not in table.primary_key:
        return None
    words = tokens(column.name)
    counted = column.kind in (Kind.INTEGER, Kind.UUID) and bool(words) and words[-1] in _COUNTED
    return "numbers the rows of its parent" if counted else None
