"""Conditions on one column of the root: `this column has this code`, as ones and zeros beside the root's wide row."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.synthesis.forest import Tree
from engine.synthesis.handle import Measured
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.tree_rows import WideRows, wide_marginals


class Conditions:
    """Each column is as likely as any other, its code as likely as the noisy marginals say: on both sides of the critic alike."""

    def __init__(self, tree: Tree, chances: Tensor) -> None:
        sizes = WideRows(tree).sizes(0)
        if chances.shape != (sum(sizes),):
            raise ValueError("there is one chance for each code of the root")
        self.tree = tree
        self.chances = chances
        """(codes,) of every column's codes, adding up to 1 in each column."""
        self._sizes = sizes
        self._columns = len(sizes)
        which = torch.arange(len(sizes), device=chances.device).repeat_interleave(
            torch.tensor(sizes, device=chances.device)
        )
        self._mask = F.one_hot(which, len(sizes)).T.float() if sizes else chances.new_zeros(0, 0)

    @classmethod
    def of(cls, tree: Tree, measured: Measured) -> Conditions:
        """As measured; evenly where a column was not."""
        parts = [torch.zeros(0)]
        for size, shares in zip(WideRows(tree).sizes(0), wide_marginals(tree, measured)[0], strict=True):
            even = torch.full((size,), 1 / size)
            parts.append(even if shares is None else torch.as_tensor(shares, dtype=torch.float32))
        return cls(tree, torch.cat(parts))

    def to(self, device: torch.device) -> Conditions:
        return Conditions(self.tree, self.chances.to(device))

    def drawn(self, count: int, noise: RowNoise) -> Tensor:
        """Conditions for made-up entities: (count, codes)."""
        if not self._columns:
            return self.chances.new_zeros(count, 0)
        column = self._column(self.chances.new_empty(count), noise)
        chances = self.chances * self._mask[column]
        lasting = chances.cumsum(1)
        at = noise.uniform(self.chances.new_empty(count))[:, None] * lasting[:, -1:]
        code = (lasting <= at).sum(1).clamp(max=chances.shape[1] - 1)
        return F.one_hot(code, chances.shape[1]).float()

    def read(self, rows: Tensor, noise: RowNoise) -> Tensor:
        """Of each real root row one column, with the code that it has."""
        if not self._columns:
            return rows[:, :0]
        return rows * self._mask[self._column(rows.new_empty(len(rows)), noise)]

    def missed(self, wanted: Tensor, logits: Tensor) -> Tensor:
        """How unlikely these logits of root rows make what is wanted: mean cross-entropy."""
        if not self._columns:
            return logits.sum() * 0
        logs = torch.cat([F.log_softmax(part, 1) for part in torch.split(logits, list(self._sizes), 1)], 1)
        return -(wanted * logs).sum(1).mean()

    def _column(self, like: Tensor, noise: RowNoise) -> Tensor:
        return (noise.uniform(like) * self._columns).long().clamp(max=self._columns - 1)
