"""A chain that is corrected by noisy two-way marginals: of the pairs of columns that it draws worst.

A part of the budget is laid aside. When the chain is trained, noisy distances between its own tables and the data's say which pairs it
misses by more than a measurement would; those are measured, and the entities that it draws are kept or left so that they come right
(`engine.synthesis.models.tilt`). The chain, not the VAE, since it is the better learner of the two on every table tried.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import numpy as np
from pydantic import Field, field_validator

from engine.privacy.events import Event, GaussianQuery
from engine.synthesis.forest import Forest, Tree
from engine.synthesis.generator import Allowed, Arrays, Generator, Training
from engine.synthesis.handle import Floats, Place, Private
from engine.synthesis.models import chain
from engine.synthesis.models.chain import Chain, FittedChain
from engine.synthesis.models.chain_network import ChainNetwork
from engine.synthesis.models.pairs import Pair, Pools, by_noise, chance, groups, kept, noise_of, pairs, pools
from engine.synthesis.models.pools import Pool
from engine.synthesis.models.tilt import MOST_WEIGHT, Cells, Tilt, joined, tilted
from engine.synthesis.models.tree_rows import rows_per_entity

FINEST = 1 / 50
"""Groups of a smaller share are joined in tables of pairs."""
COARSE = 1 / 24
"""The same where pairs are only compared."""
MOST_PAIRS = 40
POOL = 30_000
"""Rows that tell a chain's own tables."""
TRIES = 60
"""Rounds of drawing before fewer entities are given than were asked for."""


class Hybrid(Generator):
    """Options of the chain, and of its correction."""

    name: ClassVar[str] = "hybrid"
    summary: ClassVar[str] = (
        "the chain, its draws corrected by noisy two-way marginals of the pairs that it misses most"
    )

    share: float = Field(0.25, gt=0, lt=1)
    """Of the budget: finding pairs and measuring them."""
    choice: float = Field(0.3, gt=0, lt=1)
    """Of that: finding them."""
    cost: float = Field(0.4, ge=0)
    """How much noise of a table counts against it when pairs are chosen: standard deviations of all of its cells."""
    trust: float = Field(3000, ge=0)
    """How many entities the chain's own word counts for against a measured table."""
    steps: int = Field(2000, ge=1)
    """Noisy steps of training."""
    batch: int = Field(512, ge=1)
    """Entities in a step's sample, on average."""
    chain: Mapping[str, Any] = Field(default_factory=dict)
    """Other options of the chain."""

    @field_validator("chain")
    @classmethod
    def _known(cls, options: Mapping[str, Any]) -> Mapping[str, Any]:
        Chain(**options)
        return options

    def fit(self, private: Private, training: Training) -> FittedHybrid:
        rho = private.rho(self.share)
        finding, measuring = rho * self.choice, rho * (1 - self.choice)
        later = (
            [GaussianQuery("", 1 / math.sqrt(2 * each)) for each in (finding, measuring)] if private.promises else []
        )
        fitted = self._chain().fit(cast(Private, _Saving(private, later)), training)
        entities = max(500, int(POOL / max(1.0, *rows_per_entity(private.tree, private.measured))))
        drawn = fitted.sample(entities, np.random.default_rng())
        fine = pools(private.tree, private.measured, self._least(private, measuring))
        chosen = self._missed(private, training, drawn, fine, finding, measuring)
        return FittedHybrid(fitted, self._corrected(private, training, drawn, fine, chosen, measuring))

    def _chain(self) -> Chain:
        return Chain(**{"steps": self.steps, "batch": self.batch, **self.chain})

    def _least(self, private: Private, rho: float) -> float:
        """The share of a group so that a cell of two of them holds more than noise."""
        return max(FINEST, min(0.5, math.sqrt(noise_of(10, rho) / private.population)))

    def _missed(
        self, private: Private, training: Training, drawn: Forest, fine: Pools, finding: float, measuring: float
    ) -> list[Pair]:
        """The pairs that the chain misses by more than noise and chance, the worst first."""
        found, size = pairs(private.tree), private.population
        if not found:
            return []
        coarse = pools(private.tree, private.measured, max(COARSE, self._least(private, measuring)))
        estimates = [size * Cells.of(drawn, pair, coarse).table(drawn.entities) for pair in found]

        def asked() -> list[Floats]:
            what = f"how far {len(found)} pairs of columns are missed"
            return [private.distances(what, found, estimates, finding, groups(coarse))]

        distances = kept(training, "pairs that are missed", asked)[0]
        # The chain's own tables are of finitely many draws: that is chance as well.
        spread = 1 + size / max(1, drawn.entities)
        missed = (
            distances
            - by_noise(len(found), finding)
            - math.sqrt(spread) * np.array([chance(each) for each in estimates])
        )
        return self._worth(found, missed, fine, measuring)

    def _worth(self, found: Sequence[Pair], missed: Floats, fine: Pools, rho: float) -> list[Pair]:
        """As many pairs as gain more by being measured than the noise of so many tables costs."""
        cells = np.array([fine[given].size * fine[of].size for given, of in found])
        order = np.argsort(-missed)
        for number in range(min(MOST_PAIRS, len(found)), 0, -1):
            gains = missed - self.cost * noise_of(number, rho) * cells
            if (gains[order[:number]] > 0).all():
                return [found[at] for at in order[:number].tolist()]
        return []

    def _corrected(
        self, private: Private, training: Training, drawn: Forest, fine: Pools, chosen: list[Pair], rho: float
    ) -> Tilt:
        what = f"two-way marginals of {len(chosen)} pairs"
        tables = kept(training, what, lambda: private.histograms(what, chosen, rho, groups(fine)))
        if not chosen:
            # Charged all the same: what a release costs is not for its own answers to say.
            return Tilt(fine, (), (), 0.0)
        noise = noise_of(len(chosen), rho) / private.population
        # The pool's own chance is noise as well.
        ridge = self.trust * noise**2 + 20 / drawn.entities
        shares = [table / private.population for table in tables]
        return tilted(drawn, fine, chosen, shares, ridge)

    def restore(self, tree: Tree, arrays: Arrays, facts: Mapping[str, Any]) -> FittedHybrid:
        inner = {name.removeprefix("chain."): each for name, each in arrays.items() if name.startswith("chain.")}
        try:
            fitted = self._chain().restore(tree, inner, facts["chain"])
            return FittedHybrid(fitted, _stored_tilt(arrays, facts))
        except (KeyError, ValueError, TypeError):
            raise ValueError("the stored model is not a hybrid of these tables") from None


