"""New entities out of a trained chain: drawn from what the networks give, never the likeliest, so that what is rare stays rare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.synthesis.forest import Codes, Forest, NodeRows
from engine.synthesis.generator import Allowed
from engine.synthesis.handle import Place
from engine.synthesis.models.chain_network import ChainNetwork, ColumnReads, Head, RowNetwork, elder
from engine.synthesis.models.pools import Pool, Within

MOST_DRAWS = 200
"""Root rows drawn at most for each entity that a condition asks for."""
Masks = Mapping[int, npt.NDArray[np.bool_]]
"""By columns of the root: which codes may occur."""
ROWS = 8192
"""Rows that the networks work on at once: few enough for a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    groups: Tensor
    """(rows, columns) int64"""
    codes: Codes
    """(rows, columns)"""

    @staticmethod
    def none(columns: int, rows: int = 0) -> _Rows:
        return _Rows(torch.zeros(rows, columns, dtype=torch.int64), np.zeros((rows, columns), np.int32))

    @staticmethod
    def joined(parts: list[_Rows]) -> _Rows:
        return _Rows(torch.cat([part.groups for part in parts]), np.concatenate([part.codes for part in parts]))


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """What a head reads of earlier columns, by group: for one row at a time that is quicker than products of ones."""

    table: Tensor
    """(places, hidden)"""
    bias: Tensor

    @staticmethod
    def of(row: RowNetwork, head: Head) -> _Table:
        reads = cast(ColumnReads, head.reads).row
        with torch.no_grad():
            bias = reads.bias - reads.weight @ row.means[: reads.in_features]
            return _Table(reads.weight.T.contiguous(), bias)

    def read(self, places: Tensor) -> Tensor:
        """(rows, hidden); `places` among the ones."""
        return F.embedding_bag(places, self.table, mode="sum") + self.bias if places.shape[1] else self.bias


