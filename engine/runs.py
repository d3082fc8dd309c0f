"""A run as a person orders it: a plan's file, its lock and key, two databases; and what is agreed once it is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.database import Database, Issue
from connectors.schema import Column, Schema
from engine.build import describe_target, existing_build, fresh_build, planned_schema, target_names
from engine.catalog import Catalog
from engine.check import check
from engine.check_view import View
from engine.clone_resume import AfterLoss
from engine.ddl_review import derived_copies
from engine.domains import DomainSpec, domain_spec, shape
from engine.drift_look import look_again
from engine.evidence import Evidence
from engine.jobs.clone_job import clone_job
from engine.jobs.control import Progress
from engine.keeper_moment import Keeping
from engine.keys import MaskingKey
from engine.keystore import KeyStore
from engine.lock import Lock, lock_path, read_lock
from engine.masking.base import Masker
from engine.pace import Pace
from engine.plan import Plan, synthesises
from engine.plan_toml import read_plan
from engine.problems import PlanError, Problem
from engine.roles import refuse_by_role
from engine.safety import Mode, refuse_the_source
from engine.subset.declared import declared
from engine.subset.trial import condition_issues
from engine.synthesis.packages import packages_problem
from engine.trial import sample_trial
from engine.workspace import Workspace, new_run_id

if TYPE_CHECKING:
    from engine.clone_synthesis import Synthesis


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan with what lies beside it."""

    path: Path
    plan: Plan
    lock: Lock | None


@dataclass(frozen=True, slots=True)
class Office:
    """What a run leaves its traces in."""

    workspace: Workspace
    catalog: Catalog
    keystore: KeyStore


def read_plan_file(path: Path) -> PlanFile:
    """The plan and its lock. Raises PlanError; OSError where the plan's file cannot be read."""
    plan = read_plan(path)
    beside = lock_path(path)
    return PlanFile(path, plan, read_lock(beside.read_bytes()) if beside.exists() else None)


def masking_key(keystore: KeyStore, name: str) -> MaskingKey:
    """The key that a plan names, made when it is not there yet."""
    return keystore.get(name) if name in keystore.names() else keystore.create(name)


def run_plan(
    file: PlanFile,
    source: Database,
    target: Database,
    office: Office,
    *,
    mode: Mode | None = Mode.NEW,
    strict: bool = False,
    run_id: str | None = None,
    resume: bool = False,
    after_loss: AfterLoss = AfterLoss.ASK,
    keeping: Keeping | None = None,
    pace: Pace | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    addresses: tuple[str, str] | None = None,
    model: str | None = None,
    seed: int | None = None,
    then: Collection[str] = (),
) -> Evidence:
    """Clone as a job of this process. Raises what `clone` raises, and RoleError where a database is not saved for its side.

    `addresses`: the source and target as a later `jobs resume` finds them again, without passwords. `resume`, `after_loss`, `keeping`
    `pace` and a `mode` of None: as in `clone`. `model`: the stored one that synthetic rows are made of; `seed`: of
    their drawing. `then`: what was ordered to follow, for a later `jobs resume`.
    """
    saved = office.catalog.connections()
    refuse_by_role(saved, source.url, target=False)
    refuse_by_role(saved, target.url, target=True)
    told = {"plan": str(file.path.absolute())} | ({"strict": "yes"} if strict else {})
    told |= {"keep_snapshot": f"{keeping.minutes:g}"} if keeping is not None else {}
    told |= pace.words() if pace is not None else {}
    if keeping is not None and pace is not None and pace.connections is not None:
        # Only when asked: where a moment cannot be shared, several readers of it begin under a brief lock of the whole server.
        keeping = replace(keeping, readers=pace.connections)
    key = masking_key(office.keystore, file.plan.key)
    run_id = run_id or new_run_id()
    told |= {name: str(value) for name, value in (("model", model), ("seed", seed)) if value is not None}
    told |= {"then": " ".join(then)} if then else {}
    from_, to = addresses or (source.url, target.url)
    evidence = clone_job(
        file.plan, source, target, key, workspace=office.workspace, catalog=office.catalog, run_id=run_id, mode=mode,
        about=told | {"source": from_, "target": to}, progress=progress, lock=file.lock,
        agreed=office.keystore.domains(key.name), strict=strict, resume=resume, after_loss=after_loss, keeping=keeping,
        pace=pace, synthesis=_synthesis(file.plan, source, office, key, run_id, model, seed),
    )  # fmt: skip
    # Only now: a run that is killed before its job has ended in the ledger is resumed once more.
    office.workspace.run(evidence.run).close()
    for spec in asked_domains(file.plan, declared(file.plan, source.describe())):
        office.keystore.join_domain(key.name, spec)
    return evidence


