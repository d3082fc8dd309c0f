"""An audit of training in one run: what somebody who sees every noisy gradient can tell of who took part, against what is claimed.

Steinke, Nasr, Jagielski 2023, arXiv 2305.08846. A fair coin of its own decides for each of m canary entities whether it takes part;
the attacker says for the r that he is surest of, half of them yes and half no, what their coins showed. Were the training (epsilon,
delta)-private, v right ones would be as unlikely as their theorem 5.2 says; the least epsilon that is not refuted is the bound.

The attacker is as strong as the claim allows: he knows the model, its weights at each step, and all canaries, and fits the noisy sums
by their clipped gradients (ridge regression over all steps).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pytest
import torch
from scipy.stats import binom
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

import engine.synthesis.train
from engine.privacy.budget import Budget
from engine.privacy.ledger import MemoryLedger
from engine.privacy.private import PrivateForest
from engine.privacy.spending import Spending
from engine.synthesis.batch import TreeBatch, tree_batch
from engine.synthesis.clipping import clipped_gradient
from engine.synthesis.forest import CodeColumn, Node, Tree
from engine.synthesis.generator import Training
from engine.synthesis.handle import Measured
from engine.synthesis.layers import Call, EntityEmbedding, recording
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.train import Learner, Settings, train
from tests.engine.synthesis.neighbours import Making
from tests.engine.synthesis.toy import random_forest

CONFIDENCE = 0.95
UNCLIPPED = 1e9
"""Longer than any gradient."""
SHARES = (0.1, 0.4, 0.9)
"""Of the canaries, how many are guessed: all three are tried, and each gets a third of what may go wrong."""
WIDE = Tree(
    (
        Node("person", tuple(CodeColumn(f"c{place}", 24) for place in range(5)), None),
        Node("visit", (CodeColumn("kind", 24), CodeColumn("gap", 24)), 0, most=2),
    )
)
"""Entities of it hardly share a code, so their gradients point their own ways."""


@dataclass(frozen=True, slots=True)
class Audited:
    claimed: float
    bound: float
    """At 95 % confidence."""
    right: float
    """Share of right guesses among all canaries."""


@dataclass(slots=True, eq=False)
class Attacker:
    """Sees each step's noisy sum, and what each canary would have given to it."""

    learner: Learner
    canaries: TreeBatch
    clip: float
    divisor: float
    noise: float
    steps: int
    step: int = 0
    matrix: Tensor = field(init=False)
    vector: Tensor = field(init=False)

    def __post_init__(self) -> None:
        count = self.canaries.entities
        self.matrix = torch.zeros(count, count, dtype=torch.float64)
        self.vector = torch.zeros(count, dtype=torch.float64)

    def sees(self, noisy: Tensor) -> None:
        """A step's gradient, before it moves the weights."""
        given = entity_gradients(self.learner, self.canaries, self.step / max(self.steps - 1, 1)).double()
        self.step += 1
        given *= (self.clip / given.norm(dim=1, keepdim=True).clamp(min=1e-12)).clamp(max=1)
        self.matrix += given @ given.T
        self.vector += given @ (noisy.double() * self.divisor)

    def scores(self) -> np.ndarray:
        """(canaries,) how surely each took part: above 0 for yes."""
        # The best linear guess of coins of variance 1/4 under this noise.
        ridge = 4 * self.noise**2 + 1e-9 * float(self.matrix.diagonal().mean())
        eye = torch.eye(len(self.vector), dtype=torch.float64)
        return torch.linalg.solve(self.matrix + ridge * eye, self.vector - self.matrix.sum(1) / 2).numpy()


def entity_gradients(learner: Learner, batch: TreeBatch, part: float) -> Tensor:
    """(entities, parameters) each entity's own gradient, made one by one: no code of the clipping is trusted."""
    with recording() as calls:
        learner.losses(batch, part).sum().backward()
    made = {parameter: torch.zeros(batch.entities, *parameter.shape) for parameter in learner.parameters()}
    for call in calls:
        if call.gradient is not None:
            _add(made, call, batch.entities)
    return torch.cat([each.flatten(1) for each in made.values()], 1)


def _add(made: dict[torch.nn.Parameter, Tensor], call: Call, entities: int) -> None:
    layer, gradient = call.layer, call.gradient
    owner = torch.arange(entities) if call.owner is None else call.owner
    assert gradient is not None
    if layer.bias is not None:
        made[layer.bias].index_add_(0, owner, gradient)
    if isinstance(layer, EntityEmbedding):
        for column in call.inputs.unbind(1):
            made[layer.weight].index_put_((owner, column), gradient, accumulate=True)  # type: ignore[index]
    else:
        made[layer.weight].index_add_(0, owner, gradient[:, :, None] * call.inputs[:, None, :])  # type: ignore[index]


