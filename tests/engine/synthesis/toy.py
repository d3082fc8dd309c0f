"""Random trees, forests and learners, and a handle over a forest that counts what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine.privacy.events import Event, SampledSteps
from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.handle import Measured
from engine.synthesis.layers import EntityEmbedding, EntityLinear
from engine.synthesis.train import Learner


def random_tree(rng: np.random.Generator) -> Tree:
    """A root with up to three nodes below it, children or grandchildren."""
    nodes = [Node("root", _columns(rng, 1), None)]
    for place in range(1, int(rng.integers(1, 5))):
        nodes.append(Node(f"n{place}", _columns(rng, 0), int(rng.integers(0, place)), most=int(rng.integers(1, 4))))
    return Tree(tuple(nodes))


def random_forest(tree: Tree, entities: int, rng: np.random.Generator) -> Forest:
    rows: list[NodeRows] = []
    for node in tree.nodes:
        if node.parent is None:
            parent = np.arange(entities)
        else:
            above = len(rows[node.parent].parent)
            parent = np.repeat(np.arange(above), rng.integers(0, node.most + 1, above))
        codes = [rng.integers(0, column.size, len(parent)) for column in node.columns]
        rows.append(
            NodeRows(np.stack(codes, 1).astype(np.int32) if codes else np.zeros((len(parent), 0), np.int32), parent)
        )
    return Forest(tree, tuple(rows))


def _columns(rng: np.random.Generator, least: int) -> tuple[CodeColumn, ...]:
    return tuple(CodeColumn(f"c{place}", int(rng.integers(2, 9))) for place in range(rng.integers(least, 4)))


class ToyLearner(Learner):
    """Each row's codes, pushed towards what its siblings and its parent say."""

    def __init__(self, tree: Tree, width: int = 8) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(
            EntityEmbedding([column.size for column in node.columns] or [1], width) for node in tree.nodes
        )
        self.mix = EntityLinear(width, width)
        self.out = EntityLinear(width, 1)

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        total = torch.zeros(batch.entities)
        hidden: list[Tensor] = []
        for layer, node, rows in zip(self.layers, batch.tree.nodes, batch.nodes, strict=True):
            codes = rows.codes if node.columns else rows.codes.new_zeros(len(rows.codes), 1)
            values = layer(codes, rows.owner)
            if node.parent is not None:
                values = values + hidden[node.parent][rows.parent]
            hidden.append(torch.tanh(self.mix(values, rows.owner)))
            each = (self.out(hidden[-1], rows.owner).squeeze(1) - rows.ordinal).square()
            total = total.index_add(0, rows.owner, each)
        return total


@dataclass
class ToyPrivate:
    """Poisson samples of a forest, with whatever sigma it was made with; no ledger but a list."""

    forest: Forest
    population: int
    promises: bool = True
    sigma: float = 1.0
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    events: list[Event] = field(default_factory=list)
    measured: Measured = field(default_factory=Measured)

    @property
    def tree(self) -> Tree:
        return self.forest.tree

    def noise_multiplier(self, q: float, steps: int, reserved: Sequence[Event] = ()) -> float:
        return self.sigma

    def batches(self, what: str, q: float, sigma: float, steps: int) -> Iterator[Forest]:
        self.events.append(SampledSteps(what, q, sigma, steps))
        for _ in range(steps):
            yield self.forest.take(np.flatnonzero(self.rng.random(self.forest.entities) < q))
