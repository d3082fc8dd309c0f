"""The networks of a chain: one for each column and each number of children, reading what stands before it.

A row is made after its parent and after its earlier siblings; within a row, columns with few codes come first. That order is given by
the domains, so it tells nothing of the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.synthesis.batch import NodeBatch, TreeBatch
from engine.synthesis.forest import Node, Tree
from engine.synthesis.handle import Place
from engine.synthesis.layers import EntityEmbedding, EntityLinear
from engine.synthesis.models.pools import Pool
from engine.synthesis.train import Learner

ORDINALS = 16
"""Siblings are told apart by their ordinals up to here."""


class Head(nn.Module):
    """The groups of one column, or of one number of children, given what `reads` makes of all that stands before it."""

    start: Tensor

    def __init__(self, pool: Pool, reads: nn.Module, hidden: int, dropout: float) -> None:
        super().__init__()
        self.reads = reads
        self.dropout = dropout
        self.out = EntityLinear(hidden, pool.size)
        self.register_buffer("start", torch.tensor(pool.mass, dtype=torch.float32).log())
        with torch.no_grad():
            self.out.weight.mul_(0.3)
            self.out.bias.zero_()

    def forward(self, before: Tensor, state: Tensor | None, owner: Tensor | None) -> Tensor:
        """(rows, groups) logarithms of what the groups weigh: before training, their noisy marginals."""
        return self.weighed(self.reads(before, state, owner), owner)

    def weighed(self, hidden: Tensor, owner: Tensor | None = None) -> Tensor:
        """The same, of what `reads` has made."""
        logits: Tensor = self.out(F.dropout(F.relu(hidden), self.dropout, self.training), owner)
        return logits + self.start


class ColumnReads(nn.Module):
    """Reads the earlier columns of the row, and a state where there is more."""

    def __init__(self, ones: int, state: int, hidden: int) -> None:
        super().__init__()
        self.row = EntityLinear(ones, hidden)
        self.state = EntityLinear(state, hidden, bias=False) if state else None

    def forward(self, ones: Tensor, state: Tensor | None, owner: Tensor | None) -> Tensor:
        hidden: Tensor = self.row(ones[:, : self.row.in_features], owner)
        return hidden if self.state is None else hidden + self.state(state, owner)


class NumberReads(nn.Module):
    """Reads the codes of the parent and its ancestors."""

    def __init__(self, sizes: Sequence[int], hidden: int) -> None:
        super().__init__()
        self.codes = EntityEmbedding(sizes or [1], hidden)

    def forward(self, codes: Tensor, state: Tensor | None, owner: Tensor | None) -> Tensor:
        # A root without columns reads one code that is always the same.
        read: Tensor = self.codes(codes if codes.shape[1] else codes.new_zeros(len(codes), 1), owner)
        return read


class Kin(nn.Module):
    """What is known of a child row before its first column: its parent and ancestors, its ordinal, its earlier siblings."""

    def __init__(self, most: int, above: Sequence[int], own: Sequence[int], width: int) -> None:
        super().__init__()
        self.ordinals = min(most, ORDINALS)
        self.above = EntityEmbedding(above, width)
        self.before = EntityEmbedding([self.ordinals, *(size + 1 for size in own)], width, bias=False)
        self.mean = EntityLinear(sum(own), width, bias=False)

    def of_parents(self, above: Tensor, owner: Tensor | None) -> Tensor:
        """(parents, width) the part that all children of one parent share."""
        made: Tensor = self.above(above, owner)
        return made

    def forward(self, shared: Tensor, ordinal: Tensor, previous: Tensor, mean: Tensor, owner: Tensor | None) -> Tensor:
        """(rows, width): `shared` is of each row's parent; `previous` holds groups + 1, or 0 for a first sibling."""
        codes = torch.cat((ordinal.clamp(max=self.ordinals - 1)[:, None], previous), 1)
        return F.relu(shared + self.before(codes, owner) + self.mean(mean, owner))


