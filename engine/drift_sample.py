"""A look at the source for what its schema does not say: new paths of documents, and what to do with whatever is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from connectors.database import Database, Snapshot
from connectors.names import TableName
from connectors.schema import Schema
from engine.drift import Present
from engine.lock import Lock
from engine.masking.path_masker import PathMasker
from engine.plan import Plan
from engine.profiling.discover import Looked, all_facts, judge
from engine.profiling.documents import see_documents
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Findings, Options
from engine.profiling.policy import PolicyError, read_policy
from engine.profiling.sampling import sample_table
from engine.propose import propose

ROWS = Options().rows


def seen_again(
    plan: Plan,
    schema: Schema,
    lock: Lock,
    source: Database,
    changed: set[TableName],
    documents: set[tuple[TableName, str]],
) -> Present:
    """What a sample shows of these documents, and of these tables that are not as they were."""
    with source.snapshot() as snapshot:
        looked = _look(snapshot, schema, changed | {table for table, _ in documents}, documents)
    # Of the other columns nothing is asked: each costs all detectors.
    facts = [each for each in all_facts(looked) if each.table.name in changed or _place(each) in documents]
    paths: dict[TableName, dict[str, tuple[str, ...]]] = {}
    partly, told = set(), []
    for each in facts:
        known = lock.json_paths.get(each.table.name, {}).get(each.column.name)
        seen, part = see_documents(each) if known is not None else ((), False)
        fresh = tuple(path for path in _undecided(plan, each, seen) if path not in (known or ()))
        if fresh:
            paths.setdefault(each.table.name, {})[each.column.name] = fresh
        if part:
            partly.add(_place(each))
        if fresh or each.table.name in changed:
            told.append(each)
    return Present(paths, frozenset(partly), _proposal(plan, schema, told))


def _place(facts: ColumnFacts) -> tuple[TableName, str]:
    return facts.table.name, facts.column.name


def _look(
    snapshot: Snapshot, schema: Schema, tables: set[TableName], documents: set[tuple[TableName, str]]
) -> Looked:  # fmt: skip
    """All columns of the changed tables, of others those of documents alone."""
    samples = {}
    for name in tables:
        table = schema.table(name)
        wanted = tuple(column for column in table.columns if (name, column.name) in documents)
        samples[name] = sample_table(snapshot, replace(table, columns=wanted) if wanted else table, ROWS)
    return Looked(schema, samples)


def _undecided(plan: Plan, facts: ColumnFacts, seen: Iterable[str]) -> Iterator[str]:
    """Those of these paths that the plan does not name, nor anything above them."""
    rule = plan.tables[facts.table.name].rule(facts.column.name) if facts.table.name in plan.tables else None
    known = rule.masker.known if rule is not None and isinstance(rule.masker, PathMasker) else None
    return (path for path in seen if known is None or not known.covers(path))


def _proposal(plan: Plan, schema: Schema, facts: list[ColumnFacts]) -> Plan:
    """What would be proposed by what was looked at."""
    findings = Findings(tuple(judge(each)[0] for each in facts))
    try:
        policy = read_policy(plan.policy, plan.folder) if plan.policy is not None else None
    except PolicyError:
        # It is only beside the point here; `plan` speaks of it.
        policy = None
    return propose(schema, findings, policy=policy, by=plan.policy, name=plan.name, key=plan.key)
