"""What is spent of each population's privacy budget, and what a plan would spend."""

from __future__ import annotations

import math
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from engine.commands import DEFAULT, Verb
from engine.commands.plans import plan_file
from engine.commands.session import PlanPath, Session, SourceOption
from engine.commands.status import Status, UsageError
from engine.keystore import vault_path
from engine.printing import BAD, FAINT, GOOD, WARN, plural, table
from engine.privacy.accounts import Population, populations
from engine.privacy.events import Event, GaussianQuery, LaplaceQuery, SampledSteps
from engine.privacy.said import band
from engine.synthesis.estimate import Estimate, estimate
from engine.synthesis.gauge import Band
from engine.synthesis.packages import require_packages
from engine.vault import VaultError

_STYLE = {Band.EXACT: BAD, Band.CLEAR: GOOD, Band.FAINT: WARN, Band.DROWNED: BAD}


def show(
    session: Session,
    population: Annotated[
        str | None, typer.Argument(help="Only this one, with everything that was done to it.")
    ] = None,
) -> int | None:
    """Show what is spent of each population's budget and what its cap is.

    Every ledger is held against its anchor in the vault; one that was changed is named (exit status 6).
    """
    require_packages()
    anchored = session.keystore.populations() if vault_path(session.workspace.folder).exists() else {}
    found = populations(session.catalog, anchored)
    if population is not None:
        found = [each for each in found if each.name == population]
        if not found:
            raise UsageError(f"nothing was ever learned of a population {population!r} in this workspace")
    parts: list[RenderableType] = [_spent_table(found) if found else "Nothing was spent of any population."]
    parts += [part for each in found for part in _told(each, in_full=population is not None)]
    session.screen.show({"populations": [each.to_json() for each in found]}, *parts)
    return Status.FAULT if any(each.fault for each in found) else None


def estimate_(session: Session, plan: PlanPath, source: SourceOption) -> None:
    """Say whether a plan's budget leaves its training enough, how it would be divided, and what is recommended.

    Spends nothing and reads no row: only the plan, the schema and the number of entities that the plan declares.
    """
    require_packages()
    file = plan_file(plan)
    with session.source(source) as database:
        found = estimate(file.plan, database.describe())
    before = _spent_before(session, found.spec.population)
    spent = {"spent": before.to_json()["spent"] if before is not None else 0.0}
    session.screen.show(found.to_json() | spent, *_estimate_shown(found), *_before_said(found, before))


def _spent_before(session: Session, name: str) -> Population | None:
    """What is known of a population; None where nothing is, or nobody gave a passphrase to look."""
    if not vault_path(session.workspace.folder).exists():
        return None
    try:
        anchored = session.keystore.populations()
    except VaultError:
        if session.passphrase is None:
            return None
        raise
    return next((each for each in populations(session.catalog, anchored) if each.name == name), None)


def _before_said(found: Estimate, before: Population | None) -> list[RenderableType]:
    if before is None or not before.epsilon:
        return []
    cap = found.spec.epsilon if found.spec.cap is None else found.spec.cap
    said = (
        f"Of population {before.name} epsilon {_epsilon(before.epsilon)} is spent already; this plan's cap is {cap:g}."
    )
    return [Text(said, style=WARN)]


def _spent_table(found: list[Population]) -> RenderableType:
    rows = [
        (each.name, _epsilon(each.epsilon), _epsilon(each.cap), f"{each.delta:g}", len(each.releases), _standing(each))
        for each in found
    ]
    return table(("population", "epsilon spent", "cap", "delta", "releases", ""), rows)


def _standing(population: Population) -> Text:
    if population.fault is not None:
        return Text("changed by somebody", style=BAD)
    if not math.isfinite(population.epsilon):
        return Text("no guarantee: learned from without noise", style=BAD)
    return Text(band(population.epsilon))


def _told(population: Population, *, in_full: bool) -> list[RenderableType]:
    said: list[RenderableType] = []
    if population.fault is not None:
        said.append(Text(f"{population.name}: the ledger is not as it was written: {population.fault}.", style=BAD))
    if population.elsewhere:
        ledgers = plural(population.elsewhere, "ledger")
        said.append(
            Text(f"{population.name}: counts {ledgers} of other catalogs, as the vault knows them.", style=FAINT)
        )
    if in_full and population.releases:
        rows = [
            (release.id, release.began[:16].replace("T", " "), release.record.get("actor"), _event_said(event))
            for release in population.releases
            for event in release.events
        ]
        said.append(table(("release", "began", "by", "what was done"), rows))
    return said


def _event_said(event: Event) -> str:
    match event:
        case GaussianQuery(sigma=sigma, delta=delta):
            threshold = f", threshold at delta {delta:g}" if delta else ""
            return f"{event.what}: Gaussian noise, sigma {sigma:.4g}{threshold}"
        case LaplaceQuery(epsilon=epsilon):
            return f"{event.what}: epsilon {epsilon:.4g}"
        case SampledSteps(q=q, sigma=sigma, steps=steps):
            return f"{event.what}: {plural(steps, 'noisy step')}, sigma {sigma:.4g}, each entity in with {q:.3%}"
        case _:
            return f"{event.what}: read without noise"


def _epsilon(value: float | None) -> str:
    return "none" if value is None or not math.isfinite(value) else f"{value:g}"


def _estimate_shown(found: Estimate) -> list[RenderableType]:
    split = table(("the budget goes to", "share"), [(part.what, f"{part.share:.1%}") for part in found.parts])
    noise = table(
        ("entities", "epsilon", "model", "steps", "batch", "sigma", "noise of a step", ""),
        [
            (
                each.entities, f"{each.budget.epsilon:g}", each.model, each.steps, each.batch, f"{each.sigma:.3f}",
                f"{each.noise:.2%}", Text(each.band.value, style=_STYLE[each.band]),
            )
            for each in found.gauges
        ],
    )  # fmt: skip
    ladder = table(
        ("at epsilon", ""),
        [(f"{epsilon:g}", Text(step.value, style=_STYLE[step])) for epsilon, step in found.ladder],
    )
    return [split, noise, *([ladder] if found.ladder else []), *map(Text, found.sentences())]


VERBS: dict[str, Verb] = {"show": show, "estimate": estimate_, DEFAULT: show}
