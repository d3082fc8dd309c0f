"""What a plan's synthesis would spend, and whether that is enough: from plan and schema alone, before anything is read or spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.schema import Schema
from engine.plan import Plan
from engine.privacy.budget import Budget
from engine.privacy.spec import How, PrivacySpec
from engine.synthesis.classes import structure_of
from engine.synthesis.gauge import AUTO, LADDER, Band, Gauge, Part, band_of, choose, gauge, least_epsilon, parts_of
from engine.synthesis.presets import BEST
from engine.synthesis.structure import Structure

USUAL = (1_000, 5_000, 20_000, 100_000)
"""Numbers of entities that are shown where a plan declares none."""
_MEANING = {
    Band.EXACT: "nothing is noised: there is no differential privacy, and every report says so",
    Band.CLEAR: "the signal stands well above the noise",
    Band.FAINT: "training will learn the common patterns only",
    Band.DROWNED: "training would learn noise",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    spec: PrivacySpec
    structure: Structure
    parts: tuple[Part, ...]
    """Of the budget: what is asked, and what training gets."""
    gauges: tuple[Gauge, ...]
    """At the declared number of entities, else at the usual ones."""
    ladder: tuple[tuple[float, Band], ...]
    """At the declared number of entities: what each epsilon would leave of the signal. Empty without one."""
    model: str
    """That the plan gets."""
    epsilon: float | None
    """The least one of the ladder that is recommended; None: none of them, or nobody knows how many entities there are."""

    @property
    def recommended(self) -> str | None:
        """The model for what the gauge says; None where nobody declares how many entities there are."""
        at = self.gauges[0]
        return choose(at.budget, at.entities, self.parts) if self.spec.entities is not None else None

    def sentences(self) -> tuple[str, ...]:
        """What to do, for a person."""
        return tuple(_said(self)) if self.spec.entities is not None else (_undeclared(self),)

    def to_json(self) -> dict[str, Any]:
        return {
            "population": self.spec.population,
            "epsilon": self.spec.epsilon if self.gauges[0].budget.promises else None,
            "delta": self.spec.delta,
            "entities": self.spec.entities,
            "tables": [str(owned.table) for owned in self.structure.tables],
            "model": self.model,
            "recommended": {"model": self.recommended, "epsilon": self.epsilon},
            "split": [{"what": part.what, "share": round(part.share, 4)} for part in self.parts],
            "noise": [_gauge_data(each) for each in self.gauges],
            "ladder": [{"epsilon": epsilon, "band": band.value} for epsilon, band in self.ladder],
            "sentences": list(self.sentences()),
        }


def estimate(plan: Plan, schema: Schema) -> Estimate:
    """Raises PlanError where the plan synthesises nothing, or nothing that could be."""
    structure = structure_of(plan, schema)
    spec = plan.privacy
    assert spec is not None
    budget, known = Budget(spec.epsilon, spec.delta), spec.entities
    parts = _parts(plan, spec, structure, BEST if spec.model == AUTO else spec.model)
    entities = (known,) if known is not None else USUAL
    model = choose(budget, known, parts) if spec.model == AUTO and known is not None else spec.model
    trained = BEST if spec.model == AUTO else spec.model
    promised = budget.promises and known is not None
    return Estimate(
        spec,
        structure,
        _parts(plan, spec, structure, trained if model == AUTO else model),
        tuple(gauge(budget, each, trained, parts, spec.options) for each in entities),
        tuple((step, band_of(Budget(step, spec.delta), known or 0, parts)) for step in LADDER) if promised else (),
        model,
        least_epsilon(spec.delta, known, parts) if known is not None and promised else None,
    )


def _parts(plan: Plan, spec: PrivacySpec, structure: Structure, model: str) -> tuple[Part, ...]:
    learned = [rule.learn for owned in structure.tables for rule in plan.tables[owned.table].rules]
    return parts_of(
        model,
        count=spec.entities is None,
        children=sum(owned.most is None for owned in structure.tables if owned.parent is not None),
        columns=sum(learn is not None and learn.how in (How.PAID, How.RANGE) for learn in learned),
    )


def _said(estimate: Estimate) -> list[str]:
    at = estimate.gauges[0]
    if not at.budget.promises:
        return [f"At an infinite epsilon {_MEANING[Band.EXACT]}."]
    found = f"At epsilon {at.budget.epsilon:g} and {at.entities:,} entities {_MEANING[at.band]}"
    said = [f"{found} ({_noise(at)})."]
    if estimate.recommended != estimate.model:
        said.append(f"Recommended: model = {estimate.recommended!r}.".replace("'", '"'))
    if estimate.epsilon is None:
        said.append(f"No epsilon up to {LADDER[-1]:g} leaves training enough: the marginals model, or more entities.")
    elif estimate.epsilon > at.budget.epsilon:
        said.append(f"Training needs an epsilon of about {estimate.epsilon:g} here.")
    elif estimate.epsilon < at.budget.epsilon:
        said.append(f"An epsilon of {estimate.epsilon:g} would do as well.")
    return said


def _undeclared(estimate: Estimate) -> str:
    return (
        f"The plan does not declare how many rows {estimate.spec.unit} has, and that decides: "
        "write entities = N in [privacy], where the number is no secret. Else it is paid for, and auto chooses by the noisy one."
    )


def _noise(at: Gauge) -> str:
    noise = f"{at.noise:.2%}" if at.noise < 10 else "all"
    return f"noise of {noise} of a clipped gradient in one coordinate of a step"


def _gauge_data(at: Gauge) -> dict[str, Any]:
    known = at.sigma < float("inf")
    return {
        "entities": at.entities,
        "model": at.model,
        "steps": at.steps,
        "batch": at.batch,
        "sigma": round(at.sigma, 4) if known else None,
        "noise": round(at.noise, 6) if known else None,
        "band": at.band.value,
    }
