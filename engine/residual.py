"""The residual scan: do columns that no mask has changed hold values of masked ones, or people that nobody decided on?

Kept columns, columns that the database computes, rewritten texts and columns that the plan does not name are sampled in the finished
target. Their values, and the pieces of their texts, are looked for among the keyed traces that the run has recorded of the masked
columns' source values; and the detectors of discovery look at the same sample.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.database import Snapshot
from connectors.errors import DatabaseError, Lost
from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.jobs.control import Control
from engine.keys import MaskingKey
from engine.plan import AS_IS, Plan, TablePlan, Treatment
from engine.profiling.discover import Looked, all_facts, judge
from engine.profiling.facts import Sample
from engine.profiling.sampling import TableSample
from engine.profiling.taxonomy import TAXONOMY, Group
from engine.record import TableRecord, record_key, trace_hashes
from engine.residual_findings import FAULT, PERSONAL, SOURCE, WARNING, Residual, Residuals
from engine.residual_index import Traces, traces
from engine.trace_candidates import Candidates, candidates, portions, together
from engine.traces import texts_of

ROWS = 20_000
"""Looked at in each table, spread over it."""
LONGEST = 4_000
"""Characters of a text."""
TEXT_BYTES = 2 << 20
"""Different texts of one column that are looked through."""
PORTION = 1 << 18
JUDGED = 1_000
"""Values of a column that the detectors are given."""
SURE = 0.9
"""Probability from which a column is told to be personal."""
SCANNED = frozenset(Kind) - {
    Kind.BOOLEAN, Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTERVAL, Kind.BINARY, Kind.BIT,
}  # fmt: skip
"""Kinds that can carry somebody's address or number."""
REWRITTEN = frozenset({"free_text", "json_path", "xml_path", "elements", "external"})
"""Techniques that may leave parts of a value as they were."""
TOLD = frozenset({Group.DIRECT, Group.SECRET})


@dataclass(frozen=True, slots=True)
class _Watched:
    """One column of the target that is scanned."""

    table: Table
    """In the target."""
    name: TableName
    """In the plan."""
    column: Column
    reason: str
    judged: bool = False
    """It has come from the source as it was, so what it holds of people is told."""
    decided: bool = False
    """Somebody has kept it, and said why."""

    def __str__(self) -> str:
        return f"{self.name}.{self.column.name}"


def residuals(
    plan: Plan,
    key: MaskingKey,
    target: Schema,
    snapshot: Snapshot,
    names: Mapping[TableName, TableName],
    records: Mapping[TableName, TableRecord],
    control: Control,
    seconds: float,
) -> Residuals:
    """Scan a target for at most about `seconds`. `names`: where each of the plan's tables is. `records`: what the run measured."""
    started, looked_for = time.monotonic(), traces(records)
    until = started + seconds
    findings: list[Residual] = []
    left: list[str] = []
    columns: dict[tuple[TableName, str], _Watched] = {}
    samples: dict[TableName, TableSample] = {}
    rows = 0
    for watched in _by_table(plan, target, names):
        control.check()
        sample = _sample(snapshot, watched) if time.monotonic() < until else None
        if sample is None:
            left += map(str, watched)
            continue
        found = [_source_values(plan, key, each, sample, looked_for) for each in watched]
        findings += [finding for finding in found if finding is not None]
        columns |= {(each.table.name, each.column.name): each for each in watched}
        samples[watched[0].table.name] = _to_judge(sample, watched)
        rows += sample.num_rows
    findings += _personal(Looked(target, samples), columns, control, until, left)
    return Residuals(tuple(findings), len(columns), rows, tuple(left), round(time.monotonic() - started, 3))


def _by_table(plan: Plan, target: Schema, names: Mapping[TableName, TableName]) -> Iterator[list[_Watched]]:
    for name, planned in sorted(plan.tables.items()):
        table = target.by_name.get(names[name])
        if table is None or planned.treatment in (Treatment.DROP, Treatment.EMPTY, Treatment.SYNTHESIZE):
            continue
        watched = [each for column in table.columns if (each := _watched(name, planned, table, column)) is not None]
        if watched:
            yield watched


