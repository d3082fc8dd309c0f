"""Which of the target's rows is a source row's own: its primary key is masked as the run has masked it, and looked up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from connectors.database import Derived, Snapshot
from connectors.names import TableName
from connectors.schema import Schema
from engine.assessment.columns import Compared
from engine.assessment.view import Made
from engine.domains import DomainSpec
from engine.jobs.control import Control
from engine.keys import MaskingKey
from engine.load_pace import Gate
from engine.pace import Pace
from engine.pipeline import Pipeline, Step, ancestors, compile_plan
from engine.plan import Plan, selects
from engine.prepare import first_passes
from engine.problems import PlanError


@dataclass(frozen=True, slots=True)
class KeyMask:
    """How the rows of one table get their primary key in the target."""

    names: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def reads(self) -> set[str]:
        """The table's own columns that must be there."""
        return {*self.names} | {name for step in self.steps for name in step.looked_at}

    @property
    def derived(self) -> tuple[Derived, ...]:
        return ancestors(self.steps)

    def masked(self, batch: pa.RecordBatch) -> list[pa.Array]:
        """The target's primary keys of these source rows. Raises MaskError."""
        source = dict(zip(batch.schema.names, batch.columns, strict=True))
        masked: dict[str, pa.Array] = {}
        for step in self.steps:
            result = step.apply(source, masked, batch, Counter[str]())
            masked |= zip(result.schema.names, result.columns, strict=True)
        return [masked.get(name, source[name]) for name in self.names]


def key_masks(
    plan: Plan,
    schema: Schema,
    tables: Mapping[TableName, tuple[Compared, Made]],
    snapshot: Snapshot,
    key: MaskingKey,
    agreed: Mapping[str, DomainSpec] | None,
    control: Control,
) -> tuple[dict[TableName, KeyMask], list[str]]:
    """For every table whose rows can be found again; and why others cannot. Reads tables whose keys need a first pass."""
    if plan.clone is not None and not plan.clone.original:
        return {}, ["Nobody's own row is known: the target has only copies of entities, under keys of their own."]
    try:
        pipeline = compile_plan(plan, schema, key, agreed)
    except PlanError:
        return {}, ["Nobody's own row is known: the source has tables or columns that the plan does not decide."]
    found: dict[TableName, KeyMask] = {}
    left: list[str] = []
    for name, (compared, made) in tables.items():
        names = tuple(column.name for column in compared.primary)
        if made is Made.SYNTHETIC:
            continue
        steps = _steps(pipeline, name, names)
        why = _unknown(plan, names, steps)
        if why:
            left.append(f"{name}: which target row is whose is not known: {why}.")
        else:
            found[name] = KeyMask(names, steps)
    return _prepared(pipeline, found, snapshot, control), left


def _steps(pipeline: Pipeline, table: TableName, names: Sequence[str]) -> tuple[Step, ...]:
    """The rules of a key, and those of the columns that it is built from."""
    wanted, kept = set(names), []
    for step in reversed(pipeline.steps(table)):
        if wanted & set(step.rule.columns):
            wanted |= set(step.rule.from_)
            kept.append(step)
    return tuple(reversed(kept))


def _unknown(plan: Plan, names: Sequence[str], steps: Sequence[Step]) -> str | None:
    if not names:
        return "it has no primary key"
    if any(step.first_pass() is not None for step in steps) and selects(plan):
        return "its key is masked by what all selected rows are together"
    if any(step.masker.name == "external" for step in steps):
        return "its key is masked by a program of the site"
    return None


def _prepared(
    pipeline: Pipeline, found: Mapping[TableName, KeyMask], snapshot: Snapshot, control: Control
) -> dict[TableName, KeyMask]:
    passing = [
        pipeline.schema.table(name) for name, mask in found.items() if any(step.first_pass() for step in mask.steps)
    ]
    if not passing:
        return dict(found)
    known = first_passes(pipeline, snapshot, passing, gate=Gate(Pace(), control, lambda _: None))
    ready = pipeline.prepared(known)
    return {name: KeyMask(mask.names, _steps(ready, name, mask.names)) for name, mask in found.items()}