class FittedHybrid:
    """A trained chain, and which of its entities to keep."""

    def __init__(self, fitted: FittedChain, tilt: Tilt) -> None:
        self.tree = fitted.tree
        self._chain = fitted
        self._tilt = tilt

    @property
    def corrected(self) -> tuple[Pair, ...]:
        """The pairs whose tables were measured."""
        return self._tilt.pairs

    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        if not self._tilt.pairs:
            return self._chain.sample(entities, rng, allowed)
        parts, found = [self._chain.sample(0, rng, allowed)], 0
        for _ in range(TRIES):
            if found >= entities:
                break
            more = self._chain.sample(max(16, math.ceil((entities - found) * MOST_WEIGHT / 2)), rng, allowed)
            if not more.entities:
                break
            parts.append(self._tilt.kept(more, rng))
            found += parts[-1].entities
        return joined(parts).take(np.arange(min(found, entities)))

    def arrays(self) -> Arrays:
        stored: dict[str, Any] = {f"chain.{name}": array for name, array in self._chain.arrays().items()}
        for at, (pair, weights) in enumerate(zip(self._tilt.pairs, self._tilt.weights, strict=True)):
            stored[f"tilt.{at}"] = weights
            for side, place in enumerate(pair):
                stored[f"tilt.{at}.{side}"] = self._tilt.pools[place].groups
        return stored

    def facts(self) -> Mapping[str, Any]:
        pairs = [[given.node, given.column, of.node, of.column] for given, of in self._tilt.pairs]
        return {"chain": dict(self._chain.facts()), "pairs": pairs, "shift": self._tilt.shift}


class _Saving:
    """The handle, with a part of its budget laid aside for later."""

    def __init__(self, private: Private, later: Sequence[Event]) -> None:
        self._private = private
        self._later = tuple(later)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._private, name)

    def noise_multiplier(self, q: float, steps: int, reserved: Sequence[Event] = ()) -> float:
        return self._private.noise_multiplier(q, steps, (*reserved, *self._later))


def _stored_tilt(arrays: Arrays, facts: Mapping[str, Any]) -> Tilt:
    found: dict[Place, Pool] = {}
    pairs, weights = [], []
    for at, (node, column, other, beside) in enumerate(facts["pairs"]):
        pair = (Place(node, column), Place(other, beside))
        for side, place in enumerate(pair):
            of = np.asarray(arrays[f"tilt.{at}.{side}"])
            found[place] = Pool(of, np.full(len(of), 1 / len(of)))
        weights.append(np.asarray(arrays[f"tilt.{at}"], np.float64))
        pairs.append(pair)
    return Tilt(found, tuple(pairs), tuple(weights), float(facts["shift"]))


def learner_for(tree: Tree, rng: np.random.Generator) -> ChainNetwork:
    """What is trained on entities is a chain."""
    return chain.learner_for(tree, rng)
