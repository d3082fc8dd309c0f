"""Lay a source and a finished target side by side: samples of people with all their rows, and what attackers see of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Schema
from engine.assessment.carried import carries_of, made_of
from engine.assessment.columns import compared_tables
from engine.assessment.comparison import Comparison
from engine.assessment.matching import key_masks
from engine.assessment.roots import entities_of
from engine.assessment.sides import SidesReader
from engine.assessment.spec import AssessSpec
from engine.assessment.views import Viewer
from engine.build import planned_schema, target_names
from engine.domains import DomainSpec
from engine.evidence import Evidence
from engine.jobs.control import Control, Progress
from engine.keys import MaskingKey
from engine.plan import Plan, Treatment
from engine.subset.declared import declared


def compare(
    plan: Plan,
    source: Database,
    target: Database,
    key: MaskingKey,
    *,
    spec: AssessSpec,
    agreed: Mapping[str, DomainSpec] | None = None,
    evidence: Evidence | None = None,
    control: Control,
    progress: Callable[[Progress], None],
) -> Comparison:
    """Read both databases at one moment each. Raises DatabaseError, PlanError, Cancelled."""
    schema = declared(plan, source.describe())
    described = target.describe()
    planned = replace(schema, tables=tuple(table for table in schema.tables if _stays(plan, table.name)))
    names = target_names(plan, planned_schema(plan, schema), described.default_schema)
    if evidence is not None:
        names |= {table.name: table.target for table in evidence.tables if table.target is not None}
    tables, left = compared_tables(plan, planned, described, names)
    compared = replace(schema, tables=tuple(planned.table(name) for name in tables))
    kept = replace(schema, tables=tuple(each.table for each in tables.values()))
    carries = carries_of(plan, compared)
    entities = entities_of(plan, spec, kept, schema)
    with source.snapshot() as ours, target.snapshot() as theirs:
        made = {name: made_of(plan, name) for name in tables}
        asked = {name: (each, made[name]) for name, each in tables.items()}
        masks, unknown = key_masks(plan, schema, asked, ours, key, agreed, control)
        left += unknown
        reader = SidesReader(plan, spec, key, tables, entities, masks, carries, ours, theirs, control, progress, left)
        sides = reader.read()
    viewer = Viewer(plan, spec, {each.name: each for each in kept.tables}, made, entities, sides, carries, left)
    return Comparison(
        plan, compared, sides.known, sides.target, sides.control, carries, made, entities, viewer.views(),
        evidence.guarantees if evidence is not None else (), _models(evidence), tuple(left), described,
        {name: there for name, there in names.items() if name in tables and name != there}, _orphans(evidence, compared),
    )  # fmt: skip


def _orphans(evidence: Evidence | None, schema: Schema) -> dict[tuple[TableName, str], int]:
    """Foreign key -> rows without a parent that the source had when the run read it."""
    told = {table.name: table.orphans for table in evidence.tables} if evidence is not None else {}
    return {
        (table.name, key.name): told[table.name].get(key.name, 0)
        for table in schema.tables
        if table.name in told
        for key in table.foreign_keys
    }


def _models(evidence: Evidence | None) -> tuple[str, ...]:
    said = (evidence.synthesis or {}).get("technique") if evidence is not None else None
    return (str(said),) if said else ()


def _stays(plan: Plan, table: TableName) -> bool:
    return table in plan.tables and plan.tables[table].treatment is not Treatment.DROP