class RowNetwork(nn.Module):
    """One row of a node: its columns one after another, given what is known before.

    What a head reads of a column is a one for its group, less the share that each group is expected to have: so most rows are short
    vectors, and clipping takes less from what distinguishes the others.
    """

    means: Tensor

    def __init__(self, node: Node, pools: Sequence[Pool], above: Sequence[int], hidden: int, dropout: float) -> None:
        super().__init__()
        self.order = tuple(sorted(range(len(node.columns)), key=lambda column: node.columns[column].size))
        self.place_of = tuple(self.order.index(column) for column in range(len(self.order)))
        self.sizes = tuple(pool.size for pool in pools)
        # The first place is always 0, so that the first column has something to read.
        ends = np.cumsum([1, *(pools[column].size for column in self.order)]).tolist()
        self.spans = tuple(pairwise(ends))
        """Of each column, in order, its places among the ones."""
        means = np.concatenate([np.zeros(1), *(pools[column].mass for column in self.order)])
        self.register_buffer("means", torch.tensor(means, dtype=torch.float32), persistent=False)
        width = 2 * hidden if node.parent is not None and pools else 0
        self.kin = Kin(node.most, above, self.sizes, width) if width else None
        heads = (
            Head(pools[column], ColumnReads(begin, width, hidden), hidden, dropout)
            for column, (begin, _) in zip(self.order, self.spans, strict=True)
        )
        self.heads = cast(Sequence[Head], nn.ModuleList(heads))

    def ones(self, groups: Tensor) -> Tensor:
        """(rows, places) what heads read of a row."""
        ones = (-self.means).repeat(len(groups), 1)
        places = groups[:, list(self.order)] + torch.tensor([begin for begin, _ in self.spans], device=groups.device)
        return ones.scatter_add_(1, places, torch.ones_like(places, dtype=ones.dtype))

    def logits(self, groups: Tensor, state: Tensor | None, owner: Tensor | None) -> Iterator[tuple[int, Tensor]]:
        """Each column, and what the columns before it say of its groups."""
        ones = self.ones(groups)
        for column, head in zip(self.order, self.heads, strict=True):
            yield column, head(ones, state, owner)


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What a chain says of one column of all rows of a node, or of their numbers (`column` None), and what is true."""

    node: int
    column: int | None
    logits: Tensor
    truth: Tensor
    owner: Tensor
    """Of the rows of the node, or of its parent's rows where numbers are guessed."""
    scale: float


