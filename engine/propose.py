"""Propose a decision for every column from names, types and a look at a sample. What is not sure stays undecided, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.column_domains import ColumnName, KeyFamilies, key_families
from engine.lock import Lock
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.person_path import people_tables, person_of
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import Severity, errors
from engine.propose_address import ROLES, address_groups
from engine.propose_json import json_paths, path_masks
from engine.propose_merge import merged, withdrawn
from engine.propose_names import BY_NAME, DATES, Entity, entity_of, tokens
from engine.propose_technical import technical
from engine.propose_values import OTHERS, Seen, holds_personal, initials, look, usual_labels
from engine.subjects import all_subjects

Samples = Mapping[TableName, pa.RecordBatch | None]
_DECIDED_BY_VALUES = frozenset({"email", "iban", "credit_card", "national_id"})
_SURROGATE = frozenset({"id", "uuid", "guid", "key", "pk", "oid", "rowguid", "uid"})


def propose(
    schema: Schema,
    samples: Samples | None = None,
    previous: Plan | None = None,
    lock: Lock | None = None,
    *,
    name: str = "plan",
    key: str = "default",
) -> Plan:
    """A plan for every table. Decisions of `previous` stay, save those that `lock` shows to be our own earlier proposals."""
    empty = Plan(name, key, {}) if previous is None else previous
    proposer = _Proposer(schema, samples or {})
    ours = Plan(name, key, {table.name: proposer.table(table) for table in schema.tables})
    ours = withdrawn(ours, schema, ours)
    tables = {table.name: merged(ours.tables[table.name], table, previous, lock) for table in schema.tables}
    return withdrawn(replace(empty, tables=tables), schema, ours)


@dataclass(frozen=True)
class _Proposer:
    schema: Schema
    samples: Samples

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

    def referring(self, table: TableName, column: str) -> str | None:
        """What a key refers to, in words."""
        for key in self.schema.table(table).foreign_keys:
            if column in key.columns:
                return f"refers to {key.parent}.{key.parent_columns[key.columns.index(column)]}"
        return None

    def table(self, table: Table) -> TablePlan:
        rules: dict[str, Rule] = {}
        for columns, roles in self.addresses(table):
            masker = self.fitting("address", *(self.subjects[table.name, name] for name in columns))
            if masker is not None:
                rule = Rule(columns, masker, "an address over several columns", roles=roles)
                rules |= dict.fromkeys(columns, rule)
        for column in table.stored:
            if column.name not in rules:
                rules[column.name] = self.by_family.get((table.name, column.name)) or self.column(table, column)
        rules = {name: _with_known(rule, rules.values()) for name, rule in rules.items()}
        # A rule of several columns stands at its first one; a masker's options may not be hashable.
        in_order = [rules[column.name] for column in table.stored if rules[column.name].columns[0] == column.name]
        several = [rule for rule in in_order if len(rule.columns) > 1]
        return TablePlan(Treatment.MASK, (*(rule for rule in in_order if len(rule.columns) == 1), *several))

    def addresses(self, table: Table) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        entities = {}
        for column in table.stored:
            subject = self.subjects[table.name, column.name]
            found = self.entity(table, column)
            if found and found.name in ROLES and column.kind is Kind.TEXT and not subject.unique and not subject.key:
                entities[column.name] = found.name
        return address_groups(entities)

    # One column.

    def column(self, table: Table, column: Column) -> Rule:
        subject = self.subjects[table.name, column.name]
        if column.name in table.primary_key and column.kind not in DATES:
            return replace(self.key(((table.name, column.name),)), columns=(column.name,))
        seen = self.seen(table, column)
        entity = self.entity(table, column)
        if seen is not None and seen.entity in _DECIDED_BY_VALUES and (entity is None or entity.name != "username"):
            entity = BY_NAME[seen.entity]
        if entity is None and seen is not None and seen.entity in BY_NAME:
            entity = BY_NAME[seen.entity]
        if entity is not None:
            return self.personal(table, subject, entity, seen)
        return self.by_type(table, subject, seen)

    def entity(self, table: Table, column: Column) -> Entity | None:
        return entity_of(table.name, column.name, column.kind, people=table.name in self.people)

    def seen(self, table: Table, column: Column) -> Seen | None:
        if column.kind not in (Kind.TEXT, Kind.ENUM, Kind.OTHER):
            return None
        values = self.values(table, column)
        return None if values is None else look(values) or holds_personal(values)

    def values(self, table: Table, column: Column) -> pa.Array | None:
        batch = self.samples.get(table.name)
        return batch.column(column.name) if batch is not None and column.name in batch.schema.names else None

    def personal(self, table: Table, subject: Subject, entity: Entity, seen: Seen | None) -> Rule:
        """What looks personal is masked by the usual mask of its kind, or waits for a person."""
        name = subject.column.name
        why = f"by its name {entity.words}" + (f"; {seen.words}" if seen and seen.entity == entity.name else "")
        if (
            seen is not None
            and seen.entity == entity.name
            and entity_of(table.name, name, subject.column.kind) is not entity
        ):
            why = f"{seen.words} look like {entity.words}"
        if entity.name == "free_text" and not self.tells_of_people(table, seen):
            return Rule((name,), None, "free text, in which anything can stand")
        if entity.mask is None:
            return Rule((name,), None, f"{why}: keep, shorten or remove it?")
        if seen is not None and seen.entity in _TEMPLATES:
            return self.day(subject, seen)
        if entity.name == "first_name" and (template := self.initials(table, subject)):
            return Rule((name,), template, f"{why}, most of them initials")
        if entity.mask == "category" and subject.column.kind is Kind.TEXT:
            return self.label(table, subject, why)
        for mask in (entity.mask, *_INSTEAD.get(subject.column.kind, ())):
            masker = self.fitting(mask, subject)
            if masker is not None:
                return Rule((name,), masker, why, by=self.by(table, masker, name))
        return Rule((name,), None, f"{why}, and no usual mask fits {subject.column.native}")

    def initials(self, table: Table, subject: Subject) -> Masker | None:
        """Letters for letters: names from a list would not be initials, and initials of such names would be everybody's."""
        values = self.values(table, subject.column)
        template = initials(values) if values is not None else None
        masker = make_masker("regex_template", {"template": template}) if template else None
        return masker if masker and not subject.unique and not errors(masker.check(subject)) else None

    def label(self, table: Table, subject: Subject, why: str) -> Rule:
        """Another of the labels, where the sample holds only words that everybody uses for them."""
        name, values = subject.column.name, self.values(table, subject.column)
        labels = usual_labels(values) if values is not None else ()
        if not labels or subject.unique:
            return Rule((name,), None, f"{why}: which labels are there?")
        return Rule((name,), make_masker("category", {"choices": labels}), why)

    def tells_of_people(self, table: Table, seen: Seen | None) -> bool:
        return (seen is not None and seen.entity == "free_text") or person_of(
            self.schema, self.people, table
        ) is not None

    def by_type(self, table: Table, subject: Subject, seen: Seen | None) -> Rule:
        column = subject.column
        people = table.name in self.people
        # SQLite and old schemas write dates into text columns.
        dated = seen is not None and seen.entity in _TEMPLATES
        reason = technical(table.name, replace(column, kind=Kind.TIMESTAMP) if dated else column, people)
        if reason is not None and (seen is None or dated) and not subject.unique:
            return Rule((column.name,), make_masker("keep", {}), reason)
        if seen is not None and dated:
            return self.day(subject, seen)
        if column.kind in DATES and (by := self.by(table, None, column.name)):
            # A date in a unique key may follow a person who is part of that key; the check withdraws what does not fit.
            masker = self.fitting("date_shift", replace(subject, unique=False))
            if masker is not None:
                return Rule((column.name,), masker, "a date of a person", by=by)
        if column.kind is Kind.JSON or (seen is not None and seen.entity == "json"):
            return self.document(table, subject)
        usual = {Kind.BINARY: "blob", Kind.UUID: "pseudonym"}.get(column.kind)
        if seen is not None and seen.entity == "uuid":
            usual = "pseudonym"
        masker = self.fitting(usual, subject) if usual else None
        if masker is not None:
            return Rule((column.name,), masker, _BY_TYPE[masker.name])
        return Rule((column.name,), None, _unsure(column, people, seen))

    def day(self, subject: Subject, seen: Seen) -> Rule:
        """Dates in a text column: other dates, written alike. Their order is lost, as no date mask reads text."""
        name = subject.column.name
        masker = make_masker("regex_template", {"template": _TEMPLATES[seen.entity]})
        wrong = any(problem.severity is Severity.ERROR for problem in masker.check(subject)) or subject.unique
        return Rule(
            (name,), None if wrong else masker, f"{seen.words} look like {OTHERS[seen.entity]}, in a text column"
        )

    def document(self, table: Table, subject: Subject) -> Rule:
        """A mask for every path in the sample."""
        name = subject.column.name
        values = self.values(table, subject.column)
        paths = json_paths(values) if values is not None else ()
        if not paths:
            return Rule((name,), None, "a document, of which no sample tells the paths")
        masker = make_masker("json_path", {"paths": path_masks(paths, table.name, table.name in self.people)})
        if any(problem.severity is Severity.ERROR for problem in masker.check(subject)) or subject.unique:
            return Rule((name,), None, "a document, and no mask is proven to fit the column")
        return Rule((name,), masker, "a document: paths that the sample did not show become null and are counted")

    def by(self, table: Table, masker: Masker | None, column: str) -> str | None:
        """The person key of a date; other masks are functions of their own value, so that columns agree."""
        if masker is not None and masker.name != "date_shift":
            return None
        found = person_of(self.schema, self.people, table)
        return found if found != column else None

    def fitting(self, mask: str | None, *subjects: Subject) -> Masker | None:
        """The mask with its usual options, where nothing speaks against it on these columns."""
        if mask is None:
            return None
        masker = make_masker(mask, _options(mask, subjects[0].column.name))
        for subject in subjects:
            if any(problem.severity is Severity.ERROR for problem in masker.check(subject)):
                return None
            if subject.unique and not masker.bijective_on(subject):
                return None
        return masker

    # Keys.

    def key(self, family: tuple[ColumnName, ...]) -> Rule:
        """One decision for columns that refer to each other. The domain goes by its default name and need not be said."""
        subjects = [self.subjects[member] for member in family]
        tables = [self.schema.table(table) for table, _ in family]
        columns = [subject.column for subject in subjects]
        reasons = [technical(t.name, c, t.name in self.people) for t, c in zip(tables, columns, strict=True)]
        if all(reasons):
            return Rule((), make_masker("keep", {}), reasons[0])
        personal = self.key_entity(tables, columns)
        masks = [personal.mask, "pseudonym"] if personal else ["pseudonym"]
        surrogate = all(c.kind in (Kind.INTEGER, Kind.UUID, Kind.BINARY) or _whole(c) for c in columns)
        named = any(tokens(c.name)[-1:] and tokens(c.name)[-1] in _SURROGATE for c in columns)
        if not (personal or surrogate or (named and all(c.kind is Kind.TEXT for c in columns))):
            return Rule((), None, "a natural key: a code without meaning, or something of a person?")
        for mask in masks:
            masker = self.fitting(mask, *subjects)
            if masker is not None and masker.bijective_on(subjects[0]):
                return Rule((), masker, f"by its name {personal.words}" if personal else "a key without meaning")
        return Rule((), None, "a key, and no mask fits all columns that refer to each other")

    def key_entity(self, tables: list[Table], columns: list[Column]) -> Entity | None:
        for table, column in zip(tables, columns, strict=True):
            found = self.entity(table, column)
            seen = self.seen(table, column)
            if seen is not None and seen.entity in _DECIDED_BY_VALUES:
                return BY_NAME[seen.entity]
            if found is not None and found.name in _KEYS_OF_PEOPLE:
                return found
        return None


