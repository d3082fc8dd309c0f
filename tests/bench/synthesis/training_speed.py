"""What a step of training costs, the same network four ways: without privacy, as the product trains, by Opacus' ghost clipping, by
Opacus' hooks.

    python -m tests.bench.synthesis.training_speed [--steps N] [--result FILE]

Made-up data in the shape of Adult: 32,561 entities, 14 columns, samples of 512. The network is one small one for each column, reading
the columns before it. Ours sums embeddings; Opacus' and `torch_without_privacy` read one-hot columns by `nn.Linear`, the way
they know. Processor time of one thread, since other work may run beside; the ways take turns in several rounds, and medians count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from opacus import GradSampleModule
from opacus.grad_sample.grad_sample_module_fast_gradient_clipping import GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizer, DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping
from torch import Tensor, nn

from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.generator import Training
from engine.synthesis.layers import EntityEmbedding, EntityLinear
from engine.synthesis.train import Learner, Settings, train
from tests.bench.report import write_result
from tests.engine.synthesis.toy import ToyPrivate

SIZES = (2, 2, 5, 6, 7, 9, 15, 16, 16, 42, 60, 60, 73, 99)
ENTITIES, BATCH, HIDDEN = 32_561, 512, 32
ROUNDS = 5


class OurChain(Learner):
    def __init__(self) -> None:
        super().__init__()
        self.reads = nn.ModuleList(EntityEmbedding(SIZES[:place] or (1,), HIDDEN) for place in range(len(SIZES)))
        self.outs = nn.ModuleList(EntityLinear(HIDDEN, size) for size in SIZES)

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        codes = batch.nodes[0].codes
        total = torch.zeros(len(codes))
        for place in range(len(SIZES)):
            before = codes[:, :place] if place else torch.zeros_like(codes[:, :1])
            logits = self.outs[place](F.relu(self.reads[place](before)))
            total = total + F.cross_entropy(logits, codes[:, place], reduction="none")
        return total


class OneHotChain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.reads = nn.ModuleList(nn.Linear(max(sum(SIZES[:place]), 1), HIDDEN) for place in range(len(SIZES)))
        self.outs = nn.ModuleList(nn.Linear(HIDDEN, size) for size in SIZES)

    def forward(self, hot: Tensor) -> Tensor:
        ends = np.cumsum((1, *SIZES))
        return torch.cat(
            [
                out(F.relu(read(hot[:, 1:end] if end > 1 else hot[:, :1])))
                for read, out, end in zip(self.reads, self.outs, ends[:-1].tolist(), strict=True)
            ],
            1,
        )


class ChainLoss(nn.Module):
    """Each entity's loss, in the form that Opacus' ghost clipping wants."""

    reduction = "mean"

    def forward(self, logits: Tensor, codes: Tensor) -> Tensor:
        parts = torch.split(logits, list(SIZES), 1)
        each = torch.stack(
            [F.cross_entropy(part, codes[:, at], reduction="none") for at, part in enumerate(parts)]
        ).sum(0)
        return each.mean() if self.reduction == "mean" else each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    # `train` takes as many threads as the environment says, and one is measured.
    os.environ["OMP_NUM_THREADS"] = "1"
    parser.add_argument("--steps", type=int, default=20, help="of each way in each round")
    parser.add_argument("--result", type=Path, default=Path("tests/bench/results/training_speed.json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    forest = made_up(np.random.default_rng(0))
    ways: dict[str, Callable[[int], None]] = {
        "torch_without_privacy": without_privacy(forest),
        "ours_without_privacy": ours(forest, promises=False),
        "ours": ours(forest, promises=True),
        "opacus_ghost": opacus_ghost(forest),
        "opacus_hooks": opacus_hooks(forest),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way(2)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begin = time.process_time()
            way(asked.steps)
            taken[name].append((time.process_time() - begin) / asked.steps * 1e3)
    medians = {name: round(statistics.median(each), 2) for name, each in taken.items()}
    least = {name: round(min(each), 2) for name, each in taken.items()}
    plain = min(medians["torch_without_privacy"], medians["ours_without_privacy"])
    measured: dict[str, object] = {
        "processor_ms_per_step": medians,
        "processor_ms_per_step_least": least,
        "times_without_privacy": {name: round(each / plain, 2) for name, each in medians.items()},
    }
    print(measured)
    command = f"python -m tests.bench.synthesis.training_speed --steps {asked.steps}"
    write_result(asked.result, command, measured)


def made_up(rng: np.random.Generator) -> Forest:
    columns = tuple(CodeColumn(f"c{place}", size) for place, size in enumerate(SIZES))
    codes = np.stack([rng.integers(0, size, ENTITIES) for size in SIZES], 1).astype(np.int32)
    return Forest(Tree((Node("person", columns, None),)), (NodeRows(codes, np.arange(ENTITIES)),))


def ours(forest: Forest, *, promises: bool) -> Callable[[int], None]:
    learner, handle = OurChain(), ToyPrivate(forest, ENTITIES, promises=promises, sigma=3.0)
    return lambda steps: void(train(learner, handle, Settings(steps=steps, batch=BATCH), Training(), "bench"))


def without_privacy(forest: Forest) -> Callable[[int], None]:
    model, loss = OneHotChain(), ChainLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def step(hot: Tensor, codes: Tensor) -> None:
        optimizer.zero_grad()
        loss(model(hot), codes).backward()
        optimizer.step()

    return stepping(forest, step)


def opacus_ghost(forest: Forest) -> Callable[[int], None]:
    model = GradSampleModuleFastGradientClipping(OneHotChain(), max_grad_norm=1.0, use_ghost_clipping=True)
    optimizer = DPOptimizerFastGradientClipping(
        torch.optim.Adam(model.parameters(), lr=1e-2),
        noise_multiplier=3.0,
        max_grad_norm=1.0,
        expected_batch_size=BATCH,
    )
    loss = DPLossFastGradientClipping(model, optimizer, ChainLoss())

    def step(hot: Tensor, codes: Tensor) -> None:
        optimizer.zero_grad()
        loss(model(hot), codes).backward()
        optimizer.step()

    return stepping(forest, step)


def opacus_hooks(forest: Forest) -> Callable[[int], None]:
    model, loss = GradSampleModule(OneHotChain()), ChainLoss()
    optimizer = DPOptimizer(
        torch.optim.Adam(model.parameters(), lr=1e-2),
        noise_multiplier=3.0,
        max_grad_norm=1.0,
        expected_batch_size=BATCH,
    )

    def step(hot: Tensor, codes: Tensor) -> None:
        optimizer.zero_grad()
        loss(model(hot), codes).backward()
        optimizer.step()

    return stepping(forest, step)


def stepping(forest: Forest, step: Callable[[Tensor, Tensor], None]) -> Callable[[int], None]:
    """Poisson samples as one-hot columns, behind one column of ones, and as codes."""
    codes = torch.from_numpy(forest.rows[0].codes).long()
    begins = torch.tensor([1, *(1 + np.cumsum(SIZES)[:-1])])

    def go(steps: int) -> None:
        for _ in range(steps):
            chosen = codes[torch.rand(ENTITIES) < BATCH / ENTITIES]
            hot = torch.zeros(len(chosen), 1 + sum(SIZES)).scatter_(1, chosen + begins, 1.0)
            hot[:, 0] = 1.0
            step(hot, chosen)

    return go


def void(_: object) -> None:
    """A way gives nothing."""


if __name__ == "__main__":
    main()
