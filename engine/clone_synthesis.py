"""What a run does beside moving rows when its plan synthesises tables: learn a model, or take a stored one, and write its rows."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, replace
from typing import Any

from connectors.names import TableName
from connectors.schema import Schema
from engine.build import Build
from engine.claim import Claim
from engine.clone_run import Run
from engine.evidence import Evidence, TableEvidence
from engine.learning import learn
from engine.plan import Plan, Treatment
from engine.privacy.budget import Budget
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.ledger import Ledger
from engine.snapshots import Moment
from engine.synthesis.checkpoint import Checkpoint
from engine.synthesis.model import Model
from engine.synthesis.store import ModelFolder
from engine.synthetic_load import Synthesised, load_synthetic

MIXED = "some of its tables are masked or copied: keyed pseudonymisation is not differential privacy"


@dataclass(frozen=True, slots=True)
class Synthesis:
    """Whose budget a run spends, and how its rows are drawn."""

    ledger: Ledger
    """Of the population that the plan names."""
    stored: Model | None = None
    """A model from before: sampling it is free."""
    seed: int | None = None
    """Of what is drawn after learning; None: another one each time."""

    def refuse_unaffordable(self, plan: Plan) -> None:
        """Raise OverBudget where the population's cap does not leave what the plan asks for. Nothing is spent."""
        if plan.privacy is not None and self.stored is None:
            self.ledger.check(Budget(plan.privacy.epsilon, plan.privacy.delta))

    def learned(self, run: Run) -> bool:
        """Is the model of this run there already?"""
        return self.stored is not None or (_folder(run).folder / "hash").exists()

    def model(self, run: Run, schema: Schema, moment: Moment) -> Model:
        """The stored model, or one that is learned now and stored under the run's id."""
        if self.stored is not None:
            return self.stored
        folder = _folder(run)
        if self.learned(run):
            return folder.load()
        with run.phase("learn"):
            model = learn(
                run.plan, schema, moment, run.key, self.ledger, name=run.id, progress=run.progress, control=run.control,
                checkpoint=Checkpoint(run.folder.training, run.key.derive("training checkpoint")),
            )  # fmt: skip
            folder.save(model)
        run.folder.forget_training()
        return model

    def load(self, run: Run, claim: Claim, build: Build, schema: Schema) -> tuple[Synthesised, int]:
        """Write the synthetic rows, the same ones again where a run is taken up; also gives the seed they were drawn with."""
        if run.model is None:
            run.model = self.stored or _folder(run).load()
        seed = self._seed(run)
        return load_synthetic(run, claim, build, schema, run.model, seed), seed

    def told(self, evidence: Evidence, run: Run) -> Evidence:
        """The evidence with what was synthesised, and with what may be claimed of the target as a whole."""
        if run.synthesised is None or run.model is None:
            return evidence
        synthesised, seed = run.synthesised
        return replace(
            evidence,
            tables=tuple(_with_rows(table, synthesised) for table in evidence.tables),
            guarantee=_whole(run.plan, run.model.guarantee),
            guarantees=(run.model.guarantee,),
            synthesis=synthesised.said(run.model, seed) | {"population": self._spent(run.plan)},
        )

    def _spent(self, plan: Plan) -> dict[str, Any]:
        """Of everything that was ever learned of the population, this run included: no infinity, which JSON does not know."""
        if plan.privacy is None:
            raise AssertionError("a plan that synthesises says of whom")
        spent = self.ledger.spent(plan.privacy.delta)
        return {"name": plan.privacy.population, "epsilon_spent": spent if math.isfinite(spent) else None}

    def _seed(self, run: Run) -> int:
        """Drawn once for a run, whatever happens to it: what is committed must be what is made again."""
        file = run.folder.seed
        if not file.exists():
            file.write_text(str(secrets.randbits(63) if self.seed is None else self.seed), encoding="ascii")
        return int(file.read_text("ascii"))


def _folder(run: Run) -> ModelFolder:
    return ModelFolder(run.workspace.model(run.id), run.key)


def _with_rows(table: TableEvidence, synthesised: Synthesised) -> TableEvidence:
    name: TableName = table.name
    if name not in synthesised.rows:
        return table
    return replace(table, rows=synthesised.rows[name], chunks=synthesised.chunks.get(name, 0))


def _whole(plan: Plan, learned: Guarantee | NoGuarantee) -> Guarantee | NoGuarantee:
    """Of the whole target: what was learned says nothing of tables that were masked or kept."""
    mixed = any(table.treatment in (Treatment.MASK, Treatment.COPY) for table in plan.tables.values())
    return NoGuarantee(MIXED) if mixed else learned
