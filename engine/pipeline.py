"""A plan made ready: for every table what to read, and the function that masks its batches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from types import MappingProxyType

import pyarrow as pa

from connectors.arrow import dialect_of
from connectors.database import Derived, Form, ReadColumn
from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.column_domains import ColumnName, column_domains, wanted_specs
from engine.domains import DomainSpec
from engine.keys import DomainKey, MaskingKey
from engine.masking.base import Context, FirstPass, Masker, Subject
from engine.person_key import PersonKey, alias, person_keys
from engine.plan import READ, Plan, Rule, Treatment
from engine.problems import PlanError, Problem, Severity
from engine.subjects import all_subjects

MOST_PATHS = 1000
"""Unknown JSON paths that are counted by name for each column: a map whose keys are data has as many as rows."""
OTHER_PATHS = "$ (others)"


@dataclass(frozen=True)
class Step:
    """One rule of one table, with all that its masker needs beside the batch."""

    rule: Rule
    masker: Masker
    subjects: tuple[Subject, ...]
    key: DomainKey
    keys: MaskingKey
    locale: str
    spec: DomainSpec | None = None
    reads: tuple[str, ...] = ()
    """Columns of the row whose source values the masker asks for."""
    by: PersonKey | None = None
    by_key: DomainKey | None = None
    prepared: pa.Table | None = None
    """What the masker's first pass has found."""

    @property
    def by_column(self) -> str | None:
        """The batch's column that holds the person key."""
        if self.by is None or self.rule.by is None:
            return None
        return alias(self.rule.by) if self.by.path else self.by.column

    def apply(
        self,
        source: Mapping[str, pa.Array],
        masked: Mapping[str, pa.Array],
        batch: pa.RecordBatch,
        unknown_paths: Counter[str],
    ) -> pa.RecordBatch:
        given = {name: masked.get(name, source[name]) for name in self.rule.from_}
        context = replace(self.context(source, batch.schema), given=given, unknown_paths=unknown_paths)
        return self.masker.mask(batch.select(list(self.rule.columns)), context)

    def first_pass(self) -> FirstPass | None:
        """A new first pass for this rule; None where its masker needs none."""
        return self.masker.prepare(self.subjects)

    def context(self, source: Mapping[str, pa.Array], schema: pa.Schema) -> Context:
        """What the masker is given beside rows of these source values, read with this schema."""
        return Context(
            subjects=self.subjects,
            key=self.key,
            by=source[self.by_column] if self.by_column else None,
            by_key=self.by_key,
            row={name: source[name] for name in self.reads},
            spec=self.spec,
            keys=self.keys,
            locale=self.locale,
            dialect=dialect_of(schema.field(self.rule.columns[0])),
            prepared=self.prepared,
        )

    @property
    def looked_at(self) -> set[str]:
        """The table's own columns whose values it must be given."""
        own = {*self.rule.columns, *self.rule.from_, *self.reads}
        return own | {self.by.column} if self.by is not None and not self.by.path else own


