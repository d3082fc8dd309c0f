"""Infer foreign keys: candidates from names, values and joins, ranked, the likely ones counted exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.schema import Schema
from engine.profiling.finding import NotExamined
from engine.profiling.keys.candidate import Candidate
from engine.profiling.keys.composites import composite_keys
from engine.profiling.keys.evidence import evidence
from engine.profiling.keys.exact import counted
from engine.profiling.keys.inferred import InferredKey
from engine.profiling.keys.joins import mined
from engine.profiling.keys.lookups import Lookups
from engine.profiling.keys.material import Clock, Material, read_material
from engine.profiling.keys.polymorphic import polymorphic_keys
from engine.profiling.keys.ranking import Ranked, best, ranked
from engine.profiling.keys.singles import single_keys
from engine.profiling.sampling import TableSample

SECONDS = 30.0


def infer_keys(
    schema: Schema,
    snapshot: Snapshot,
    samples: Mapping[TableName, TableSample],
    statements: Sequence[str] = (),
    routines: Mapping[str, str] | None = None,
    *,
    seconds: float = SECONDS,
) -> tuple[tuple[InferredKey, ...], tuple[NotExamined, ...]]:
    """Keys that neither the database nor the plan laid over the schema declares, the likeliest first. `statements`: SQL of a log;
    `routines`: bodies of functions and procedures by name. Questions to the source take at
    most about `seconds`; what was not asked then is said."""
    clock = Clock(seconds)
    material = read_material(schema, snapshot, samples, clock)
    lookups = Lookups(snapshot, clock)
    found = candidates(material, lookups, statements, routines)
    kept = likely_keys(material, snapshot, found, clock)
    return tuple(_inferred(each) for each in kept), tuple(_unasked(lookups.unasked))


def likely_keys(
    material: Material,
    snapshot: Snapshot,
    found: Sequence[Candidate],
    clock: Clock,
    fitted: Mapping[str, float] | None = None,
) -> list[Ranked]:
    """The best of the candidates: by what was sampled first, and of these by what was counted."""
    likely = [counted(material, snapshot, each.candidate, clock) for each in best(ranked(found, fitted))]
    return best(ranked(likely, fitted))


def candidates(
    material: Material, lookups: Lookups, statements: Sequence[str], routines: Mapping[str, str] | None = None
) -> list[Candidate]:
    """Every key that anything speaks for."""
    joins = mined(material.schema, statements, routines)
    return [
        *single_keys(material, joins, lookups),
        *composite_keys(material, joins, lookups),
        *polymorphic_keys(material, lookups),
    ]


def _inferred(each: Ranked) -> InferredKey:
    candidate = each.candidate
    return InferredKey(
        candidate.table, candidate.columns, candidate.parent.name, candidate.parent.columns, round(each.probability, 3),
        evidence(candidate), candidate.where, candidate.orphans,
    )  # fmt: skip


def _unasked(tables: Iterable[TableName]) -> Iterator[NotExamined]:
    for table in dict.fromkeys(tables):
        reason = "there was no time left to look up which columns of other tables hold keys of it"
        yield NotExamined(table, None, "budget", reason)
