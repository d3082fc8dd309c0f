"""Randomness inside models, drawn row by row. It protects nothing: what protects is added to gradients."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor


class RowNoise:
    """Numbers of which a row's do not depend on how many rows follow: under one seed an entity more changes nothing for the others."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = int(torch.randint(2**62, ())) if seed is None else seed
        self._calls = 0

    @classmethod
    def of(cls, rng: np.random.Generator) -> RowNoise:
        return cls(int(rng.integers(2**62)))

    def uniform(self, like: Tensor) -> Tensor:
        """Numbers in [0, 1), in the shape of `like`. Every call draws from a stream of its own."""
        stream = torch.Generator(like.device).manual_seed(self._seed + self._calls)
        self._calls += 1
        return torch.rand(like.shape, generator=stream, device=like.device)

    def normal(self, like: Tensor) -> Tensor:
        """By Box and Muller 1958: `torch.randn` makes a row's numbers depend on how many rows follow."""
        drawn = self.uniform(like.new_empty(len(like), 2, *like.shape[1:]))
        # 1 - u lies in (0, 1], so the logarithm is finite.
        return (-2 * torch.log1p(-drawn[:, 0])).sqrt() * torch.cos(2 * math.pi * drawn[:, 1])

    def gumbel(self, like: Tensor) -> Tensor:
        """The largest of logits plus these is a draw by their softmax: Maddison et al. 2014, arXiv 1411.0030."""
        return -torch.log(-torch.log(self.uniform(like).clamp(1e-20, 1 - 6e-8)))