def _watched(name: TableName, planned: TablePlan, table: Table, column: Column) -> _Watched | None:
    """Why a column is scanned; None for one that is not."""
    if column.kind not in SCANNED:
        return None
    rule = planned.rule(column.name)
    if column.generated is not None:
        return _Watched(table, name, column, "the database computes it")
    if planned.treatment in AS_IS:
        return _Watched(table, name, column, f"copied: {planned.reason}", judged=True, decided=True)
    if rule is None or rule.masker is None:
        return _Watched(table, name, column, "the plan says nothing of it", judged=True)
    if rule.masker.name == "keep":
        return _Watched(table, name, column, f"kept: {rule.reason}", judged=True, decided=True)
    if rule.masker.name in REWRITTEN:
        return _Watched(table, name, column, f"rewritten by {rule.masker.name}")
    return None


def _sample(snapshot: Snapshot, watched: Sequence[_Watched]) -> pa.Table | None:
    """Rows spread over the table; None where it cannot be read."""
    table = watched[0].table
    try:
        batches = list(snapshot.sample(table.name, [each.column.name for each in watched], ROWS, LONGEST))
    except Lost:
        raise
    except DatabaseError:
        return None
    return pa.Table.from_batches(batches) if batches else pa.table({each.column.name: pa.nulls(0) for each in watched})


def _source_values(
    plan: Plan, key: MaskingKey, watched: _Watched, sample: pa.Table, looked_for: Traces
) -> Residual | None:
    """The masked column whose values a column holds most of, beyond chance."""
    if not looked_for.columns:
        return None
    found = _candidates(sample.column(watched.column.name))
    matched = looked_for.matched(trace_hashes(record_key(key), found.spelt), found.bits)
    if not matched:
        return None
    best = matched[0]
    accepted = {SOURCE, f"{SOURCE} {watched.name}", f"{SOURCE} {watched}"} & set(plan.accept)
    return Residual(
        watched.name, watched.column.name, SOURCE, WARNING if accepted else FAULT, watched.reason, best.column, best.found,
        best.expected,
    )  # fmt: skip


def _candidates(values: pa.ChunkedArray) -> Candidates:
    """What to look for in a column's texts, each spelling once."""
    texts = [pc.unique(text) for chunk in values.chunks for text in texts_of(chunk)]
    distinct = pc.unique(pa.concat_arrays([pa.array([], pa.string()), *texts]))
    held = np.cumsum(np.asarray(pc.binary_length(distinct)))
    distinct = distinct.slice(0, int(np.searchsorted(held, TEXT_BYTES)) + 1)
    return together([candidates(part) for part in portions(distinct, PORTION)])


def _to_judge(sample: pa.Table, watched: Sequence[_Watched]) -> TableSample:
    """As many values of the columns to judge as detectors look at."""
    names = [each.column.name for each in watched if each.judged]
    return TableSample({name: Sample(pc.unique(sample.column(name)).slice(0, JUDGED)) for name in names})


def _personal(
    looked: Looked,
    columns: Mapping[tuple[TableName, str], _Watched],
    control: Control,
    until: float,
    left: list[str],
) -> Iterator[Residual]:
    """Columns that hold direct identifiers or secrets as they were; those that there is no time to judge go to `left`."""
    for facts in all_facts(looked):
        control.check()
        each = columns.get((facts.table.name, facts.column.name))
        if each is None or not each.judged or facts.sample is None:
            continue
        if time.monotonic() > until:
            left.append(str(each))
            continue
        finding, _ = judge(facts)
        if finding.entity is not None and finding.probability >= SURE and TAXONOMY[finding.entity].group in TOLD:
            yield Residual(
                each.name, each.column.name, PERSONAL, WARNING if each.decided else FAULT, each.reason,
                found=round((finding.share or 0) * finding.distinct), entity=finding.entity, probability=finding.probability,
            )  # fmt: skip
