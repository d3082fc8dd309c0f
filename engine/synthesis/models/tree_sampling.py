"""New entities from a tree decoder: node after node, sibling after sibling, each column drawn by its likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.synthesis.forest import Forest, NodeRows, Tree
from engine.synthesis.handle import Floats, Measured
from engine.synthesis.models.tree_decoder import TreeDecoder
from engine.synthesis.models.tree_rows import ORDINALS, rows_per_entity, share_logits, wide_marginals

TRIES = 100
"""How many entities are drawn at most for each that a condition asks for."""
ROUNDS = 12
POOL = 8000
Seen = Callable[[int, int, Tensor, Tensor], None]
"""Told the node, the column, the probabilities of its codes for each row, and the weight of each row: all of an entity weigh 1."""


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Rows of one node while their children are drawn."""

    wide: Tensor
    path: Tensor
    parent: Tensor
    owner: Tensor


def sample(
    decoder: TreeDecoder,
    latents: Callable[[int], Tensor],
    entities: int,
    rng: np.random.Generator,
    kept: Mapping[int, Floats] | None = None,
    seen: Seen | None = None,
) -> Forest:
    """Entities of a decoder; `latents` gives the latents of so many. `kept` says of some of the root's columns how likely an entity
    with each code is to be kept; fewer than asked for come where that is seldom."""
    with torch.no_grad():
        roots, latent = _roots(decoder, latents, entities, rng, kept or {}, seen)
        drawn: list[_Drawn] = [roots]
        for node in range(1, len(decoder.rows.tree.nodes)):
            drawn.append(_node(decoder, node, drawn, latent, rng, seen))
    tree = decoder.rows.tree
    columns = [len(node.columns) for node in tree.nodes]
    return Forest(
        tree,
        tuple(
            NodeRows(rows.wide[:, :wide].numpy().astype(np.int32), rows.parent.numpy())
            for rows, wide in zip(drawn, columns, strict=True)
        ),
    )


def _roots(
    decoder: TreeDecoder,
    latents: Callable[[int], Tensor],
    entities: int,
    rng: np.random.Generator,
    kept: Mapping[int, Floats],
    seen: Seen | None,
) -> tuple[_Drawn, Tensor]:
    """Root rows, and the latents behind them: drawn until enough are kept, or TRIES times as many."""
    parts: list[tuple[Tensor, Tensor]] = []
    found = tries = 0
    while not parts or (found < entities and tries < TRIES):
        latent = latents(entities)
        empty = torch.zeros(entities, 0, dtype=torch.long)
        wide = _columns(decoder, 0, empty, latent, torch.ones(entities), rng, seen)
        fits = torch.from_numpy(kept_rows(wide.numpy(), kept, rng))
        parts.append((wide[fits], latent[fits]))
        found += len(parts[-1][0])
        tries += 1
    wide, latent = (torch.cat(part)[:entities] for part in zip(*parts, strict=True))
    places = torch.arange(len(wide))
    return _Drawn(wide, wide, places, places), latent