class Sampler:
    """Draws from a network whose pools are these."""

    def __init__(self, network: ChainNetwork, pools: Mapping[Place, Pool], counts: Mapping[int, Pool]) -> None:
        self._network = network
        self._tree = network.tree
        self._pools = pools
        self._within = {place: Within(pool) for place, pool in pools.items()}
        self._tables = [[_Table.of(row, head) for head in row.heads] for row in network.rows]
        self._counts = {node: Within(pool) for node, pool in counts.items()}

    @torch.inference_mode()
    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        """Entities with all their rows; fewer than asked where a condition is too rarely met."""
        root = self._roots(entities, rng, allowed)
        forest = [NodeRows(root.codes, np.arange(len(root.codes)))]
        paths: list[Tensor] = [root.groups]
        numbers: dict[int, Tensor] = {}
        for place, node in enumerate(self._tree.nodes[1:], 1):
            assert node.parent is not None
            above = torch.cat([paths[node.parent], *(numbers[each][:, None] for each in elder(self._tree, place))], 1)
            numbers[place] = self._numbers(self._network.head(place, None), above, rng)
            counts = torch.from_numpy(self._counts[place].draw(numbers[place].numpy(), rng))
            above = torch.cat((above, numbers[place][:, None]), 1)
            rows = self._children(place, above, counts, rng)
            parent = torch.repeat_interleave(counts)
            forest.append(NodeRows(rows.codes, parent.numpy()))
            paths.append(torch.cat((above[parent], rows.groups), 1))
        return Forest(self._tree, tuple(forest))

    def _numbers(self, head: Head, above: Tensor, rng: np.random.Generator) -> Tensor:
        parts = [_drawn(torch.softmax(head(part, None, None), 1), rng) for part in _in_parts(above)]
        return torch.cat(parts)

    def _roots(self, entities: int, rng: np.random.Generator, allowed: Allowed | None) -> _Rows:
        """Root rows. Under a condition a row is kept with the chance that its columns had of meeting it: those kept are distributed
        as if all had been drawn without it and the others thrown away."""
        masks = {place.column: mask for place, mask in (allowed or {}).items()}
        parts = [_Rows.none(len(self._tree.nodes[0].columns))]
        if not all(mask.any() for mask in masks.values()):
            return parts[0]
        found, draws = 0, 0
        while found < entities and draws < MOST_DRAWS * entities:
            rows, kept = self._row(0, ROWS if masks else min(ROWS, entities - found), None, rng, masks)
            places = np.flatnonzero(kept)[: entities - found]
            parts.append(_Rows(rows.groups[torch.from_numpy(places)], rows.codes[places]))
            found, draws = found + len(places), draws + len(kept)
        return _Rows.joined(parts)

    def _children(self, place: int, above: Tensor, counts: Tensor, rng: np.random.Generator) -> _Rows:
        """The rows of a node, those of one parent together."""
        parts = [_Rows.none(len(self._tree.nodes[place].columns))]
        for begin in range(0, len(counts), ROWS):
            parts.append(self._families(place, above[begin : begin + ROWS], counts[begin : begin + ROWS], rng))
        return _Rows.joined(parts)

    def _families(self, place: int, above: Tensor, counts: Tensor, rng: np.random.Generator) -> _Rows:
        """All first children, then all second ones... each set in its place among its siblings."""
        network = self._network.rows[place]
        rows = _Rows.none(len(network.order), int(counts.sum()))
        if network.kin is None or not len(rows.codes):
            return rows
        begins = counts.cumsum(0) - counts
        shared = network.kin.of_parents(above, None)
        previous = torch.zeros(len(above), len(network.order), dtype=torch.int64)
        summed = torch.zeros(len(above), sum(network.sizes))
        begins_of_columns = torch.tensor([0, *network.sizes[:-1]]).cumsum(0)
        for ordinal in range(int(counts.max())):
            with_one = torch.nonzero(counts > ordinal).squeeze(1)
            ordinals = torch.full((len(with_one),), ordinal)
            mean = summed[with_one] / max(ordinal, 1)
            state = network.kin(shared[with_one], ordinals, previous[with_one], mean, None)
            drawn, _ = self._row(place, len(with_one), state, rng, {})
            at = begins[with_one] + ordinal
            rows.groups[at], rows.codes[at.numpy()] = drawn.groups, drawn.codes
            previous[with_one] = drawn.groups + 1
            summed[with_one[:, None], drawn.groups + begins_of_columns] += 1
        return rows

    def _row(
        self, place: int, size: int, state: Tensor | None, rng: np.random.Generator, masks: Masks
    ) -> tuple[_Rows, npt.NDArray[np.bool_]]:
        """One row of a node for each state, and which of them to keep: all where there are no masks."""
        network = self._network.rows[place]
        rows, chance = _Rows.none(len(network.order), size), torch.ones(size)
        places = torch.zeros(size, len(network.order), dtype=torch.int64)
        for at, (column, head) in enumerate(zip(network.order, network.heads, strict=True)):
            hidden = self._tables[place][at].read(places[:, :at]).expand(size, -1)
            more = cast(ColumnReads, head.reads).state
            weights = torch.softmax(head.weighed(hidden if more is None else hidden + more(state)), 1)
            within = self._within[Place(place, column)]
            if column in masks:
                weights, within = self._masked(weights, Place(place, column), masks[column])
                chance *= weights.sum(1)
            groups = _drawn(weights, rng)
            places[:, at] = groups + network.spans[at][0]
            rows.groups[:, column], rows.codes[:, column] = groups, within.draw(groups.numpy(), rng)
        return rows, rng.random(size) < chance.numpy() if masks else np.ones(size, bool)

    def _masked(self, weights: Tensor, place: Place, mask: npt.NDArray[np.bool_]) -> tuple[Tensor, Within]:
        """What is left of each group's weight, and how its codes are drawn then."""
        pool = self._pools[place]
        left = Pool(pool.groups, np.where(mask, pool.shares, 0.0))
        return weights * torch.tensor(left.mass / pool.mass, dtype=torch.float32), Within(left)


def _in_parts(rows: Tensor) -> list[Tensor]:
    """A few thousand rows at a time, and no part of none but the only one."""
    return [rows[begin : begin + ROWS] for begin in range(0, max(len(rows), 1), ROWS)]


def _drawn(weights: Tensor, rng: np.random.Generator) -> Tensor:
    """(rows,) a place for each row by its weights, which need not add up to 1; never one of weight 0 where another has some."""
    ends = weights.cumsum(1)
    # Just below 1, so that rounding up cannot reach past the last weight.
    uniform = torch.from_numpy(rng.random(len(weights), np.float32)) * (1 - 2**-20)
    return (ends <= (uniform * ends[:, -1])[:, None]).sum(1).clamp(max=weights.shape[1] - 1)
