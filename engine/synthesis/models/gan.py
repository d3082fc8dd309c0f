"""A conditional Wasserstein GAN of whole entities. Its critic alone learns from data, so it alone is trained with noise.

Conditions as in CTGAN (Xu et al. 2019, arXiv 1907.00503), but never a real entity chosen by one: for a made-up entity they are drawn
from the noisy marginals, for a real one read off the row that Poisson sampling gave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from engine.synthesis.devices import device_for
from engine.synthesis.forest import Forest, NodeRows, Tree
from engine.synthesis.generator import Allowed, Arrays, Generator, Training
from engine.synthesis.handle import Measured, Private
from engine.synthesis.models.gan_conditions import Conditions
from engine.synthesis.models.gan_critic import Critic
from engine.synthesis.models.gan_features import TreeFeatures
from engine.synthesis.models.gan_maker import TreeMaker
from engine.synthesis.models.pooled_tree import PooledTree
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.soft_rows import SoftNode
from engine.synthesis.models.tree_rows import share_logits, wide_marginals
from engine.synthesis.models.tree_sampling import ROUNDS, TRIES, kept_rows, pool_size
from engine.synthesis.train import Settings, calibrated, train

KEPT = 0.99
"""Of the averaged maker at each of its steps: what two networks play for swings."""


class FittedGan:
    """The network that makes entities, and the conditions that it makes them under."""

    def __init__(self, pools: PooledTree, maker: TreeMaker, conditions: Conditions) -> None:
        self.tree = pools.whole
        self.pools = pools
        self.maker = maker
        self.conditions = conditions

    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        chances = self.pools.chances(allowed or {})
        parts: list[Forest] = []
        found = tries = 0
        while not parts or (found < entities and tries < TRIES):
            drawn = self._groups(entities, rng)
            kept = np.flatnonzero(kept_rows(drawn.rows[0].codes, chances, rng))
            parts.append(drawn.take(kept[: entities - found]))
            found += parts[-1].entities
            tries += 1
        return self.pools.expanded(_together(self.maker.rows.tree, parts), rng, allowed or {})

    def _groups(self, entities: int, rng: np.random.Generator) -> Forest:
        with torch.no_grad():
            noise = RowNoise.of(rng)
            made, _ = self.maker(self.conditions.drawn(entities, noise), noise)
        return _forest(self.maker, made)

    def arrays(self) -> Arrays:
        parts = {f"maker.{name}": tensor.cpu().numpy() for name, tensor in self.maker.state_dict().items()}
        return parts | self.pools.arrays() | {"conditions": self.conditions.chances.cpu().numpy()}

    def facts(self) -> Mapping[str, Any]:
        return {}


class EntityGan(Generator):
    """Wasserstein GAN of entity trees."""

    name: ClassVar[str] = "gan"
    summary: ClassVar[str] = "Conditional Wasserstein GAN: noise only on the critic, all columns of a row drawn at once"

    noise: int = Field(default=32, ge=1, le=1024)
    """Random numbers that a row is made of."""
    hidden: int = Field(default=128, ge=1, le=4096)
    """Hidden units of the network that makes rows."""
    features: int = Field(default=512, ge=1, le=65536)
    """Products of two columns that the critic looks at in the root; a quarter as many in every other table."""
    critic: int = Field(default=32, ge=1, le=4096)
    """Hidden units of the critic."""
    each: int = Field(default=1, ge=1)
    """Steps of the critic for one of the maker."""
    steep: float = Field(default=1.5, gt=0)
    """The largest spectral norm of a layer of the critic."""
    made: int = Field(default=512, ge=1)
    """Entities that the maker learns from at a step of its own."""
    maker_rate: float = Field(default=1e-3, gt=0)
    """How far a step of the maker goes."""
    heed: float = Field(default=0.3, ge=0)
    """How much the maker heeds its conditions."""
    anchor: float = Field(default=3.0, ge=0)
    """How much the maker keeps to the noisy marginals."""
    steps: int = Field(default=2000, ge=1)
    """Noisy steps of training."""
    batch: int = Field(default=512, ge=1)
    """Entities of a step, on average."""
    clip: float = Field(default=0.1, gt=0)
    """The longest gradient of one entity that counts in full."""
    rate: float = Field(default=1e-2, gt=0)
    """How far a step goes."""

    def fit(self, private: Private, training: Training) -> FittedGan:
        device = device_for(training.device)
        batch = min(self.batch, max(1, private.population // 4))
        settings = Settings(steps=self.steps, batch=batch, clip=self.clip, rate=self.rate)
        sigma = calibrated(private, settings, training, self.name)
        pools = PooledTree.of(private.tree, private.measured, sigma / settings.batch)
        play = Play(self, pools, pools.measured(private.measured), device)
        train(play.learner, private, settings, training, self.name, after_step=play.after, beside={"play": play})
        fitted = FittedGan(pools, play.averaged.to("cpu"), play.conditions.to(torch.device("cpu")))
        _match_marginals(fitted, play.measured)
        return fitted

    def restore(self, tree: Tree, arrays: Arrays, facts: Mapping[str, Any]) -> FittedGan:
        parts = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items() if "pool." not in name}
        try:
            pools = PooledTree.restored(tree, arrays)
            conditions = Conditions(pools.tree, parts.pop("conditions"))
            maker = TreeMaker(pools.tree, self.noise, self.hidden)
            maker.load_state_dict({name.removeprefix("maker."): part for name, part in parts.items()})
        except (KeyError, RuntimeError, ValueError):
            raise ValueError("the stored model is not a gan of these tables") from None
        return FittedGan(pools, maker, conditions)


class Play:
    """A maker against a critic. `train` moves the critic; `after` each of its steps the maker is moved, which reads no data."""

    def __init__(self, options: EntityGan, pools: PooledTree, measured: Measured, device: torch.device) -> None:
        self.options = options
        self.measured = measured
        maker = TreeMaker(pools.tree, options.noise, options.hidden)
        maker.start_from(measured, gain=0.3)
        self.maker = maker.to(device)
        self.averaged = deepcopy(self.maker)
        self.conditions = Conditions.of(pools.tree, measured).to(device)
        self.learner = Critic(pools, TreeFeatures(pools.tree, measured, options.features), options.critic, self.fakes)
        self._adam = torch.optim.Adam(maker.parameters(), lr=options.maker_rate, betas=(0.5, 0.9))
        self._moves = 0
        self._wanted = [
            [None if each is None else torch.as_tensor(each, dtype=torch.float32, device=device) for each in node]
            for node in wide_marginals(pools.tree, measured)
        ]

    def fakes(self, count: int) -> list[SoftNode]:
        """Made-up entities for the critic."""
        noise = RowNoise()
        made: list[SoftNode] = self.maker(self.conditions.drawn(count, noise), noise)[0]
        return made

    def after(self, step: int) -> None:
        """Keep the critic from growing steep, and let the maker learn from it."""
        self.learner.bound(self.options.steep)
        if step % self.options.each:
            return
        noise = RowNoise()
        wanted = self.conditions.drawn(self.options.made, noise)
        made, logits = self.maker(wanted, noise)
        lost = -self.learner.scores(made).mean() + self.options.heed * self.conditions.missed(wanted, logits[0])
        lost = lost + self.options.anchor * self._off_marginals(made, logits)
        self._adam.zero_grad()
        lost.backward(inputs=list(self.maker.parameters()))  # type: ignore[no-untyped-call]
        self._adam.step()
        self._moves += 1
        with torch.no_grad():
            for mean, now in zip(self.averaged.parameters(), self.maker.parameters(), strict=True):
                mean.lerp_(now, max(1 - KEPT, 9 / (9 + self._moves)))

    def _off_marginals(self, made: Sequence[SoftNode], logits: Sequence[Tensor]) -> Tensor:
        """How unlikely the noisy marginals find what is made, all columns together. They are paid for, so this is free."""
        lost = logits[0].new_zeros(())
        for (place, column), found in _shares(self.maker, made, logits).items():
            if (want := self._wanted[place][column]) is not None:
                lost = lost - (want * torch.log(found + 1e-6)).sum()
        return lost

    def state_dict(self) -> dict[str, Any]:
        """All that `after` changes, and the features, which are drawn but once."""
        return {
            "maker": self.maker.state_dict(),
            "averaged": self.averaged.state_dict(),
            "features": self.learner.features.state_dict(),
            "adam": self._adam.state_dict(),
            "moves": self._moves,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.maker.load_state_dict(state_dict["maker"])
        self.averaged.load_state_dict(state_dict["averaged"])
        self.learner.features.load_state_dict(state_dict["features"])
        self._adam.load_state_dict(state_dict["adam"])
        self._moves = int(state_dict["moves"])


def learner_for(tree: Tree, rng: np.random.Generator) -> Critic:
    """A small critic with random weights, with a maker of its own, for tests of what one entity can move."""
    options = EntityGan(noise=3, hidden=8, critic=6, features=12)
    play = Play(options, PooledTree.of(tree, Measured(), 0), Measured(), torch.device("cpu"))
    draw = torch.Generator().manual_seed(int(rng.integers(2**62)))
    with torch.no_grad():
        for weights in [*play.learner.parameters(), *play.maker.parameters()]:
            weights.copy_(torch.randn(weights.shape, generator=draw))
    return play.learner


def _shares(maker: TreeMaker, made: Sequence[SoftNode], logits: Sequence[Tensor]) -> dict[tuple[int, int], Tensor]:
    """How likely each code of each column is, as marginals are measured: by one random row of each entity that has any."""
    found: dict[tuple[int, int], Tensor] = {}
    for place, rows in enumerate(made):
        if not len(rows.owner):
            continue
        weights = 1.0 / torch.bincount(rows.owner)[rows.owner]
        weights = weights / weights.sum()
        for column in range(len(maker.rows.sizes(place))):
            found[place, column] = weights @ torch.softmax(logits[place][:, maker.span(place, column)], 1)
    return found


def _match_marginals(fitted: FittedGan, measured: Measured) -> None:
    """Shift output biases until each column's codes come as often as the noisy marginals say."""
    maker, rng = fitted.maker, np.random.default_rng()
    tree = maker.rows.tree
    entities, wanted = pool_size(tree, measured), wide_marginals(tree, measured)
    for _ in range(ROUNDS):
        with torch.no_grad():
            noise = RowNoise.of(rng)
            made, logits = maker(fitted.conditions.drawn(entities, noise), noise)
            for (place, column), found in _shares(maker, made, logits).items():
                if (want := wanted[place][column]) is not None:
                    off = (share_logits(want) - share_logits(found.double().numpy())).clamp(-2, 2)
                    maker.out(place).bias[maker.span(place, column)].add_(off, alpha=0.7)


def _forest(maker: TreeMaker, made: Sequence[SoftNode]) -> Forest:
    """Soft rows as codes."""
    rows: list[NodeRows] = []
    for place, (node, soft) in enumerate(zip(maker.rows.tree.nodes, made, strict=True)):
        codes = np.zeros((len(soft.rows), len(node.columns)), np.int32)
        for column in range(len(node.columns)):
            codes[:, column] = soft.rows[:, maker.span(place, column)].argmax(1).numpy()
        rows.append(NodeRows(codes, soft.parent.numpy()))
    return Forest(maker.rows.tree, tuple(rows))


def _together(tree: Tree, forests: Sequence[Forest]) -> Forest:
    """The entities of several forests as one."""
    joined: list[NodeRows] = []
    for place, node in enumerate(tree.nodes):
        above = place if node.parent is None else node.parent
        begins = np.cumsum([0, *(len(forest.rows[above].parent) for forest in forests)])
        joined.append(
            NodeRows(
                np.concatenate([forest.rows[place].codes for forest in forests]),
                np.concatenate(
                    [forest.rows[place].parent + begin for forest, begin in zip(forests, begins, strict=False)]
                ),
            )
        )
    return Forest(tree, tuple(joined))
