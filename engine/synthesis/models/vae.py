"""A variational autoencoder of whole entities: an encoder from the leaves to the root, one latent, a decoder column by column.

Kingma, Welling 2013, arXiv 1312.6114. The weight of its KL term is small, or noise of differential privacy would leave the latent
empty; what the latents are really like is then measured once more, under noise, and new ones are drawn from that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from engine.privacy.events import Event, GaussianQuery
from engine.synthesis.batch import TreeBatch, tree_batch
from engine.synthesis.checkpoint import State, once
from engine.synthesis.forest import Forest, Tree
from engine.synthesis.generator import Allowed, Arrays, Generator, Training
from engine.synthesis.handle import Floats, Measured, Private
from engine.synthesis.layers import EntityLinear
from engine.synthesis.models.pooled_tree import PooledTree
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.tree_decoder import TreeDecoder
from engine.synthesis.models.tree_encoder import TreeEncoder
from engine.synthesis.models.tree_rows import rows_per_entity
from engine.synthesis.models.tree_sampling import match_marginals, sample
from engine.synthesis.train import Learner, Settings, calibrated, train

LATENTS = "second moments of the latents"
FIRST_SPREAD = -1.0
"""Logarithm of a latent's variance before training: one that is all noise is one that the decoder learns to leave out."""
LEAST_SPREAD = 0.05
"""Of a direction of the latent, where noise left less."""


class VaeLearner(Learner):
    """Encoder and decoder. `losses` is the negative evidence bound of each entity, its KL term weighed less."""

    def __init__(self, pools: PooledTree, options: EntityVae) -> None:
        super().__init__()
        tree = pools.tree
        self.pools = pools
        self.kl = options.kl
        self.encoder = TreeEncoder(tree, options.encoder)
        self.mean = EntityLinear(options.encoder, options.latent)
        self.spread = EntityLinear(options.encoder, options.latent)
        with torch.no_grad():
            self.spread.bias.fill_(FIRST_SPREAD)
        self.decoder = TreeDecoder(tree, options.latent, options.hidden)
        self.weights = [1.0] * len(tree.nodes)

    def start_from(self, measured: Measured) -> None:
        """Begin at the noisy marginals; a node of many rows an entity is not to drown the others."""
        tree = self.decoder.rows.tree
        self.weights = [1 / max(1.0, mean) for mean in rows_per_entity(tree, measured)]
        self.decoder.start_from(measured, gain=0.3)

    def encoded(self, batch: TreeBatch) -> tuple[Tensor, Tensor]:
        """The mean and the logarithm of the variance of each entity's latent."""
        summary = self.encoder(batch)
        return self.mean(summary), self.spread(summary).clamp(-6, 4)

    def latents(self, batch: TreeBatch) -> Tensor:
        """A latent of each entity, drawn from what the encoder says of it."""
        mean, spread = self.encoded(self.pools.batch(batch))
        return mean + RowNoise().normal(mean) * (spread / 2).exp()

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        batch = self.pools.batch(batch)
        mean, spread = self.encoded(batch)
        latent = mean + RowNoise().normal(mean) * (spread / 2).exp()
        divergence = -0.5 * (1 + spread - mean.square() - spread.exp()).sum(1)
        return self.decoder.losses(batch, latent, self.weights) + self.kl * min(1.0, 2 * part) * divergence


class FittedVae:
    """A decoder and the normal distribution that its latents are drawn from."""

    def __init__(self, pools: PooledTree, decoder: TreeDecoder, mean: Floats, factor: Floats) -> None:
        self.tree = pools.whole
        self.pools = pools
        self.decoder = decoder
        self.mean = mean
        self.factor = factor

    def latents(self, count: int, rng: np.random.Generator) -> Tensor:
        drawn = rng.standard_normal((count, len(self.mean))) @ self.factor.T + self.mean
        return torch.from_numpy(drawn).float()

    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        drawn = sample(
            self.decoder, lambda count: self.latents(count, rng), entities, rng, self.pools.chances(allowed or {})
        )
        return self.pools.expanded(drawn, rng, allowed or {})

    def arrays(self) -> Arrays:
        parts = {f"decoder.{name}": tensor.cpu().numpy() for name, tensor in self.decoder.state_dict().items()}
        return parts | self.pools.arrays() | {"latent.mean": self.mean, "latent.factor": self.factor}

    def facts(self) -> Mapping[str, Any]:
        return {}


