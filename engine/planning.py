"""Make or renew a plan's file and its lock: discover, propose, keep what a person decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Kind, Schema
from engine.accept import accept as accept_masks
from engine.column_domains import column_domains
from engine.domains import DomainSpec, join
from engine.jobs.control import Control
from engine.lock import ColumnLock, Lock, lock_path, lock_text, make_lock
from engine.plan import Plan, Rule, Treatment
from engine.plan_inferred import against, with_keys
from engine.plan_keys_text import with_inferred
from engine.plan_toml_write import write_plan
from engine.planning_synthesis import SynthesisAsked, looked, privacy_of, unseen, with_synthesis
from engine.problems import Severity
from engine.profiling.discover import Report
from engine.profiling.finding import Finding, Findings, Options
from engine.profiling.keys.accept import to_declared
from engine.profiling.keys.inferred import InferredKey
from engine.profiling.policy import Policy, read_policy
from engine.propose import propose
from engine.runs import asked_domains, read_plan_file
from engine.subset.declared import declared
from engine.trial import sample_trial
from engine.workspace import replace_file

LEAST = 0.9
"""Inferred keys of this probability are accepted by `accept_keys`."""


@dataclass(frozen=True, slots=True)
class Planned:
    plan: Plan
    schema: Schema
    lock: Lock
    findings: Findings
    inferred: tuple[InferredKey, ...]
    """Keys that the plan offers as comments."""
    renewed: bool
    """There was a plan already: its decisions were kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants of a proposal."""

    key: str = "default"
    """The masking key of a new plan."""
    accept: bool = False
    """Take the safest mask for what is undecided."""
    accept_new: bool = False
    """Also for what is new since the lock."""
    policy: str | None = None
    """A policy's name or file; None: the one that the plan names."""
    accept_keys: bool = False
    """Take inferred keys for true."""
    least: float = LEAST
    """From this probability on."""
    options: Options = field(default_factory=Options)
    synthesis: SynthesisAsked | None = None


def make_plan(
    source: Database,
    path: Path,
    asked: Asked | None = None,
    *,
    agreed: Mapping[str, DomainSpec] | None = None,
    progress: Report = lambda _: None,
    control: Control | None = None,
) -> Planned:
    """Write PLAN and PLAN.lock for this source. `agreed`: the domains that the key has already, from which new ones of the same name
    but another type keep apart. Raises PlanError where an earlier plan cannot be read, PolicyError where its policy cannot, Cancelled
    where `control` asks for it: then nothing was written."""
    asked = asked or Asked()
    before = read_plan_file(path) if path.exists() else None
    previous, known = (before.plan, before.lock) if before else (None, None)
    said = asked.policy or (previous.policy if previous else None)
    policy = _policy(said, path, typed=asked.policy is not None)
    base = previous or Plan(path.stem, asked.key, {})
    described = source.describe()
    spec = privacy_of(asked.synthesis, base, described)
    apart = unseen(base, declared(base, described), spec)
    findings = looked(source, declared(base, described), apart, asked.options, progress, control)
    held = known if asked.accept and not asked.accept_new else None
    findings = _without_new_paths(findings, held) if held is not None else findings
    if asked.accept_keys:
        base = with_keys(base, described, findings.keys, asked.least)
    schema = declared(base, described)
    ours = propose(schema, findings, policy=policy, by=said, name=base.name, key=base.key)
    plan = propose(schema, findings, base, known, policy=policy, by=said)
    if spec is not None:
        ours, plan = with_synthesis(ours, plan, schema, spec, previous, known)
    if asked.accept:
        ours = accept_masks(ours, schema, trial=lambda tried: sample_trial(tried, source))
        plan = accept_masks(
            plan, schema, lock=known, accept_new=asked.accept_new, trial=lambda tried: sample_trial(tried, source)
        )
    plan = _kept_apart(plan, schema, agreed or {})
    lock = _lock(schema, ours, findings, plan, known, held=held is not None)
    offered = tuple(key for key in findings.keys if to_declared(key) not in plan.foreign_keys)
    refused = {key: reason for key in offered if (reason := against(plan, schema, key)) is not None}
    text = with_inferred(write_plan(plan, schema, path.read_text("utf-8") if before else None), offered, refused)
    if control is not None:
        control.check()
    path.parent.mkdir(parents=True, exist_ok=True)
    # The plan first: a new plan beside an old lock lists what is new, an old plan beside a new lock would hide it.
    replace_file(path, text.encode())
    replace_file(lock_path(path), lock_text(lock).encode())
    return Planned(plan, schema, lock, findings, offered, before is not None)


