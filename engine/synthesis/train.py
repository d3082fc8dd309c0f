"""DP-SGD over entities: the one place where models meet real data, and the one that calls Opacus.

Each step takes a Poisson sample of the entities, scales every entity's gradient to a norm of `clip` at most, adds Gaussian noise of
`sigma * clip` to their sum and divides by the *expected* sample size (Abadi et al. 2016, arXiv 1607.00133). Sampling rate, divisor and
number of steps come from settings and from the declared or noisy population; nothing here is decided by the data.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from torch import Tensor, nn

from engine.jobs.control import Cancelled, PauseEnded
from engine.privacy.events import Event, SampledSteps
from engine.synthesis.batch import TreeBatch, tree_batch
from engine.synthesis.checkpoint import Checkpoint, once
from engine.synthesis.clipping import clipped_gradient, flat, refuse_other_parameters
from engine.synthesis.devices import device_for, use_threads
from engine.synthesis.errors import SynthesisError
from engine.synthesis.forest import Forest, Tree
from engine.synthesis.generator import Training, TrainingProgress
from engine.synthesis.handle import Private
from engine.synthesis.noise import normals

_T = TypeVar("_T")
_LATEST = 0.02
"""What the latest noisy loss adds to the mean that is shown."""
_LARGEST = 1e6
"""Above it a weight has run away. Noisy weights are given away, so to refuse by them tells nothing of the data; to refuse by a loss
would."""
_NO_NUMBER = "the loss is no number any more: train again with a smaller learning rate"


class TrainingError(SynthesisError):
    """Training cannot go on. What it sampled so far stays charged."""


class Learner(nn.Module, ABC):
    """What is trained: entity layers and whatever holds no parameters."""

    @abstractmethod
    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        """(entities,) each entity's loss, a function of its own rows alone; `part` goes from 0 to 1 over the training."""


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
    watch: float = 0.1
    """Share of `clip` that the loss in progress takes: one coordinate more of what is clipped and noised. 0: none is shown."""
    block: int = 50
    """After so many steps a checkpoint is written, where there is one."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What was done: no steps where there is nothing to learn; sigma is 0 without a promise."""

    sigma: float
    steps: int
    q: float