class EntityVae(Generator):
    """Variational autoencoder of entity trees."""

    name: ClassVar[str] = "vae"
    summary: ClassVar[str] = "Variational autoencoder: one latent for a whole entity, columns drawn one after the other"

    latent: int = Field(default=16, ge=1, le=1024)
    """Numbers that stand for an entity."""
    hidden: int = Field(default=32, ge=1, le=4096)
    """Hidden units of each column's network."""
    encoder: int = Field(default=96, ge=1, le=4096)
    """Hidden units of the encoder."""
    kl: float = Field(default=0.3, ge=0)
    """Weight of the KL term."""
    pool: float = Field(default=4.0, ge=0)
    """Codes with a share below so many times the noise of a step are one group to the networks."""
    prior: float = Field(default=0.05, gt=0, lt=1)
    """Share of the budget that measures the latents."""
    steps: int = Field(default=2000, ge=1)
    """Noisy steps of training."""
    batch: int = Field(default=512, ge=1)
    """Entities of a step, on average."""
    clip: float = Field(default=1.0, gt=0)
    """The longest gradient of one entity that counts in full."""
    rate: float = Field(default=1e-2, gt=0)
    """How far a step goes."""

    def fit(self, private: Private, training: Training) -> FittedVae:
        rho = private.rho(self.prior)
        reserved: list[Event] = [GaussianQuery(LATENTS, 1 / math.sqrt(2 * rho))] if private.promises else []
        batch = min(self.batch, max(1, private.population // 4))
        settings = Settings(steps=self.steps, batch=batch, clip=self.clip, rate=self.rate)
        sigma = calibrated(private, settings, training, self.name, reserved)
        pools = PooledTree.of(private.tree, private.measured, self.pool * sigma / settings.batch)
        learner, measured = VaeLearner(pools, self), pools.measured(private.measured)
        learner.start_from(measured)
        train(learner, private, settings, training, self.name, reserved=reserved)
        mean, factor = _prior(learner, private, rho, training)
        fitted = FittedVae(pools, learner.decoder, mean, factor)
        rng = np.random.default_rng()
        match_marginals(fitted.decoder, lambda count: fitted.latents(count, rng), measured, rng)
        return fitted

    def restore(self, tree: Tree, arrays: Arrays, facts: Mapping[str, Any]) -> FittedVae:
        parts = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items() if "pool." not in name}
        try:
            pools = PooledTree.restored(tree, arrays)
            decoder = TreeDecoder(pools.tree, self.latent, self.hidden)
            mean, factor = parts.pop("latent.mean"), parts.pop("latent.factor")
            decoder.load_state_dict({name.removeprefix("decoder."): part for name, part in parts.items()})
        except (KeyError, ValueError, RuntimeError):
            raise ValueError("the stored model is not a vae of these tables") from None
        return FittedVae(pools, decoder, mean.double().numpy(), factor.double().numpy())


def learner_for(tree: Tree, rng: np.random.Generator) -> VaeLearner:
    """A small learner with random weights, for tests of what one entity can move."""
    learner = VaeLearner(PooledTree.of(tree, Measured(), 0), EntityVae(latent=4, hidden=6, encoder=7))
    draw = torch.Generator().manual_seed(int(rng.integers(2**62)))
    with torch.no_grad():
        for weights in learner.parameters():
            weights.copy_(torch.randn(weights.shape, generator=draw))
    return learner


def _prior(learner: VaeLearner, private: Private, rho: float, training: Training) -> tuple[Floats, Floats]:
    """Mean and factor of the latents' covariance, from noisy sums of z and of z z^T."""
    size = learner.mean.out_features
    radius = 1.3 * math.sqrt(size)
    upper = np.triu_indices(size)
    # An entry beside the diagonal stands for two of the matrix, so the vector's norm is that of z z^T.
    scale = np.where(upper[0] == upper[1], 1.0, math.sqrt(2.0))

    def moments(forest: Forest) -> Floats:
        with torch.no_grad():
            latent = learner.latents(tree_batch(forest, learner.mean.weight.device)).cpu().double().numpy() / radius
        latent = latent / np.maximum(1.0, np.linalg.norm(latent, axis=1, keepdims=True))
        squares = latent[:, upper[0]] * latent[:, upper[1]] * scale
        return np.concatenate([latent, squares], 1)

    def made() -> State:
        return {"sums": torch.from_numpy(private.summed(LATENTS, moments, math.sqrt(2.0), rho))}

    kept: Tensor = once(training.checkpoint, LATENTS, made)["sums"]
    sums = kept.numpy() / max(1, private.population)
    mean = sums[:size] * radius
    second = np.zeros((size, size))
    second[upper] = sums[size:] / scale * radius**2
    second = second + np.triu(second, 1).T
    spreads, directions = np.linalg.eigh(second - np.outer(mean, mean))
    return mean, directions * np.sqrt(np.maximum(spreads, LEAST_SPREAD))
