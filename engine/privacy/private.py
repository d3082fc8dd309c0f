"""The only door to entities. Every accessor writes its event before it looks, and what it gives is noisy.

`PrivateEntities` answers what is asked of values (which categories, which range, how many children) until there is a codebook, and
`PrivateForest` what models ask of codes. Both charge one and the same `Spending`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from engine.privacy.contingency import Counter
from engine.privacy.entropy import entropy
from engine.privacy.events import Event, SampledSteps, Unprotected
from engine.privacy.mechanisms import Floats, clipped, noisy_counts, noisy_sums
from engine.privacy.spending import Spending
from engine.synthesis.forest import Forest
from engine.synthesis.handle import Cells, Measured

BLOCK = 50
"""Steps that are charged at once, before the first of their samples is drawn."""
_SUMMED = 8192
"""Entities of one batch of `summed`."""


class PrivateForest:
    """`engine.synthesis.handle.Private` over a forest in memory."""

    def __init__(self, forest: Forest, measured: Measured, population: int, spending: Spending) -> None:
        self.tree = forest.tree
        self.population = population
        self.measured = measured
        self.promises = spending.promises
        self._forest = forest
        self._spending = spending

    def __repr__(self) -> str:
        return f"PrivateForest({self.tree.nodes[0].name})"

    @property
    def events(self) -> tuple[Event, ...]:
        """What this release was charged so far."""
        return self._spending.events

    def rho(self, share: float) -> float:
        """As `Private.rho`; infinite at an infinite epsilon."""
        return self._spending.rho(share)

    def noise_multiplier(self, q: float, steps: int, reserved: Sequence[Event] = ()) -> float:
        """As `Private.noise_multiplier`; 0 at an infinite epsilon."""
        return self._spending.noise_multiplier(q, steps, reserved)

    def histograms(self, what: str, cells: Sequence[Cells], rho: float) -> list[Floats]:
        """As `Private.histograms`; each table has one axis for each of its columns."""
        counter = Counter(self._forest, entropy())
        shapes = [counter.shape(table) for table in cells]
        if not shapes:
            return []
        scale = self._spending.gaussian(what, rho) * math.sqrt(len(shapes))
        exact = np.concatenate([counter.counted(table) for table in cells])
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
        return [
            part.reshape(shape) for part, shape in zip(np.split(noisy_counts(exact, scale), ends), shapes, strict=True)
        ]

    def summed(self, what: str, each: Callable[[Forest], Floats], bound: float, rho: float) -> Floats:
        """As `Private.summed`."""
        scale = self._spending.gaussian(what, rho) * bound
        # An empty batch says how long the vectors are, and there is something to give where no entity is.
        total = clipped(each(self._taken(np.arange(0))), bound).sum(axis=0)
        for begin in range(0, self._forest.entities, _SUMMED):
            batch = np.arange(begin, min(begin + _SUMMED, self._forest.entities))
            vectors = each(self._taken(batch))
            total = total + (clipped(vectors, bound) if self.promises else vectors).sum(axis=0)
        return noisy_sums(total, scale)

    def batches(self, what: str, q: float, sigma: float, steps: int) -> Iterator[Forest]:
        """As `Private.batches`: one coin for each entity and step, from OS entropy. Where the caller stops inside a block, the rest of
        the block stays charged. Raises OverBudget before the first sample where all steps together are too many."""
        if not 0 < q <= 1 or (self.promises and not sigma > 0):
            raise ValueError("q lies above 0 and up to 1, and sigma above 0")
        if self.promises:
            self._spending.check(SampledSteps(what, q, sigma, steps))
        else:
            self._spending.charge(Unprotected(what))
        rng = entropy()
        for begin in range(0, steps, BLOCK):
            block = min(BLOCK, steps - begin)
            if self.promises:
                self._spending.write(SampledSteps(what, q, sigma, block))
            for _ in range(block):
                yield self._taken(np.flatnonzero(rng.random(self._forest.entities) < q))

    def everything(self) -> Forest:
        """As `Private.everything`."""
        if self.promises:
            self._spending.refuse("all entities without noise")
        self._spending.charge(Unprotected("all entities"))
        return self._forest

    def _taken(self, entities: np.ndarray) -> Forest:
        return self._forest.take(entities)
