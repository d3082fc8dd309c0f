"""Before anything is spent: does the noise leave a model something to learn? From the declared number of entities alone.

What counts is the noise in one coordinate of a step's mean gradient, over the clipping bound: sigma / batch. Training is known to work
at 0.006 (32,561 entities, 2,000 steps of 512, epsilon 1); steps and batches hardly move it, entities and epsilon do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.privacy.accountant import LEAST_SIGMA, epsilon_of, noise_multiplier, rho_of
from engine.privacy.budget import Budget, OverBudget
from engine.privacy.events import Event, GaussianQuery, LaplaceQuery, SampledSteps
from engine.privacy.spec import PrivacySpec
from engine.synthesis import make_generator
from engine.synthesis.forest import Tree
from engine.synthesis.generator import Generator
from engine.synthesis.presets import BEST, FALLBACK, PRESETS, SHARES

AUTO = "auto"
MOST_CLEAR, MOST_FAINT = 0.01, 0.03
LADDER = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Epsilons that are recommended; above them a promise is one in name only."""


class Band(StrEnum):
    """How much of what is learned is noise."""

    EXACT = "exact"
    """No noise at all: no differential privacy."""
    CLEAR = "clear"
    FAINT = "faint"
    DROWNED = "drowned"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a release's budget."""

    what: str
    share: float
    """Of the whole."""
    delta: float = 0.0
    """Of delta, for its threshold."""
    pure: bool = False
    """It is a share of epsilon, which is added to what the rest costs."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """The noise of one model's training at one number of entities."""

    model: str
    entities: int
    budget: Budget
    steps: int
    batch: int
    sigma: float
    """Infinite where the parts before training leave nothing."""
    band: Band

    @property
    def noise(self) -> float:
        """Of one coordinate of a step's mean gradient, over the clipping bound."""
        return self.sigma / self.batch


@dataclass(frozen=True, slots=True)
class Steps:
    """How a model is trained: by its preset, or as the plan's options say."""

    steps: int
    batch: int

    def at(self, entities: int, sigma: float) -> SampledSteps:
        return SampledSteps("training", min(self.batch / entities, 1.0), sigma, self.steps)

    def expected(self, entities: int) -> int:
        """Entities of a step."""
        return min(self.batch, entities)


def steps_of(model: str, options: Mapping[str, Any] | None = None) -> Steps | None:
    """None for a model that takes no noisy steps."""
    preset, given = PRESETS[model], options or {}
    steps = Steps(given.get("steps", preset.steps), given.get("batch", preset.batch))
    return steps if preset.steps else None


def parts_of(model: str, *, count: bool, children: int, columns: int) -> tuple[Part, ...]:
    """How a release divides its budget: what is asked before training, and what training gets.

    `children`: tables whose bound is paid for; `columns`: columns whose values are."""
    own, trains = PRESETS[model].own, steps_of(model) is not None
    parts = [
        Part("the number of entities", SHARES.count, pure=True) if count else None,
        Part(f"rows of one parent in {_counted(children, 'table')}", SHARES.children) if children else None,
        Part(f"values and ranges of {_counted(columns, 'column')}", SHARES.domains, SHARES.delta) if columns else None,
        Part("one-way marginals and numbers of children", SHARES.marginals),
        Part("queries of the model's own", own) if own and trains else None,
    ]
    asked = tuple(part for part in parts if part is not None)
    left = 1 - math.fsum(part.share for part in asked)
    return (*asked, Part("training in noisy steps" if trains else "the model's queries", left))


def gauge(
    budget: Budget, entities: int, model: str, parts: tuple[Part, ...], options: Mapping[str, Any] | None = None
) -> Gauge:
    """The noise that is left for this model's training once the parts before it are paid for."""
    steps = steps_of(model, options) or steps_of(BEST)
    assert steps is not None
    batch = steps.expected(entities)
    if not budget.promises:
        return Gauge(model, entities, budget, steps.steps, batch, 0.0, Band.EXACT)
    try:
        sampled = steps.at(entities, LEAST_SIGMA)
        sigma = noise_multiplier(_before(budget, parts), sampled.q, steps.steps, budget)
    except OverBudget:
        sigma = math.inf
    noise = sigma / batch
    band = Band.CLEAR if noise <= MOST_CLEAR else Band.FAINT if noise <= MOST_FAINT else Band.DROWNED
    return Gauge(model, entities, budget, steps.steps, batch, sigma, band)


def band_of(budget: Budget, entities: int, parts: tuple[Part, ...], model: str = BEST) -> Band:
    """As `gauge` says, in a tenth of its time: by what the noise at the ends of the bands would cost."""
    if not budget.promises:
        return Band.EXACT
    steps = steps_of(model)
    assert steps is not None
    before = _before(budget, parts)
    for band, most in ((Band.CLEAR, MOST_CLEAR), (Band.FAINT, MOST_FAINT)):
        sigma = max(most * steps.expected(entities), LEAST_SIGMA)
        if (
            sigma / steps.expected(entities) <= most
            and epsilon_of([*before, steps.at(entities, sigma)], budget.delta) <= budget.epsilon
        ):
            return band
    return Band.DROWNED


def choose(budget: Budget, entities: int, parts: tuple[Part, ...]) -> str:
    """What `auto` stands for: the best model, or the fallback where noise drowns it. Nothing of the data has a say."""
    return FALLBACK if band_of(budget, entities, parts) is Band.DROWNED else BEST


def chosen(spec: PrivacySpec, tree: Tree, entities: int) -> Generator:
    """The plan's model, or the one that `auto` stands for, with its preset's options and the plan's over them."""
    model = spec.model
    if model == AUTO:
        parts = parts_of(BEST, count=spec.entities is None, children=len(tree.nodes) - 1, columns=1)
        model = choose(Budget(spec.epsilon, spec.delta), entities, parts)
    preset = PRESETS[model]
    steps: dict[str, object] = {"steps": preset.steps, "batch": preset.batch} if preset.steps else {}
    return make_generator(model, {**steps, **preset.options, **spec.options})


def least_epsilon(delta: float, entities: int, parts: tuple[Part, ...]) -> float | None:
    """The least epsilon of the ladder at which the best model's signal is clear; None where none is."""
    clear = (epsilon for epsilon in LADDER if band_of(Budget(epsilon, delta), entities, parts) is Band.CLEAR)
    return next(clear, None)


def _before(budget: Budget, parts: tuple[Part, ...]) -> tuple[Event, ...]:
    """The parts before the last one, as the queries that they are: rho = 1 / (2 sigma^2)."""
    rho = rho_of(budget)
    return tuple(
        LaplaceQuery(part.what, part.share * budget.epsilon)
        if part.pure
        else GaussianQuery(part.what, 1 / math.sqrt(2 * rho * part.share), part.delta * budget.delta)
        for part in parts[:-1]
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