_TOLD = frozenset({"first_name", "last_name", "full_name", "email", "phone", "username", "street"})
_KEYS_OF_PEOPLE = frozenset(
    {
        "email",
        "username",
        "national_id",
        "phone",
        "iban",
        "credit_card",
        "bank_account",
        "device",
        "ip",
        "mac",
        "imei",
        "vin",
        "licence_plate",
    }
)
_INSTEAD: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("pseudonym", "redact"),
    Kind.INTEGER: ("pseudonym",),
    Kind.DECIMAL: ("pseudonym", "number_noise"),
    Kind.FLOAT: ("number_noise",),
    Kind.BINARY: ("blob",),
    Kind.UUID: ("pseudonym",),
    Kind.BOOLEAN: ("category",),
    Kind.ENUM: ("category",),
    Kind.DATE: ("date_shift", "pseudonym"),
    Kind.TIMESTAMP: ("date_shift", "pseudonym"),
    Kind.TIMESTAMPTZ: ("date_shift", "pseudonym"),
}
_DAY = r"(19[4-9]\d|20[01]\d)-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
_TEMPLATES = {"day": _DAY, "moment": _DAY + r" ([01]\d|2[0-3]):[0-5]\d:[0-5]\d"}
_BY_TYPE = {
    "blob": "bytes, in which anything can be",
    "pseudonym": "an identifier without meaning",
}


