"""DP-SGD over entities: the one place where models meet real data, and the one that calls Opacus.

Each step takes a Poisson sample of the entities, scales every entity's gradient to a norm of `clip` at most, adds Gaussian noise of
`sigma * clip` to their sum and divides by the *expected* sample size (Abadi et al. 2016, arXiv 1607.00133). Sampling rate, divisor and
number of steps come from settings and from the declared or noisy population; nothing here is decided by the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from torch import Tensor, nn

from engine.privacy.events import Event
from engine.synthesis.batch import TreeBatch, tree_batch
from engine.synthesis.clipping import clipped_sums, refuse_other_parameters
from engine.synthesis.devices import device_for
from engine.synthesis.forest import Forest
from engine.synthesis.generator import Training, TrainingProgress
from engine.synthesis.handle import Private
from engine.synthesis.layers import recording
from engine.synthesis.noise import normals


class TrainingError(Exception):
    """Training cannot go on. What it sampled so far stays charged."""


class Learner(nn.Module):
    """What is trained: entity layers and whatever holds no parameters."""

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        """(entities,) each entity's loss, a function of its own rows alone; `part` goes from 0 to 1 over the training."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Settings:
    steps: int = 2000
    batch: int = 512
    """Entities in a step's sample, as expected."""
    clip: float = 1.0
    rate: float = 1e-2
    """Adam's, after the warm-up; it falls along a cosine."""
    warmup: int = 50
    last_rate: float = 0.05
    """As a share of `rate`."""
    average: float = 0.99
    """How much of the averaged weights stays at each step: Polyak averaging of what is noisy costs no privacy."""
    physical: int = 4096
    """Entities that go through the model at once."""
    block: int = 100
    """Steps that are charged, and checkpointed, together."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What was done; sigma is 0 without a promise."""

    sigma: float
    steps: int
    q: float


def train(
    learner: Learner,
    private: Private,
    settings: Settings,
    training: Training,
    what: str,
    *,
    reserved: Sequence[Event] = (),
    after_step: Callable[[int], None] | None = None,
) -> Trained:
    """Train a learner with what the budget leaves beside `reserved`, and leave the averaged weights in it. Raises OverBudget before
    anything is sampled; TrainingError where a loss is no number or memory is short; Cancelled."""
    refuse_other_parameters(learner)
    q = min(settings.batch / private.population, 1.0)
    sigma = private.noise_multiplier(q, settings.steps, reserved) if private.promises else 0.0
    run = _Run(learner, settings, sigma if private.promises else None, q * private.population, training)
    for step, sample in enumerate(private.batches(what, q, sigma, settings.steps)):
        training.control.check()
        run.learn(step, sample)
        if after_step is not None:
            after_step(step)
        run.report(step + 1)
    run.finish()
    return Trained(sigma, settings.steps, q)


class _NoisyOptimizer(DPOptimizerFastGradientClipping):  # type: ignore[misc]
    """Opacus' optimizer over sums that are clipped already, with noise of ours."""

    def accumulate(self) -> None:
        """Nothing: `summed_grad` holds the clipped sum."""

    def add_noise(self) -> None:
        for parameter in self.params:
            noise = normals(parameter.numel(), parameter.device).mul_(self.noise_multiplier * self.max_grad_norm)
            parameter.grad = (parameter.summed_grad + noise.view_as(parameter)).to(parameter.dtype)


