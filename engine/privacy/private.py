"""The only door to entities. Every accessor writes its event before it looks, and what it gives is noisy.

`PrivateEntities` answers what is asked of values (which categories, which range, how many children) until there is a codebook, and
`PrivateForest` what models ask of codes. Both charge one and the same `Spending`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from engine.privacy import asked
from engine.privacy.contingency import Counter
from engine.privacy.entities import ColumnPlace, Entities
from engine.privacy.entropy import entropy
from engine.privacy.events import Event, SampledSteps, Unprotected
from engine.privacy.mechanisms import Floats, clipped, noisy_count, noisy_counts, noisy_sums
from engine.privacy.number_domains import NumberDomain
from engine.privacy.spending import Spending
from engine.synthesis.forest import Forest
from engine.synthesis.handle import Cells, Groups, Measured
from engine.synthesis.structure import Structure

if TYPE_CHECKING:
    from engine.synthesis.codebook import Codebook

BLOCK = 50
"""Steps that are charged at once, before the first of their samples is drawn."""
_SUMMED = 8192
"""Entities of one batch of `summed`."""


class PrivateEntities:
    """Entities of one population before there is a codebook. Of a child table one random row of each entity is looked at."""

    def __init__(self, entities: Entities, population: int | None, spending: Spending) -> None:
        self._entities = entities
        self._population = population
        self._spending = spending

    def __repr__(self) -> str:
        return repr(self._entities)

    @property
    def structure(self) -> Structure:
        return self._entities.structure

    @property
    def promises(self) -> bool:
        """False at an infinite epsilon: every answer is exact, and Unprotected."""
        return self._spending.promises

    @property
    def events(self) -> tuple[Event, ...]:
        """What this release was charged so far."""
        return self._spending.events

    @property
    def population(self) -> int:
        """How many entities take part, as declared or as `count` said. Raises ValueError before either."""
        if self._population is None:
            raise ValueError("the number of entities is neither declared nor paid for")
        return self._population

    def types(self, place: int) -> pa.Schema:
        """The learned columns of a table, with their types: facts of the schema."""
        return self._entities.tables[place].columns.schema

    def derive(self, place: int, work: Callable[[pa.Table], pa.Table]) -> None:
        """Let a table have more columns, each worked out of its row alone: they are asked like any other. Nothing is given yet."""
        tables = list(self._entities.tables)
        tables[place] = replace(tables[place], columns=work(tables[place].columns))
        self._entities = replace(self._entities, tables=tuple(tables))

    def rho(self, share: float) -> float:
        """As `Private.rho`."""
        return self._spending.rho(share)

    def count(self, share: float) -> int:
        """The noisy number of entities, 1 at least, for this share of epsilon; it is the population from now on.

        It sets the sampling rate of what comes later, so it is pure (see `engine.privacy.accountant`).
        """
        epsilon = self._spending.pure("the number of entities", share)
        self._population = max(1, noisy_count(self._entities.size, epsilon) if epsilon else self._entities.size)
        return self._population

    def forgo(self, what: str, rho: float, delta: float) -> None:
        """Charge a question that is not asked, because of what an earlier answer was: what is charged is no answer's to decide."""
        self._spending.gaussian(f"{what}, not asked", rho, delta)

    def children(self, places: Sequence[int], rho: float, most: int = 1000) -> dict[int, int]:
        """For each of these tables a bound that about 99 % of the parents stay within. From now on no parent has more rows."""
        if not places:
            return {}
        scale = self._spending.gaussian(f"rows of one parent in {len(places)} tables", rho) * math.sqrt(len(places))
        bounds = asked.children(self._entities, places, most, scale)
        self._entities = self._entities.truncated(bounds, entropy())
        return bounds

    def categories(
        self, columns: Sequence[ColumnPlace], rho: float, delta: float
    ) -> dict[ColumnPlace, list[tuple[Any, float]]]:
        """Of each column the values that many entities hold, with noisy counts, the most frequent first; NULL under None, always.

        A value that one entity alone holds is named with a chance of at most `delta`, all columns together. Dates, timestamps and
        times are whole numbers, as their carriers count them.
        """
        if not columns:
            return {}
        scale = self._spending.gaussian(f"categories of {len(columns)} columns", rho, delta) * math.sqrt(len(columns))
        return asked.categories(self._entities, columns, scale, delta)

    def numbers(
        self, columns: Sequence[tuple[ColumnPlace, Floats | None]], rho: float, bins: int, delta: float | None = None
    ) -> dict[ColumnPlace, NumberDomain]:
        """Of each column at most `bins` bins of about equal mass, and at most as many single values that many entities hold.

        Without edges the range is paid for as well; with edges it is theirs, and they are joined where they are more than `bins`. A
        value that one entity alone holds is named with a chance of at most `delta` (a tenth of the budget's where nothing is said).
        """
        if not columns:
            return {}
        asking = asked.Numbers(self._entities, columns, bins, self._population, entropy(), every=not self.promises)
        delta = delta if delta is not None else self._spending.budget.delta / 10
        charged = 0.0
        for query in asking.queries():
            what = f"{query.what} of {query.columns} columns"
            # Once and always: whether any is named may follow from earlier answers.
            scale = self._spending.gaussian(what, rho * query.share, delta - charged)
            charged = delta
            query.answer(scale * math.sqrt(query.columns), delta)
        return asking.domains()

    def encoded(self, codebook: Codebook) -> PrivateForest:
        """The same entities as codes, no parent with more rows than the codebook's tree allows."""
        from engine.synthesis.codebook import encode

        bounds = {place: node.most for place, node in enumerate(codebook.tree.nodes) if node.parent is not None}
        forest = encode(codebook, self._entities.truncated(bounds, entropy()))
        return PrivateForest(forest, Measured(), self.population, self._spending)


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

    def histograms(self, what: str, cells: Sequence[Cells], rho: float, groups: Groups | None = None) -> list[Floats]:
        """As `Private.histograms`; each table has one axis for each of its columns."""
        counter = Counter(self._forest, entropy(), groups)
        shapes = [counter.shape(table) for table in cells]
        # Charged also where nothing is asked: that may be what an earlier answer has decided.
        scale = self._spending.gaussian(what, rho) * math.sqrt(len(shapes))
        if not shapes:
            return []
        exact = np.concatenate([counter.counted(table) for table in cells])
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
        return [
            part.reshape(shape) for part, shape in zip(np.split(noisy_counts(exact, scale), ends), shapes, strict=True)
        ]

    def distances(
        self, what: str, cells: Sequence[Cells], estimates: Sequence[Floats], rho: float, groups: Groups | None = None
    ) -> Floats:
        """As `Private.distances`."""
        counter = Counter(self._forest, entropy(), groups)
        shapes = [counter.shape(table) for table in cells]
        if shapes != [estimate.shape for estimate in estimates]:
            raise ValueError("an estimate has one axis for each column of its table")
        scale = self._spending.gaussian(what, rho) * math.sqrt(len(shapes))
        if not shapes:
            return np.zeros(0)
        exact = [
            np.abs(counter.counted(table) - estimate.ravel()).sum()
            for table, estimate in zip(cells, estimates, strict=True)
        ]
        return noisy_sums(np.array(exact), scale)

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