def _options(mask: str, column: str) -> dict[str, object]:
    """Options that make the usual mask keep to what such a column can hold."""
    if mask == "number_noise" and {"lat", "latitude", "latitud", "breitengrad"} & set(tokens(column)):
        return {"absolute": 1, "min": -90, "max": 90}
    if mask == "number_noise" and {"lon", "lng", "long", "longitude", "longitud", "laengengrad"} & set(tokens(column)):
        return {"absolute": 1, "min": -180, "max": 180}
    return {}


def _with_known(rule: Rule, rules: Iterable[Rule]) -> Rule:
    """Free text is told the row's own names and addresses, so that it replaces them first, each by its column's mask."""
    if rule.masker is None or rule.masker.name != "free_text":
        return rule
    known = {other.columns[0]: other.masker.name for other in rules if other.masker and other.masker.name in _TOLD}
    return replace(rule, masker=make_masker("free_text", {"columns": known}))


def _whole(column: Column) -> bool:
    return column.kind is Kind.DECIMAL and not column.scale and column.precision is not None


def _unsure(column: Column, people: bool, seen: Seen | None) -> str:
    whose = " of a person" if people else ""
    if seen is not None:
        return f"{seen.words} look like {BY_NAME[seen.entity].words if seen.entity in BY_NAME else OTHERS[seen.entity]}"
    words = {
        Kind.TEXT: f"text{whose} of unknown meaning",
        Kind.ENUM: f"one of a few labels{whose}",
        Kind.BOOLEAN: f"a yes or no{whose}",
        Kind.INTEGER: f"a number{whose} of unknown meaning",
        Kind.DECIMAL: f"an amount{whose} of unknown meaning",
        Kind.FLOAT: f"a measure{whose} of unknown meaning",
        Kind.ARRAY: "a list, in which anything can stand",
        Kind.XML: "a document, in which anything can stand",
    }
    words |= dict.fromkeys(DATES, f"a date{whose} of unknown meaning")
    return words.get(column.kind, f"{column.native}: nothing is known of what it holds")
