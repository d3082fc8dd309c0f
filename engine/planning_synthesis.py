"""Proposing a plan that synthesises: nothing of the tables that it owns is looked at, and a person's decisions on them stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Schema
from engine.check_coverage import meant
from engine.column_domains import snake
from engine.jobs.control import Control
from engine.lock import Lock
from engine.plan import Plan, Treatment
from engine.privacy.spec import PrivacySpec
from engine.problems import PlanError, Problem, Severity
from engine.profiling.discover import Report, discover
from engine.profiling.finding import Findings, Options
from engine.propose_merge import merged
from engine.propose_synthesis import beside_public, names_alone, owned_tables, synthesised

EPSILON = 1.0
"""Of a new plan: strong. A person writes what is agreed."""
MOST_DELTA = 1e-6


@dataclass(frozen=True, slots=True)
class SynthesisAsked:
    """Whose rows are to be synthesised, with what they own; None: as the plan says, else a cautious beginning."""

    unit: TableName
    epsilon: float | None = None
    delta: float | None = None
    entities: int | None = None


def privacy_of(asked: SynthesisAsked | None, base: Plan, schema: Schema) -> PrivacySpec | None:
    """What the plan is to say of privacy. Raises PlanError for a unit that is not there."""
    if asked is None:
        return base.privacy
    if asked.unit not in schema.by_name:
        reason = f"The database has no table {asked.unit} to synthesise.{meant(str(asked.unit), list(map(str, schema.by_name)))}"
        remedy = "Name the table with one row for each protected person."
        raise PlanError([Problem("privacy-unit", Severity.ERROR, reason, remedy)])
    before = base.privacy if base.privacy is not None and base.privacy.unit == asked.unit else None
    entities = asked.entities or (before.entities if before else None)
    delta = min(MOST_DELTA, 1 / (10 * entities)) if entities else MOST_DELTA
    if before is None:
        population = f"{base.name}-{snake(str(asked.unit))}"
        before = PrivacySpec(population, asked.unit, EPSILON, delta, entities)
    return replace(
        before,
        epsilon=before.epsilon if asked.epsilon is None else asked.epsilon,
        delta=min(before.delta, delta) if asked.delta is None else asked.delta,
        entities=entities,
    )


def unseen(base: Plan, schema: Schema, spec: PrivacySpec | None) -> set[TableName]:
    """Tables that no proposal may look into: what is seen in them would be in the plan outside every budget."""
    made = {name for name, table in base.tables.items() if table.treatment is Treatment.SYNTHESIZE}
    return made | (owned_tables(schema, spec.unit) if spec is not None else set())


def looked(
    source: Database,
    schema: Schema,
    apart: Collection[TableName],
    options: Options,
    progress: Report,
    control: Control | None = None,
) -> Findings:
    """What discovery finds; of the tables apart, what their names and types say."""
    if not apart:
        return discover(source, schema, options, progress, control)
    seen = tuple(
        replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.parent not in apart))
        for table in schema.tables
        if table.name not in apart
    )
    found = discover(source, replace(schema, tables=seen), options, progress, control)
    return replace(found, columns=(*found.columns, *names_alone(schema, apart)))


def with_synthesis(
    ours: Plan, plan: Plan, schema: Schema, spec: PrivacySpec, previous: Plan | None, known: Lock | None
) -> tuple[Plan, Plan]:
    """Our proposal and the plan with their synthesised and public tables. Decisions of a person on columns of tables that were
    synthesised before stay."""
    ours = synthesised(ours, schema, spec, previous)
    kept = (
        {name for name, table in previous.tables.items() if table.treatment is Treatment.SYNTHESIZE}
        if previous
        else set()
    )
    earlier = replace(previous, tables={name: previous.tables[name] for name in kept}) if previous else None
    anew = known is not None and known.policy != plan.policy
    tables = {
        name: merged(table, schema.table(name), earlier, known, anew=anew)
        if table.treatment is Treatment.SYNTHESIZE
        else table
        for name, table in ours.tables.items()
        if table.treatment in (Treatment.SYNTHESIZE, Treatment.PUBLIC)
    }
    plan = replace(plan, tables={**plan.tables, **tables}, privacy=ours.privacy)
    return ours, beside_public(plan, schema, [name for name in tables if tables[name].treatment is Treatment.PUBLIC])
