"""Make or renew a plan's file and its lock: look at the source, propose, keep what a person decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from connectors.database import Database, Form, Read, ReadColumn, Snapshot
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Kind, Schema, Table
from engine.accept import accept as accept_masks
from engine.column_domains import column_domains
from engine.domains import DomainSpec, join
from engine.lock import Lock, lock_path, lock_text, make_lock
from engine.masking.paths import print_path
from engine.plan import Plan, Rule, Treatment
from engine.plan_toml_write import write_plan
from engine.problems import Severity
from engine.propose import Samples, propose
from engine.propose_json import json_paths
from engine.runs import asked_domains, read_plan_file
from engine.subset.declared import declared
from engine.trial import sample_trial
from engine.workspace import replace_file

SAMPLE_ROWS = 500
LOOKED_AT = frozenset({Kind.TEXT, Kind.ENUM, Kind.OTHER, Kind.JSON})
"""Kinds whose values say what they hold; numbers, dates and bytes are judged by name and type."""


@dataclass(frozen=True, slots=True)
class Planned:
    plan: Plan
    schema: Schema
    lock: Lock
    renewed: bool
    """There was a plan already: its decisions were kept."""


def make_plan(
    source: Database,
    path: Path,
    *,
    key: str = "default",
    accept: bool = False,
    accept_new: bool = False,
    agreed: Mapping[str, DomainSpec] | None = None,
) -> Planned:
    """Write PLAN and PLAN.lock for this source. `agreed`: the domains that the key has already, from which new ones of the same name
    but another type keep apart. Raises PlanError where an earlier plan cannot be read."""
    before = read_plan_file(path) if path.exists() else None
    previous, known = (before.plan, before.lock) if before else (None, None)
    schema = declared(previous, source.describe()) if previous else source.describe()
    with source.snapshot() as snapshot:
        samples = {table.name: sample(snapshot, table) for table in schema.tables}
    ours = propose(schema, samples, name=path.stem, key=key)
    plan = propose(schema, samples, previous, known, name=path.stem, key=key)
    if accept:
        ours = accept_masks(ours, schema, trial=lambda tried: sample_trial(tried, source))
        plan = accept_masks(
            plan, schema, lock=known, accept_new=accept_new, trial=lambda tried: sample_trial(tried, source)
        )
    plan = _kept_apart(plan, schema, agreed or {})
    lock = _without_undecided(make_lock(schema, ours, _documents(schema, samples)), plan, known)
    text = write_plan(plan, schema, path.read_text("utf-8") if before else None)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The plan first: a new plan beside an old lock lists what is new, an old plan beside a new lock would hide it.
    replace_file(path, text.encode())
    replace_file(lock_path(path), lock_text(lock).encode())
    return Planned(plan, schema, lock, before is not None)


def _kept_apart(plan: Plan, schema: Schema, agreed: Mapping[str, DomainSpec]) -> Plan:
    """Keys that are called like those of another database and are not like them get a domain of this plan's own."""
    clashing = {
        spec.name
        for spec in asked_domains(plan, schema)
        if (problem := join(agreed.get(spec.name), spec).problem) is not None and problem.severity is Severity.ERROR
    }
    domains = column_domains(plan, schema)

    def apart(name: TableName, rule: Rule) -> Rule:
        domain = domains.get((name, rule.columns[0]))
        if rule.domain is None and domain in clashing and rule.masker is not None and rule.masker.name != "keep":
            return replace(rule, domain=f"{plan.name}_{domain}")
        return rule

    tables = {
        name: replace(table, rules=tuple(apart(name, rule) for rule in table.rules))
        for name, table in plan.tables.items()
    }
    return replace(plan, tables=tables) if clashing else plan


def sample(snapshot: Snapshot, table: Table) -> pa.RecordBatch | None:
    """Some rows of the columns whose values tell what they hold; None for a table that has none or cannot be read."""
    columns = tuple(ReadColumn(column.name, Form.ARROW) for column in table.stored if column.kind in LOOKED_AT)
    if not columns:
        return None
    try:
        batches = list(snapshot.read(Read(table.name, columns, limit=SAMPLE_ROWS)))
    except DatabaseError:
        # What cannot be read is judged by name and type; `check` names the table.
        return None
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0] if batches else None


def _documents(schema: Schema, samples: Samples) -> dict[TableName, dict[str, tuple[str, ...]]]:
    """The paths that the sample shows in each JSON column."""
    found: dict[TableName, dict[str, tuple[str, ...]]] = {}
    for table in schema.tables:
        batch = samples.get(table.name)
        for column in table.stored:
            if column.kind is Kind.JSON and batch is not None:
                found.setdefault(table.name, {})[column.name] = _printed(batch.column(column.name))
    return found


def _printed(values: pa.Array) -> tuple[str, ...]:
    return tuple(print_path(path) for path in json_paths(values))


def _without_undecided(lock: Lock, plan: Plan, known: Lock | None) -> Lock:
    """The lock without columns that are new and undecided: `--accept` alone must not take them the next time either."""
    if known is None:
        return lock
    tables = {}
    for name, table in lock.tables.items():
        before = known.tables.get(name)
        columns = {
            column: facts
            for column, facts in table.columns.items()
            if (before is not None and column in before.columns) or _decided(plan, name, column)
        }
        tables[name] = replace(table, columns=columns)
    return replace(lock, tables=tables)


def _decided(plan: Plan, table: TableName, column: str) -> bool:
    decided = plan.tables.get(table)
    if decided is None or decided.treatment is not Treatment.MASK:
        return decided is not None
    rule = decided.rule(column)
    # A generated column needs no decision.
    return rule is None or rule.decided


def decisions(plan: Plan) -> Mapping[TableName, tuple[int, int, int]]:
    """Per table: columns masked, kept, undecided."""
    counted = {}
    for name, table in plan.tables.items():
        undecided = sum(len(rule.columns) for rule in table.rules if rule.masker is None)
        kept = sum(len(rule.columns) for rule in table.rules if rule.masker is not None and rule.masker.name == "keep")
        counted[name] = (sum(len(rule.columns) for rule in table.rules) - undecided - kept, kept, undecided)
    return counted
