"""Forests and the handle over them, for tests of models and of privacy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.privacy.budget import Budget
from engine.privacy.ledger import MemoryLedger
from engine.privacy.private import PrivateForest
from engine.privacy.spending import Spending
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.handle import Measured

NO_BUDGET = Budget(float("inf"), 1e-6)


def private_of(
    forest: Forest,
    budget: Budget = NO_BUDGET,
    *,
    population: int | None = None,
    measured: Measured | None = None,
    ledger: MemoryLedger | None = None,
) -> PrivateForest:
    """The handle over a forest; its size is taken as declared unless `population` says another."""
    spending = Spending(budget, ledger or MemoryLedger())
    return PrivateForest(forest, measured or Measured(), population or forest.entities, spending)


def tree_of(root: Sequence[int], children: Sequence[tuple[int, int, Sequence[int]]] = ()) -> Tree:
    """A tree from the sizes of its columns: `tree_of([3, 2], [(0, 4, [5])])` has a child of the root, 4 rows of a parent at most."""

    def columns(sizes: Sequence[int]) -> tuple[CodeColumn, ...]:
        return tuple(CodeColumn(f"c{place}", size) for place, size in enumerate(sizes))

    below = (Node(f"n{n}", columns(sizes), parent, most) for n, (parent, most, sizes) in enumerate(children, 1))
    return Tree((Node("n0", columns(root), None), *below))


def random_forest(tree: Tree, entities: int, seed: int = 0) -> Forest:
    """Entities with uniformly random codes and numbers of children."""
    rng = np.random.default_rng(seed)
    rows: list[NodeRows] = []
    for node in tree.nodes:
        above = entities if node.parent is None else len(rows[node.parent].parent)
        counts = np.ones(above, np.int64) if node.parent is None else rng.integers(0, node.most + 1, above)
        parent = np.repeat(np.arange(above), counts)
        codes = [rng.integers(0, column.size, len(parent)) for column in node.columns]
        shaped = np.stack(codes, axis=1) if codes else np.zeros((len(parent), 0))
        rows.append(NodeRows(shaped.astype(np.int32), parent))
    return Forest(tree, tuple(rows))