def _synthesis(
    plan: Plan, source: Database, office: Office, key: MaskingKey, run: str, model: str | None, seed: int | None
) -> Synthesis | None:
    """None for a plan that synthesises nothing: then nothing of it is even loaded."""
    if not synthesises(plan) or packages_problem() is not None:
        return None
    from engine.training import synthesis_of

    try:
        return synthesis_of(plan, source, office, key, run, model=model, seed=seed)
    except PlanError:
        # The run's own check says this, and with it everything else that is wrong.
        return None


def asked_domains(plan: Plan, schema: Schema) -> Iterator[DomainSpec]:
    """What this plan asks of each domain that outlives it: those of keys, and those that a person named."""
    view = View(plan, schema)
    members: dict[str, list[tuple[Masker, Column]]] = {}
    for (table, name), rule in view.rules.items():
        masker = view.masker(table, name)
        if masker is not None and (table, name) in view.domains and (rule.domain or view.families.name((table, name))):
            members.setdefault(view.domains[table, name], []).append((masker, schema.table(table).column(name)))
    for domain, found in members.items():
        masker, columns = found[0][0], [column for _, column in found]
        if len({shape(column) for column in columns}) == 1:
            yield domain_spec(domain, masker.name, masker.version, columns)


def plan_problems(
    file: PlanFile,
    source: Database,
    target: Database | None = None,
    *,
    agreed: Mapping[str, DomainSpec] | None = None,
    strict: bool = False,
) -> tuple[Problem, ...]:
    """Every problem of a plan with these databases. Only their catalogs are read, a few rows of a table whose CHECK nobody can prove,
    and samples of documents and of what has changed. Raises Refused for a target that is the source."""
    schema = declared(file.plan, source.describe())
    issues = [*_unlocked(file), *_writable(source), *derived_copies(file.plan, schema)]
    issues += condition_issues(file.plan, schema, source)
    there = None
    if target is not None:
        refuse_the_source(source, target)
        there = describe_target(target)
        issues += _build_issues(file.plan, schema, source, target, there)
    return check(
        file.plan, schema, lock=file.lock, target_schema=there, agreed=agreed, issues=issues, strict=strict,
        trial=sample_trial(file.plan, source), present=look_again(file.plan, schema, file.lock, source),
        same_dialect=target is None or source.dialect == target.dialect,
    )  # fmt: skip


def _build_issues(plan: Plan, schema: Schema, source: Database, target: Database, there: Schema) -> list[Issue]:
    """What a fresh target cannot carry, and which values neither holds; an existing one is compared column by column as well."""
    planned = planned_schema(plan, schema)
    names = target_names(plan, planned, there.default_schema)
    try:
        if not there.by_name.keys() & set(names.values()):
            return list(fresh_build(plan, planned, source, target, names).issues)
        if there.by_name.keys() >= set(names.values()):
            return list(existing_build(plan, planned, there, source, target, names).issues)
        return []
    except PlanError as error:
        return [Issue(p.code, p.reason, p.remedy, p.table, p.column, blocking=True) for p in error.problems]


def _unlocked(file: PlanFile) -> Iterator[Issue]:
    if file.lock is None:
        message = (
            f"{lock_path(file.path).name} is not beside the plan: changes of a column's type since then go unnoticed."
        )
        yield Issue("lock-missing", message, "Run `lookalike plan` again: it keeps your decisions and writes the lock.")


def _writable(source: Database) -> Iterator[Issue]:
    if rights := source.may_write():
        message = (
            f"The login to the source may write there ({', '.join(rights[:3])}); it is opened read-only all the same."
        )
        yield Issue("source-writable", message, "Use a login that can only read.")