class ChainNetwork(Learner):
    """All networks of a tree. Pools and scales are fixed before training."""

    def __init__(
        self,
        tree: Tree,
        pools: Mapping[Place, Pool],
        counts: Mapping[int, Pool],
        scales: Sequence[float],
        hidden: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.tree = tree
        self.scales = tuple(scales)
        self.rows = cast(list[RowNetwork], nn.ModuleList())
        self.counts = cast(list[Head], nn.ModuleList())
        paths: list[list[int]] = []
        for place, node in enumerate(tree.nodes):
            own = [pools[Place(place, column)] for column in range(len(node.columns))]
            above: list[int] = []
            if node.parent is not None:
                parents = [*paths[node.parent], *(counts[each].size for each in elder(tree, place))]
                self.counts.append(Head(counts[place], NumberReads(parents, hidden), hidden, dropout))
                above = [*parents, counts[place].size]
            self.rows.append(RowNetwork(node, own, above, hidden, dropout))
            paths.append([*above, *(pool.size for pool in own)])
            self._remember(f"groups_{place}", own)
        self._remember("count_groups", [counts[place] for place in range(1, len(tree.nodes))])

    def _remember(self, name: str, pools: Sequence[Pool]) -> None:
        for place, pool in enumerate(pools):
            self.register_buffer(f"{name}_{place}", torch.as_tensor(pool.groups), persistent=False)

    def head(self, node: int, column: int | None) -> Head:
        """Of a column, or (None) of the number of rows of a node."""
        if column is None:
            return self.counts[node - 1]
        return self.rows[node].heads[self.rows[node].place_of[column]]

    def groups(self, node: int, codes: Tensor) -> Tensor:
        """(rows, columns) the group of each code."""
        if not codes.shape[1]:
            return codes
        return torch.stack([self.get_buffer(f"groups_{node}_{at}")[c] for at, c in enumerate(codes.unbind(1))], 1)

    def count_groups(self, node: int, counts: Tensor) -> Tensor:
        """The group of each number of children; more than a node may have counts as the most."""
        table = self.get_buffer(f"count_groups_{node - 1}")
        return table[counts.clamp(max=len(table) - 1)]

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        """(entities,) each entity's negative log-likelihood, that of child rows over a fixed scale."""
        loss = torch.zeros(batch.entities, device=batch.nodes[0].codes.device)
        for guess in self.guesses(batch):
            each = F.cross_entropy(guess.logits, guess.truth, reduction="none")
            loss = loss.index_add(0, guess.owner, each / guess.scale)
        return loss

    def guesses(self, batch: TreeBatch) -> Iterator[Guess]:
        """All guesses, each made from what stands before it."""
        paths: list[Tensor] = []
        numbers: dict[int, Tensor] = {}
        for place, (node, rows) in enumerate(zip(self.tree.nodes, batch.nodes, strict=True)):
            groups, state = self.groups(place, rows.codes), None
            path = groups
            if node.parent is not None:
                parents = batch.nodes[node.parent].owner
                above = torch.cat(
                    (paths[node.parent], *(numbers[each][:, None] for each in elder(self.tree, place))), 1
                )
                numbers[place] = self.count_groups(place, rows.counts)
                of_counts = self.counts[place - 1](above, None, self._owner(node.parent, parents))
                yield Guess(place, None, of_counts, numbers[place], parents, self.scales[node.parent])
                above = torch.cat((above, numbers[place][:, None]), 1)
                state = self._state(place, groups, above, rows, self._owner(node.parent, parents))
                path = torch.cat((above.index_select(0, rows.parent), groups), 1)
            for column, logits in self.rows[place].logits(groups, state, self._owner(place, rows.owner)):
                yield Guess(place, column, logits, groups[:, column], rows.owner, self.scales[place])
            paths.append(path)

    @staticmethod
    def _owner(node: int, owner: Tensor) -> Tensor | None:
        """None for roots, one of each entity: that is quicker to clip."""
        return owner if node else None

    def _state(self, place: int, groups: Tensor, above: Tensor, rows: NodeBatch, owner: Tensor | None) -> Tensor | None:
        kin = self.rows[place].kin
        if kin is None:
            return None
        previous, mean = siblings_before(groups, rows.ordinal, self.rows[place].sizes)
        shared = kin.of_parents(above, owner).index_select(0, rows.parent)
        state: Tensor = kin(shared, rows.ordinal, previous, mean, rows.owner)
        return state


def elder(tree: Tree, node: int) -> list[int]:
    """The nodes with the same parent that stand before this one: their numbers of rows are known to it."""
    return [each for each in range(1, node) if tree.nodes[each].parent == tree.nodes[node].parent]


def siblings_before(groups: Tensor, ordinal: Tensor, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """For each row the groups of the sibling before it (+ 1; 0 for none), and the shares of groups among all siblings before it."""
    first = ordinal == 0
    previous = torch.where(first[:, None], 0, groups.roll(1, 0) + 1)
    begins = torch.arange(len(groups), device=groups.device) - ordinal
    ends = torch.tensor(sizes, device=groups.device).cumsum(0)
    # Whole numbers in floats: exact, as a batch has fewer rows than 2^24.
    ones = torch.zeros(len(groups), sum(sizes), device=groups.device)
    ones.scatter_(1, groups + (ends - torch.tensor(sizes, device=groups.device)), 1.0)
    summed = ones.cumsum(0).sub_(ones)
    summed -= summed.index_select(0, begins)
    return previous, summed.div_(ordinal.clamp(min=1)[:, None])