def _policy(said: str | None, plan: Path, *, typed: bool) -> Policy | None:
    """A file that a plan names lies beside the plan, one that is typed where the person is."""
    if said is None:
        return None
    return read_policy(said, None if typed else plan.parent)


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
        if table.treatment is Treatment.MASK
        else table
        for name, table in plan.tables.items()
    }
    return replace(plan, tables=tables) if clashing else plan


# The lock.


def _lock(schema: Schema, ours: Plan, findings: Findings, plan: Plan, known: Lock | None, *, held: bool) -> Lock:
    """What the next proposal and every check compare with. `held`: what is new since the lock is not taken for seen."""
    lock = replace(make_lock(schema, ours, document_paths(schema, findings)), partly=_partly(findings))
    if known is None:
        return lock
    lock = _with_earlier_paths(lock, known)
    lock = replace(lock, partly=_merged(known.partly, lock.partly)) if held else lock
    return _without_undecided(_with_earlier_labels(lock, known) if held else lock, plan, known)


def document_paths(schema: Schema, findings: Findings) -> dict[TableName, dict[str, tuple[str, ...]]]:
    """The paths that the sample shows in each column of documents; where it shows none, every later one is new."""
    found: dict[TableName, dict[str, tuple[str, ...]]] = {}
    for table in schema.tables:
        for column in table.stored:
            if column.kind in (Kind.JSON, Kind.XML):
                found.setdefault(table.name, {})[column.name] = ()
    for finding in findings.columns:
        if finding.paths:
            paths = tuple(path.path for path in finding.paths if not path.keys)
            found.setdefault(finding.table, {})[finding.column] = (*paths, *finding.beyond)
    return found


def _partly(findings: Findings) -> dict[TableName, tuple[str, ...]]:
    """Columns of documents not all of whose paths were told."""
    found: dict[TableName, tuple[str, ...]] = {}
    for finding in findings.columns:
        if finding.partly:
            found[finding.table] = (*found.get(finding.table, ()), finding.column)
    return found


def _merged(
    ours: Mapping[TableName, tuple[str, ...]], theirs: Mapping[TableName, tuple[str, ...]]
) -> dict[TableName, tuple[str, ...]]:
    return {table: tuple(dict.fromkeys((*ours.get(table, ()), *theirs.get(table, ())))) for table in (*ours, *theirs)}


def _without_new_paths(findings: Findings, known: Lock) -> Findings:
    """What was found, but for paths that are new since the lock: nobody has seen them."""

    def held(finding: Finding) -> Finding:
        earlier = known.json_paths.get(finding.table, {}).get(finding.column)
        if earlier is None:
            return finding
        paths = tuple(path for path in finding.paths if path.keys or path.path in earlier)
        return replace(finding, paths=paths, beyond=tuple(path for path in finding.beyond if path in earlier))

    return replace(findings, columns=tuple(map(held, findings.columns)))


def _with_earlier_paths(lock: Lock, known: Lock) -> Lock:
    """A sample does not show every path each time: what was seen once stays known."""
    paths = {table: dict(columns) for table, columns in lock.json_paths.items()}
    for table, columns in known.json_paths.items():
        for column, earlier in columns.items():
            if table in lock.tables and column in lock.tables[table].columns:
                now = paths.get(table, {}).get(column, ())
                paths.setdefault(table, {})[column] = tuple(dict.fromkeys((*earlier, *now)))
    return replace(lock, json_paths=paths)


def _with_earlier_labels(lock: Lock, known: Lock) -> Lock:
    tables = {}
    for name, table in lock.tables.items():
        before = known.tables[name].columns if name in known.tables else {}
        columns = {column: _labels_of(now, before.get(column)) for column, now in table.columns.items()}
        tables[name] = replace(table, columns=columns)
    return replace(lock, tables=tables)


def _labels_of(now: ColumnLock, before: ColumnLock | None) -> ColumnLock:
    return now if before is None else replace(now, labels=before.labels, listed=before.listed)


def _without_undecided(lock: Lock, plan: Plan, known: Lock) -> Lock:
    """The lock without columns that are new and undecided: `--accept` alone must not take them the next time either."""
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
    if decided is None or decided.treatment not in (Treatment.MASK, Treatment.SYNTHESIZE):
        return decided is not None
    rule = decided.rule(column)
    # A generated column needs no decision.
    return rule is None or rule.decided


def decisions(plan: Plan) -> Mapping[TableName, tuple[int, int, int]]:
    """Per table: columns masked (or made, where its rows are synthetic), kept, undecided."""
    counted = {}
    for name, table in plan.tables.items():
        undecided = sum(len(rule.columns) for rule in table.rules if not rule.decided)
        kept = sum(len(rule.columns) for rule in table.rules if rule.masker is not None and rule.masker.name == "keep")
        counted[name] = (sum(len(rule.columns) for rule in table.rules) - undecided - kept, kept, undecided)
    return counted