def kept_rows(
    codes: npt.NDArray[np.integer[Any]], kept: Mapping[int, Floats], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Which rows to keep, each by the product of its codes' chances."""
    chance = np.ones(len(codes))
    for column, chances in kept.items():
        chance *= chances[codes[:, column]]
    found: npt.NDArray[np.bool_] = rng.random(len(codes)) < chance
    return found


def _node(
    decoder: TreeDecoder, node: int, drawn: list[_Drawn], latent: Tensor, rng: np.random.Generator, seen: Seen | None
) -> _Drawn:
    """The rows of a node: first those that are a parent's first, then those that are its second..."""
    tree = decoder.rows.tree
    here = tree.nodes[node]
    assert here.parent is not None
    above = drawn[here.parent]
    counts = above.wide[:, len(tree.nodes[here.parent].columns) + tree.children(here.parent).index(node)]
    weights = 1 / torch.zeros(len(latent)).index_add(0, above.owner, counts.float())
    before = torch.tensor([column.size for column in here.columns], dtype=torch.long).repeat(len(counts), 1)
    wides: list[Tensor] = []
    parents: list[Tensor] = []
    for ordinal in range(int(counts.max()) if len(counts) else 0):
        parent = torch.nonzero(counts > ordinal).squeeze(1)
        context = above.path[parent]
        if here.most > 1:
            place = torch.full((len(parent), 1), min(ordinal, ORDINALS - 1))
            context = torch.cat([context, before[parent], place], 1)
        owner = above.owner[parent]
        wide = _columns(decoder, node, context, latent[owner], weights[owner], rng, seen)
        before[parent] = wide[:, : len(here.columns)]
        wides.append(wide)
        parents.append(parent)
    return _joined(decoder, node, above, wides, parents)


def _joined(decoder: TreeDecoder, node: int, above: _Drawn, wides: list[Tensor], parents: list[Tensor]) -> _Drawn:
    """Rows of all ordinals, those of one parent together again."""
    width = len(decoder.rows.sizes(node))
    wide = torch.cat([torch.zeros(0, width, dtype=torch.long), *wides])
    parent = torch.cat([torch.zeros(0, dtype=torch.long), *parents])
    parent, order = torch.sort(parent, stable=True)
    wide = wide[order]
    return _Drawn(wide, torch.cat([wide, above.path[parent]], 1), parent, above.owner[parent])


def _columns(
    decoder: TreeDecoder,
    node: int,
    context: Tensor,
    latent: Tensor,
    weights: Tensor,
    rng: np.random.Generator,
    seen: Seen | None,
) -> Tensor:
    """Wide rows of one node."""
    network = decoder.node(node)
    wide = torch.zeros(len(context), len(network.sizes), dtype=torch.long)
    for step, column in enumerate(network.order):
        if (head := network.head(column)) is not None:
            chances = torch.softmax(head(network.before(wide, step, context), latent), 1)
            if seen is not None:
                seen(node, column, chances, weights)
            wide[:, column] = drawn_codes(chances, rng)
    return wide


def drawn_codes(chances: Tensor, rng: np.random.Generator) -> Tensor:
    """One code of each row by its chances. (rows, codes) -> (rows,)"""
    upto = chances.cumsum(1)
    at = torch.from_numpy(rng.random(len(chances), np.float32))[:, None] * upto[:, -1:]
    # `at` may be rounded up to the whole sum.
    return (upto <= at).sum(1).clamp(max=chances.shape[1] - 1)


def match_marginals(
    decoder: TreeDecoder,
    latents: Callable[[int], Tensor],
    measured: Measured,
    rng: np.random.Generator,
) -> None:
    """Shift output biases until each column's codes come as often as the noisy marginals say. They are paid for, so this is free."""
    tree = decoder.rows.tree
    wanted = wide_marginals(tree, measured)
    for _ in range(ROUNDS):
        shares = Shares()
        sample(decoder, latents, pool_size(tree, measured), rng, seen=shares.see)
        for (node, column), found in shares.found().items():
            head, want = decoder.node(node).head(column), wanted[node][column]
            if head is not None and want is not None:
                with torch.no_grad():
                    head.out.bias.add_((share_logits(want) - share_logits(found)).clamp(-2, 2), alpha=0.7)


def pool_size(tree: Tree, measured: Measured) -> int:
    """How many entities tell the marginals of a model: about POOL rows of a node."""
    return max(100, int(POOL / max(1.0, *rows_per_entity(tree, measured))))


class Shares:
    """How often codes come, as marginals are measured: by one random row of each entity that has any."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, int], Floats] = {}

    def see(self, node: int, column: int, chances: Tensor, weights: Tensor) -> None:
        summed = (weights @ chances).double().numpy()
        self._sums[node, column] = self._sums.get((node, column), 0) + summed

    def found(self) -> dict[tuple[int, int], Floats]:
        return {place: sums / max(float(sums.sum()), 1e-9) for place, sums in self._sums.items()}