class Stateful(Protocol):
    """A module or an optimizer."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...


def calibrated(
    private: Private, settings: Settings, training: Training, what: str, reserved: Sequence[Event] = ()
) -> float:
    """The sigma that `train` will use, 0 without a promise; the same one again where the training is taken up. Raises OverBudget."""
    if not private.promises:
        return 0.0
    return float(
        once(
            training.checkpoint,
            f"sigma of {what}",
            lambda: {"sigma": private.noise_multiplier(_rate(private, settings), settings.steps, reserved)},
        )["sigma"]
    )


def train(
    learner: Learner,
    private: Private,
    settings: Settings,
    training: Training,
    what: str,
    *,
    reserved: Sequence[Event] = (),
    after_step: Callable[[int], None] | None = None,
    beside: Mapping[str, Stateful] | None = None,
) -> Trained:
    """Train a learner with what the budget leaves beside `reserved`, and leave the averaged weights in it. Raises OverBudget before
    anything is sampled; TrainingError where a loss is no number or memory is short; Cancelled.

    `what` names the training in ledger and checkpoint; `beside` is what `after_step` changes and a checkpoint keeps. A training that
    is taken up goes on after all steps that were charged: those of a block that was under way when it was killed are lost, never
    taken again, so no step is charged twice and none is free."""
    refuse_other_parameters(learner)
    use_threads()
    if next(learner.parameters(), None) is None:
        return Trained(0.0, 0, 0.0)
    q, sigma = _rate(private, settings), calibrated(private, settings, training, what, reserved)
    run = _Run(learner, settings, sigma if private.promises else None, q * private.population, training)
    keep = _Keeper(training.checkpoint, what, settings, run, beside or {})
    begin = keep.begin(_charged(private, what, q, sigma))
    if begin < settings.steps:
        samples = private.batches(what, q, sigma, settings.steps - begin)
        _go_through(run, keep, samples, begin, after_step or (lambda _: None))
    run.finish()
    return Trained(sigma, settings.steps, q)


def _rate(private: Private, settings: Settings) -> float:
    return min(settings.batch / private.population, 1.0)


def _charged(private: Private, what: str, q: float, sigma: float) -> int:
    """How many steps of this training the ledger holds already."""
    return sum(
        event.steps
        for event in private.events
        if isinstance(event, SampledSteps) and (event.what, event.q, event.sigma) == (what, q, sigma)
    )


def _go_through(
    run: _Run, keep: _Keeper, samples: Iterator[Forest], begin: int, after_step: Callable[[int], None]
) -> None:
    step = begin
    try:
        for sample in samples:
            run.training.control.check()
            run.learn(step, sample)
            after_step(step)
            step += 1
            run.report(step)
            if step % run.settings.block == 0:
                keep.keep(step)
    except (Cancelled, PauseEnded):
        keep.keep(step)
        raise


class _Keeper:
    """The checkpoint of one training, where there is one."""

    def __init__(
        self, checkpoint: Checkpoint | None, what: str, settings: Settings, run: _Run, beside: Mapping[str, Stateful]
    ) -> None:
        self.checkpoint, self.what, self.run, self.beside = checkpoint, what, run, beside
        self.settings = asdict(settings)

    def keep(self, step: int) -> None:
        """The state before this step."""
        if self.checkpoint is not None:
            beside = {name: each.state_dict() for name, each in self.beside.items()}
            self.checkpoint.write(
                self.what, {"step": step, "settings": self.settings, "run": self.run.state(), "beside": beside}
            )

    def begin(self, charged: int) -> int:
        """Take up what was kept and give the next step: after it, and after all that were charged. 0 where nothing is kept."""
        if self.checkpoint is None:
            return 0
        kept = self.checkpoint.read(self.what)
        if kept is None:
            return charged
        if kept["settings"] != self.settings or kept["run"]["weights"].shape != self.run.weights.shape:
            raise TrainingError("the checkpoint is of another training: delete it, or train with the same plan")
        self.run.restore(kept["run"])
        for name, each in self.beside.items():
            each.load_state_dict(kept["beside"][name])
        return max(int(kept["step"]), charged)


class _NoisyOptimizer(DPOptimizerFastGradientClipping):  # type: ignore[misc]
    """Opacus' optimizer over sums that are clipped already, with noise of ours."""

    def accumulate(self) -> None:
        """Nothing: `summed_grad` holds the clipped sum."""

    def add_noise(self) -> None:
        for parameter in self.params:
            # Metal has no double precision.
            place = torch.device("cpu") if parameter.device.type == "mps" else parameter.device
            noise = normals(parameter.numel(), place).mul_(self.noise_multiplier * self.max_grad_norm)
            parameter.grad = (parameter.summed_grad.to(place) + noise.view_as(parameter)).to(parameter)


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
            # Gradient and loss together have a norm of `clip` at most.
            self.clip = settings.clip * math.sqrt(1 - settings.watch**2)

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
        summed, losses = torch.zeros_like(self.weights), 0.0
        for clipped, lost in self._each_piece(sample, lambda piece: self._clipped(piece, part)):
            summed += clipped
            losses += lost
        self.weights.summed_grad = summed  # type: ignore[attr-defined]
        optimizer.step()
        if not bool((self.weights.detach().abs() <= _LARGEST).all()):
            raise TrainingError(_NO_NUMBER)
        self._watch(losses, optimizer.noise_multiplier, _longest_loss(sample.tree))

    def _clipped(self, sample: Forest, part: float) -> tuple[Tensor, float]:
        """The sum of the clipped gradients, and of the losses cut off at the longest."""
        seen: list[Tensor] = []

        def losses() -> Tensor:
            seen.append(self._losses(sample, part))
            return seen[0]

        gradient = clipped_gradient(losses, self.parameters, sample.entities, self.clip)
        longest = _longest_loss(sample.tree)
        return gradient, float(seen[0].detach().nan_to_num(nan=longest).clamp(-longest, longest).sum())

    def _watch(self, losses: float, sigma: float, longest: float) -> None:
        """Show the mean of the latest noisy losses. Each entity's, cut off, has a norm of `watch * clip` when it is put beside the
        gradient, so this is a part of the step's own Gaussian sum and costs nothing more."""
        if self.settings.watch:
            noise = float(normals(1)) * sigma * longest / self.settings.watch
            noisy = (losses + noise) / self.divisor
            self.loss = noisy if self.loss is None else self.loss + (noisy - self.loss) * _LATEST

    def _exact_step(self, sample: Forest, part: float) -> None:
        summed, loss = torch.zeros_like(self.weights), 0.0
        for gradient, lost in self._each_piece(sample, lambda piece: self._exact(piece, part)):
            summed += gradient
            loss += lost
        self.weights.grad = summed / self.divisor
        self.loss = loss / sample.entities if sample.entities else None
        self.adam.step()

    def _exact(self, sample: Forest, part: float) -> tuple[Tensor, float]:
        for parameter in self.parameters:
            parameter.grad = None
        losses = self._losses(sample, part)
        if not bool(torch.isfinite(losses).all()):
            raise TrainingError(_NO_NUMBER)
        loss = losses.sum()
        loss.backward()  # type: ignore[no-untyped-call]
        found: dict[Tensor, Tensor] = {each: each.grad for each in self.parameters if each.grad is not None}
        return flat(self.parameters, found), float(loss.detach())

    def _each_piece(self, sample: Forest, work: Callable[[Forest], _T]) -> Iterator[_T]:
        """Work on the sample in pieces that fit: what is too large for the device's memory is tried again in halves, and so is all
        that comes later. It is the same sample, so nothing is charged for it."""
        begin = 0
        while begin < sample.entities:
            end = min(begin + self.physical, sample.entities)
            piece = sample if end - begin == sample.entities else sample.take(np.arange(begin, end))
            try:
                done = work(piece)
            except torch.OutOfMemoryError:
                self._halve(piece.entities)
                continue
            yield done
            begin = end

    def _halve(self, entities: int) -> None:
        if entities == 1:
            raise TrainingError(
                f"the memory of the device {self.device.type} is too small for one entity: train on the cpu"
            ) from None
        self.physical = (entities + 1) // 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _losses(self, sample: Forest, part: float) -> Tensor:
        return self.learner.losses(tree_batch(sample, self.device), part)

    def report(self, done: int) -> None:
        if done % 10 == 0 or done == self.settings.steps:
            self.training.progress(TrainingProgress(done, self.settings.steps, loss=self.loss))

    def state(self) -> dict[str, Any]:
        return {
            "weights": self.weights.detach(),
            "averaged": self.averaged,
            "adam": self.adam.state_dict()["state"],
            "physical": self.physical,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.weights.detach().copy_(state["weights"])
        self.averaged.copy_(state["averaged"])
        self.adam.load_state_dict(self.adam.state_dict() | {"state": state["adam"]})
        self.physical = int(state["physical"])

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


def rate_share(step: int, settings: Settings) -> float:
    """The learning rate of a step as a share of `rate`: up in a line, down along half a cosine."""
    risen = min(1.0, (step + 1) / max(settings.warmup, 1))
    fallen = 0.5 * (1 + math.cos(math.pi * step / settings.steps))
    return risen * (settings.last_rate + (1 - settings.last_rate) * fallen)


def _longest_loss(tree: Tree) -> float:
    """The negative log-likelihood of one row of each node under even chances: above it, a loss is cut off before it is shown."""
    sizes = [column.size for node in tree.nodes for column in node.columns] + [node.most + 1 for node in tree.nodes]
    return max(sum(math.log(size) for size in sizes), 1.0)
