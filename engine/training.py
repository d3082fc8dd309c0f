"""Training as a person orders it: a plan's file, a source, and the model that is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from connectors.database import Database
from connectors.errors import DatabaseError
from connectors.schema import Schema
from engine.clone_synthesis import Synthesis
from engine.jobs.control import Control, Progress
from engine.jobs.ledger import Job
from engine.jobs.ledger import Ledger as JobLedger
from engine.jobs.worker import run_job
from engine.keys import MaskingKey
from engine.learning import learn
from engine.plan import Plan, fingerprint, synthesises
from engine.privacy.budget import Budget, OverBudget
from engine.privacy.ledger import PopulationLedger, open_ledger
from engine.privacy.release import release_of
from engine.problems import PlanError, Problem, Severity, errors
from engine.record_store import RecordStore
from engine.runs import Office, PlanFile, masking_key, plan_problems
from engine.snapshots import held_here
from engine.subset.declared import declared
from engine.synthesis.checkpoint import Checkpoint
from engine.synthesis.classes import structure_of
from engine.synthesis.errors import SynthesisError
from engine.synthesis.model import Model
from engine.synthesis.store import ModelError, ModelFolder
from engine.workspace import Workspace, new_run_id


def train_model(
    file: PlanFile,
    source: Database,
    office: Office,
    *,
    name: str | None = None,
    strict: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    address: str | None = None,
    passwords: Mapping[str, str] | None = None,
    resumed: Job | None = None,
    id: str | None = None,
) -> Model:
    """Learn, as a ledgered job, and keep the model in the workspace. Raises PlanError, OverBudget, SynthesisError, Cancelled.

    `id`: of the job. `resumed`: an interrupted training. It goes on after the last step that the ledger holds, with the rows that
    the source has now; `passwords` are those of its address, kept for that."""
    if resumed is not None:
        _refuse_other_plan(resumed, file.plan)
    name = name or f"{_plain(file.plan.name)}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    folder = _new_folder(office.workspace, name, masking_key(office.keystore, file.plan.key))
    refuse_without_synthesis(file.plan)
    found = plan_problems(file, source, agreed=office.keystore.domains(folder.key.name), strict=strict)
    if errors(found):
        raise PlanError(found)
    schema, run = declared(file.plan, source.describe()), resumed.id if resumed is not None else id or new_run_id()
    spending = ledger_of(file.plan, schema, office, folder.key, run, source)
    if file.plan.privacy is not None:
        spending.check(Budget(file.plan.privacy.epsilon, file.plan.privacy.delta))
    kept = office.workspace.run(run)
    if passwords:
        RecordStore(kept, run, folder.key).save_passwords(passwords)

    def work(report: Callable[[Progress], None], control: Control) -> Model:
        checkpoint = Checkpoint(kept.training, folder.key.derive("training checkpoint"))
        with held_here(source) as moment:
            model = learn(
                file.plan, schema, moment, folder.key, spending, name=name, progress=report, control=control,
                checkpoint=checkpoint,
            )  # fmt: skip
        folder.save(model)
        return model

    about = {"plan": str(file.path.absolute()), "source": address or source.url, "model": name}
    about |= {"fingerprint": fingerprint(file.plan)} | ({"strict": "yes"} if strict else {})
    told = (DatabaseError, PlanError, SynthesisError, OverBudget)
    try:
        model = run_job(
            JobLedger(office.workspace.jobs), run, "train", about, work, progress=progress, secret_free=told
        )
    except (SynthesisError, OverBudget):
        # It would fail again.
        kept.close()
        raise
    kept.close()
    return model


def _refuse_other_plan(resumed: Job, plan: Plan) -> None:
    """What was charged under one plan is no part of another's training. Raises ModelError."""
    if (resumed.about or {}).get("fingerprint") != fingerprint(plan):
        raise ModelError("the plan was changed since this training began: train anew, or put the plan back as it was")


def synthesis_of(
    plan: Plan, source: Database, office: Office, key: MaskingKey, run: str, *, model: str | None, seed: int | None
) -> Synthesis | None:
    """What a run of this plan needs to synthesise; None where it does not."""
    if not synthesises(plan):
        return None
    schema = declared(plan, source.describe())
    stored = stored_model(office.workspace, key, model, plan) if model is not None else None
    return Synthesis(ledger_of(plan, schema, office, key, run, source), stored, seed)


def stored_model(workspace: Workspace, key: MaskingKey, name: str, plan: Plan) -> Model:
    """A model that fits this plan. Raises ModelError."""
    try:
        folder = workspace.model(name)
    except ValueError as error:
        raise ModelError(str(error)) from None
    model = ModelFolder(folder, key).load()
    theirs = {owned.table for owned in model.structure.tables}
    ours = {table for table, treated in plan.tables.items() if treated.treatment.value == "synthesize"}
    if theirs != ours:
        other = ", ".join(sorted(map(str, theirs ^ ours)))
        raise ModelError(f"the model {name} was learned for other tables than the plan synthesises: {other}")
    return model


def ledger_of(
    plan: Plan, schema: Schema, office: Office, key: MaskingKey, run: str, source: Database
) -> PopulationLedger:
    """The ledger of the plan's population. Raises PlanError where the plan has no entity."""
    structure = structure_of(plan, schema)
    if plan.privacy is None:
        raise AssertionError("a plan without [privacy] has no structure")
    database = sha256(repr(source.identity()).encode()).hexdigest()
    release = release_of(plan.privacy, structure, id=run, plan=fingerprint(plan), key=key.identifier, source=database)
    return open_ledger(office.catalog, office.keystore, release)


def refuse_without_synthesis(plan: Plan) -> None:
    """Raises PlanError for a plan that learns nothing."""
    if not synthesises(plan):
        reason = "No table of this plan is synthesised, so there is nothing to learn."
        remedy = (
            'Write treatment = "synthesize" and a [privacy] section: `lookalike plan --synthesize TABLE` proposes them.'
        )
        raise PlanError([Problem("nothing-to-learn", Severity.ERROR, reason, remedy)])


def _new_folder(workspace: Workspace, name: str, key: MaskingKey) -> ModelFolder:
    try:
        folder = workspace.model(name)
    except ValueError as error:
        raise ModelError(str(error)) from None
    if folder.exists():
        raise ModelError(f"a model {name} is stored here already: choose another name")
    return ModelFolder(folder, key)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name) or "model"