class Mutant(StrEnum):
    """How training can be broken, so that the audit must see it."""

    NOISE = "no noise"
    CLIPPING = "no clipping"


def audit(
    making: Making,
    epsilon: float,
    canaries: int,
    steps: int,
    *,
    mutant: Mutant | None = None,
    clip: float = 1.0,
    seed: int = 0,
    delta: float = 1e-5,
) -> Audited:
    """Train on a toy database of canaries, each of which takes part or not, and attack it. The attacker knows of a mutant."""
    rng = np.random.default_rng(seed)
    forest = random_forest(WIDE, canaries, rng)
    took_part = rng.random(canaries) < 0.5
    settings = Settings(steps=steps, batch=canaries, clip=clip, rate=2e-2, warmup=1, physical=canaries)
    handle = PrivateForest(
        forest.take(np.flatnonzero(took_part)), Measured(), canaries, Spending(Budget(epsilon, delta), MemoryLedger())
    )
    learner = making(WIDE, rng)
    sigma = handle.noise_multiplier(1.0, steps)
    attacker = Attacker(
        learner,
        tree_batch(forest),
        clip=UNCLIPPED if mutant is Mutant.CLIPPING else clip,
        divisor=canaries,
        noise=0.0 if mutant is Mutant.NOISE else sigma * clip,
        steps=steps,
    )
    with broken(mutant), watched(attacker):
        train(learner, handle, settings, Training(), "toy")
    scores = attacker.scores()
    guesses = scores > np.median(scores)
    return Audited(epsilon, least_epsilon(scores, took_part, delta), float((guesses == took_part).mean()))


@contextmanager
def broken(mutant: Mutant | None) -> Iterator[None]:
    """Training as the mutant does it. What is random inside models, which protects nothing, is the same in every row and so known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RowNoise, "uniform", lambda self, like: torch.full_like(like, 0.3))
        if mutant is Mutant.NOISE:
            patch.setattr(
                engine.synthesis.train, "normals", lambda count, device="cpu": torch.zeros(count, dtype=torch.float64)
            )
        if mutant is Mutant.CLIPPING:
            patch.setattr(
                engine.synthesis.train,
                "clipped_gradient",
                lambda losses, parameters, entities, _: clipped_gradient(losses, parameters, entities, UNCLIPPED),
            )
        yield


@contextmanager
def watched(attacker: Attacker) -> Iterator[None]:
    """The attacker sees what every optimizer is given."""

    def before_step(optimizer: torch.optim.Optimizer, *_: object) -> None:
        (parameter,) = optimizer.param_groups[0]["params"]
        attacker.sees(parameter.grad.detach())

    handle = register_optimizer_step_pre_hook(before_step)
    try:
        yield
    finally:
        handle.remove()


def least_epsilon(scores: np.ndarray, took_part: np.ndarray, delta: float, shares: Sequence[float] = SHARES) -> float:
    """The largest of the bounds that the attacker's surest guesses give, at 95 % confidence for all of them together."""
    order = np.argsort(scores)
    found = [0.0]
    for share in shares:
        half = int(len(scores) * share) // 2
        right = int((~took_part[order[:half]]).sum() + took_part[order[-half:]].sum())
        found.append(bound(len(scores), 2 * half, right, delta, (1 - CONFIDENCE) / len(shares)))
    return max(found)


def bound(canaries: int, guesses: int, right: int, delta: float, chance: float) -> float:
    """The largest epsilon under which so many right guesses have a probability of `chance` at most."""
    low, high = 0.0, 20.0
    if probability(canaries, guesses, right, low, delta) > chance:
        return 0.0
    for _ in range(50):
        middle = (low + high) / 2
        if probability(canaries, guesses, right, middle, delta) <= chance:
            low = middle
        else:
            high = middle
    return low


def probability(canaries: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    """At least the probability of so many right guesses under (epsilon, delta)-privacy: theorem 5.2 with their appendix D."""
    each = 1 / (1 + np.exp(-epsilon))
    beta = float(binom.sf(right - 1, guesses, each))
    sums = np.cumsum(binom.pmf(np.arange(right - 1, -1, -1), guesses, each))
    alpha = float((sums / np.arange(1, right + 1)).max()) if right else 0.0
    return min(beta + alpha * delta * 2 * canaries, 1.0)