class _Run:
    """One training under way."""

    def __init__(
        self, learner: Learner, settings: Settings, sigma: float | None, divisor: float, training: Training
    ) -> None:
        self.learner, self.settings, self.training, self.divisor = learner, settings, training, divisor
        self.device = device_for(training.device)
        self.physical = settings.physical
        self.loss: float | None = None
        learner.to(self.device).train()
        self.parameters = list(learner.parameters())
        self.weights = _joined(self.parameters)
        self.averaged = self.weights.detach().clone()
        self.adam = torch.optim.Adam([self.weights], lr=settings.rate)
        self.noisy: _NoisyOptimizer | None = None
        if sigma is not None:
            self.noisy = _NoisyOptimizer(
                self.adam, noise_multiplier=sigma, max_grad_norm=settings.clip, expected_batch_size=divisor
            )

    def learn(self, step: int, sample: Forest) -> None:
        """One step. An empty sample is one of nothing but noise."""
        for group in self.adam.param_groups:
            group["lr"] = self.settings.rate * rate_share(step, self.settings)
        part = step / max(self.settings.steps - 1, 1)
        if self.noisy is None:
            self._exact_step(sample, part)
        else:
            self._noisy_step(self.noisy, sample, part)
        self.averaged.lerp_(self.weights.detach(), 1 - min(self.settings.average, (1 + step) / (10 + step)))

    def _noisy_step(self, optimizer: _NoisyOptimizer, sample: Forest, part: float) -> None:
        optimizer.zero_grad(set_to_none=True)
        summed = torch.zeros_like(self.weights)
        for piece in _pieces(sample, self.physical):
            summed += self._clipped(piece, part)
        self.weights.summed_grad = summed  # type: ignore[attr-defined]
        optimizer.step()

    def _clipped(self, sample: Forest, part: float) -> Tensor:
        with recording() as calls:
            self._losses(sample, part).sum().backward()  # type: ignore[no-untyped-call]
        if any(parameter.grad is not None for parameter in self.parameters):
            raise TypeError("a parameter is used outside its own layer's call, where its gradient cannot be clipped")
        return _flat(self.parameters, clipped_sums(calls, sample.entities, self.settings.clip))

    def _exact_step(self, sample: Forest, part: float) -> None:
        for parameter in self.parameters:
            parameter.grad = None
        summed = 0.0
        for piece in _pieces(sample, self.physical):
            loss = self._losses(piece, part).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            summed += float(loss.detach())
        found: dict[Tensor, Tensor] = {
            parameter: parameter.grad for parameter in self.parameters if parameter.grad is not None
        }
        self.weights.grad = _flat(self.parameters, found) / self.divisor
        self.loss = summed / sample.entities if sample.entities else None
        self.adam.step()

    def _losses(self, sample: Forest, part: float) -> Tensor:
        losses = self.learner.losses(tree_batch(sample, self.device), part)
        if not bool(torch.isfinite(losses).all()):
            raise TrainingError("the loss is no number any more: train again with a smaller learning rate")
        return losses

    def report(self, done: int) -> None:
        if done % 10 == 0 or done == self.settings.steps:
            self.training.progress(TrainingProgress(done, self.settings.steps, loss=self.loss))

    def finish(self) -> None:
        self.weights.detach().copy_(self.averaged)
        for parameter in self.parameters:
            parameter.grad = None
        self.learner.to("cpu").eval()


def _joined(parameters: Sequence[nn.Parameter]) -> nn.Parameter:
    """One parameter that all of these become parts of: the optimizer then does one thing instead of many small ones."""
    weights = torch.cat([parameter.detach().flatten() for parameter in parameters])
    for parameter, part in zip(parameters, torch.split(weights, [each.numel() for each in parameters]), strict=True):
        parameter.data = part.view_as(parameter)
    return nn.Parameter(weights)


def _flat(parameters: Sequence[nn.Parameter], found: Mapping[Tensor, Tensor]) -> Tensor:
    """What was found for each parameter, 0 where nothing was, in one row."""
    return torch.cat(
        [found[each].flatten() if each in found else torch.zeros_like(each).flatten() for each in parameters]
    )


def rate_share(step: int, settings: Settings) -> float:
    """The learning rate of a step as a share of `rate`: up in a line, down along half a cosine."""
    risen = min(1.0, (step + 1) / max(settings.warmup, 1))
    fallen = 0.5 * (1 + math.cos(math.pi * step / settings.steps))
    return risen * (settings.last_rate + (1 - settings.last_rate) * fallen)


def _pieces(sample: Forest, most: int) -> Iterator[Forest]:
    """The sample in parts of so many entities; nothing of an empty one."""
    if 0 < sample.entities <= most:
        yield sample
        return
    for begin in range(0, sample.entities, most):
        yield sample.take(np.arange(begin, min(begin + most, sample.entities)))
