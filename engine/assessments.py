"""An assessment as a person orders it: a ledgered job that can be cancelled and taken up, entered into the catalog's chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import isfinite

from connectors.database import Database
from connectors.errors import DatabaseError
from engine.assess import Assessing, assess
from engine.assessment.assessed import Assessed, SealBroken, Spent, check_seal, read, seal
from engine.assessment.policy import read_policy
from engine.assessment.spec import AssessSpec
from engine.assessment.store import AssessmentFolder
from engine.catalog import Catalog
from engine.jobs.control import Control, Progress
from engine.jobs.ledger import Ledger
from engine.jobs.worker import Ending, run_job
from engine.keys import MaskingKey
from engine.plan import Plan
from engine.record_store import RecordStore
from engine.report.releasable import releasable
from engine.runs import Office, PlanFile
from engine.synthesis.packages import packages_problem
from engine.workspace import Workspace, new_run_id

CHAIN = "assessments"
"""Of the catalog: every assessment with its seal."""


def assess_plan(
    file: PlanFile,
    source: Database,
    target: Database,
    office: Office,
    *,
    spec: AssessSpec | None = None,
    policy: str | None = None,
    run: str | None = None,
    id: str | None = None,
    addresses: tuple[str, str] | None = None,
    passwords: Mapping[str, str] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Assessed:
    """Assess as a job of this process. Raises PolicyError, VaultError, and what `assess` raises.

    `spec`: in place of the plan's; `policy`: a name of ours or a file, in place of the one that it names; `run`: which run is meant;
    `id`: of an interrupted assessment that is to go on; `addresses`, `passwords`: of the source and target, so that it can be."""
    id, key = id or new_run_id(), office.keystore.get(file.plan.key)
    spec = spec or file.plan.assess or AssessSpec()
    # The command line's file is where the person stands, the plan's lies beside it.
    rules = read_policy(policy) if policy else read_policy(spec.policy, file.plan.folder) if spec.policy else None
    kept = office.workspace.run(id)
    if passwords:
        RecordStore(kept, id, key).save_passwords(passwords)
    asked = Assessing(
        file.plan, source, target, key, office.workspace, AssessmentFolder(kept.folder), spec, rules, run,
        office.keystore.domains(key.name), tuple(_spent(file.plan, office)),
    )  # fmt: skip

    def work(report: Callable[[Progress], None], control: Control) -> Assessed:
        return assess(replace(asked, control=control, progress=report))

    from_, to = addresses or (source.url, target.url)
    about = {"plan": str(file.path.absolute()), "source": from_, "target": to}
    about |= {word: said for word, said in (("policy", policy), ("run", run)) if said is not None}
    about |= {"entities": str(spec.entities), "seconds": f"{spec.seconds:g}", "seed": str(spec.seed)}
    ledger = Ledger(office.workspace.jobs)
    assessed = run_job(
        ledger, id, "assess", about, work, progress=progress, secret_free=(DatabaseError,), ending=_ending
    )
    kept.close()
    entry = {"id": id, "run": assessed.run, "plan": assessed.plan, "verdict": assessed.verdict}
    seals = {"seal": seal(assessed.to_json()), "releasable": seal(releasable(assessed).to_json())}
    office.catalog.append(CHAIN, entry | seals)
    return assessed


def _ending(assessed: Assessed) -> Ending:
    if assessed.policy is not None:
        return Ending(assessed.verdict, f"{assessed.policy.policy}: {assessed.verdict}. {assessed.policy.sentence}")
    alarms = sum(risk.alarm for risk in assessed.risks)
    return Ending(
        assessed.verdict,
        f"{len(assessed.risks):,} risks looked at, {alarms:,} of them alarming. No policy was asked for.",
    )


def stored_assessment(workspace: Workspace, catalog: Catalog, id: str) -> Assessed | None:
    """A finished assessment of this workspace; None where there is none. Raises SealBroken, also where the file is not the one that
    the catalog's chain names: whoever changes a file can seal it anew."""
    if not workspace.has_run(id):
        return None
    file = AssessmentFolder(workspace.run(id).folder).evidence
    if not file.exists():
        return None
    content = check_seal(file.read_text())
    if (id, seal(content)) not in _entered(catalog):
        raise SealBroken(f"The catalog's chain of assessments names no {id} with this seal: the file is another one.")
    return read(content)


def _entered(catalog: Catalog) -> set[tuple[str, str]]:
    """Every assessment with its seal, as the chain has them."""
    payloads = (json.loads(entry.payload) for entry in catalog.entries(CHAIN))
    return {(payload["id"], payload["seal"]) for payload in payloads}


def stored_figures(workspace: Workspace, assessed: Assessed, key: MaskingKey) -> dict[str, object] | None:
    """What its figures are drawn of; None where nothing was measured. Raises SealError under another key."""
    return AssessmentFolder(workspace.run(assessed.id).folder).figures(key)


def _spent(plan: Plan, office: Office) -> Iterator[Spent]:
    """What is spent of the plan's population, where what counts it is installed."""
    if plan.privacy is None or packages_problem() is not None:
        return
    from engine.privacy.accounts import populations

    for each in populations(office.catalog, office.keystore.populations()):
        if each.name == plan.privacy.population:
            epsilon = each.epsilon if isfinite(each.epsilon) else None
            yield Spent(each.name, epsilon, each.delta, each.cap if each.cap and isfinite(each.cap) else None)