class Pipeline:
    """Masks batches of every table of a plan. Holds the domains' keys, and nothing of the data."""

    def __init__(
        self,
        plan: Plan,
        schema: Schema,
        steps: Mapping[TableName, tuple[Step, ...]],
        subjects: Mapping[ColumnName, Subject],
        domains: Mapping[ColumnName, str],
        opened: Mapping[TableName, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self.plan = plan
        self.schema = schema
        self.subjects = subjects
        self.domains = domains
        self._steps = steps
        self._opened = opened
        self._lock = Lock()
        self._unknown: dict[ColumnName, Counter[str]] = defaultdict(Counter)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables whose rows are read, in the schema's order."""
        return tuple(table for table in self.schema.tables if self.treatment(table.name) in READ)

    def treatment(self, table: TableName) -> Treatment:
        return self.plan.tables[table].treatment

    def reading(self, table: TableName, *, wire: bool) -> tuple[tuple[ReadColumn, ...], tuple[Derived, ...]]:
        """What to ask the source for. With `wire`, columns that no rule looks into come as the database's own bytes."""
        looked_at = {name for step in self._steps[table] for name in step.looked_at} | set(self._opened.get(table, ()))
        columns = tuple(
            ReadColumn(column.name, Form.WIRE if wire and column.name not in looked_at else Form.ARROW)
            for column in self.schema.table(table).stored
        )
        return columns, ancestors(self._steps[table])

    def steps(self, table: TableName) -> tuple[Step, ...]:
        """The rules of a table that change something, in the order in which they are applied."""
        return self._steps[table]

    def prepared(self, found: Mapping[tuple[TableName, str], pa.Table]) -> Pipeline:
        """The same pipeline, knowing what first passes have found: by table and the rule's first column."""
        steps = {
            table: tuple(replace(step, prepared=found.get((table, step.rule.columns[0]))) for step in own)
            for table, own in self._steps.items()
        }
        return Pipeline(self.plan, self.schema, steps, self.subjects, self.domains, self._opened)

    def opening(self, columns: Mapping[TableName, Collection[str]]) -> Pipeline:
        """The same pipeline for whoever changes these columns beside its rules: they never come as the database's own bytes."""
        return Pipeline(self.plan, self.schema, self._steps, self.subjects, self.domains, columns)

    def mask(self, table: TableName, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its stored columns masked, in the order in which it came and without the columns of ancestors."""
        source = dict(zip(batch.schema.names, batch.columns, strict=True))
        masked: dict[str, pa.Array] = {}
        for step in self._steps[table]:
            unknown = Counter[str]()
            result = step.apply(source, masked, batch, unknown)
            masked |= zip(result.schema.names, result.columns, strict=True)
            if unknown:
                self._note(table, step.rule.columns[0], unknown)
        stored = {column.name for column in self.schema.table(table).stored}
        fields = [field for field in batch.schema if field.name in stored]
        if not fields:
            # Made of no arrays a batch would have no rows.
            return batch.select([])
        arrays = [masked.get(field.name, source[field.name]) for field in fields]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, batch.schema.metadata))

    def unknown_paths(self) -> dict[ColumnName, dict[str, int]]:
        """JSON paths that the batches so far held and the plan does not name, with how often."""
        with self._lock:
            return {column: dict(counts) for column, counts in self._unknown.items()}

    def _note(self, table: TableName, column: str, unknown: Counter[str]) -> None:
        with self._lock:
            known = self._unknown[table, column]
            for path, count in unknown.items():
                known[path if path in known or len(known) < MOST_PATHS else OTHER_PATHS] += count

    def masked_columns(self, table: TableName) -> tuple[str, ...]:
        """The columns that do not pass as they are, in the table's order."""
        masked = {name for step in self._steps[table] for name in step.rule.columns}
        return tuple(column.name for column in self.schema.table(table).stored if column.name in masked)

    def rule_of(self, table: TableName, column: str) -> Rule | None:
        """The rule of a column; None in a table that is copied, emptied or dropped."""
        return self.plan.tables[table].rule(column)


def ancestors(steps: Iterable[Step]) -> tuple[Derived, ...]:
    """The columns of ancestors that these rules know their rows' people by."""
    found = {step.rule.by: step.by for step in steps if step.by is not None and step.by.path}
    return tuple(key.derived(text) for text, key in found.items() if text)


def compile_plan(
    plan: Plan, schema: Schema, key: MaskingKey, agreed: Mapping[str, DomainSpec] | None = None
) -> Pipeline:
    """Bind every rule to its columns, domain and key. `agreed`: the domains beside the key. Raises PlanError where a column
    has no decision."""
    if problems := tuple(_undecided(plan, schema)):
        raise PlanError(problems)
    domains = column_domains(plan, schema)
    specs = wanted_specs(plan, schema) | dict(agreed or {})
    binder = _Binder(plan, schema, key, domains, specs, all_subjects(plan, schema, domains, specs))
    steps = {table.name: tuple(binder.steps(table)) for table in schema.tables}
    return Pipeline(plan, schema, steps, binder.subjects, domains)


def _undecided(plan: Plan, schema: Schema) -> Iterator[Problem]:
    remedy = "Decide it in the plan; `lookalike check` lists all that is missing."
    for table in schema.tables:
        decided = plan.tables.get(table.name)
        if decided is None:
            yield Problem("undecided-table", Severity.ERROR, "The plan does not name this table.", remedy, table.name)
        elif decided.treatment is Treatment.MASK:
            known = {name for rule in decided.rules if rule.decided for name in rule.columns}
            for column in table.stored:
                if column.name not in known:
                    yield Problem(
                        "undecided", Severity.ERROR, "Nobody has decided this column.", remedy, table.name, column.name
                    )


@dataclass(frozen=True)
class _Binder:
    plan: Plan
    schema: Schema
    key: MaskingKey
    domains: Mapping[ColumnName, str]
    specs: Mapping[str, DomainSpec]
    subjects: Mapping[ColumnName, Subject]

    def steps(self, table: Table) -> Iterator[Step]:
        """The rules that change something, each after those that it is built from."""
        decided = self.plan.tables[table.name]
        if decided.treatment is Treatment.MASK:
            for rule in in_order(table.name, decided.rules):
                if rule.masker is not None and rule.masker.name != "keep":
                    yield self.step(table, rule, rule.masker)

    def step(self, table: Table, rule: Rule, masker: Masker) -> Step:
        own = tuple(self.subjects[table.name, name] for name in rule.columns)
        by = next(iter(person_keys(self.schema, table, rule.by)), None) if rule.by else None
        return Step(
            rule=rule,
            masker=masker,
            subjects=own,
            key=self.domain((table.name, rule.columns[0])),
            keys=self.key,
            locale=self.plan.locale,
            spec=self.specs.get(self.domains[table.name, rule.columns[0]]),
            reads=tuple(dict.fromkeys(name for subject in own for name in masker.reads_columns(subject))),
            by=by,
            by_key=self.domain((by.table, by.column)) if by else None,
        )

    def domain(self, column: ColumnName) -> DomainKey:
        return self.key.domain(self.domains[column])


def in_order(table: TableName, rules: tuple[Rule, ...]) -> list[Rule]:
    """Every rule after the rules of the columns that it is built `from`. Raises PlanError for a circle."""
    ordered: list[Rule] = []
    waiting = list(rules)
    while waiting:
        missing = {name for rule in waiting for name in rule.columns}
        ready = [rule for rule in waiting if not missing & set(rule.from_)]
        if not ready:
            reason = f"{', '.join(sorted(missing))} are each built from another of them."
            remedy = "Take one of the `from` away."
            raise PlanError([Problem("from-cycle", Severity.ERROR, reason, remedy, table)])
        ordered += ready
        waiting = [rule for rule in waiting if rule not in ready]
    return ordered
