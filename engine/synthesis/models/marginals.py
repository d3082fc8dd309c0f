"""Noisy two-way marginals along a spanning tree of each table's columns: no network, no steps, and sound with few entities.

The tree of McKenna, Miklau, Sheldon 2021 (arXiv 2108.04978), on entities: a table's tree starts from the columns of the parent's row,
and numbers of children are columns of the parent. Along a tree each column depends on one other: drawing is exact, column by column,
and conditions are met without a rejected draw. A column that depends on none, as far as the noise shows, keeps its one-way marginal:
with few entities that is what is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from engine.synthesis.forest import Forest, NodeRows, Tree
from engine.synthesis.generator import Allowed, Arrays, Generator, Training, TrainingProgress
from engine.synthesis.handle import COUNT, Floats, Place, Private
from engine.synthesis.models.column_tree import Edge, Link, conditional, conditioned, drawn_by, proper, spanned
from engine.synthesis.models.pairs import (
    Pools,
    by_noise,
    chance,
    entities_with,
    groups,
    home,
    independent,
    kept,
    noise_of,
    pairs,
    pools,
    rho_left,
    variables,
)
from engine.synthesis.models.pools import Pool, Whole, Within

FINEST = 1 / 200
"""Groups of a smaller share are joined even without noise: tables of pairs stay small."""
COARSE = 1 / 24
"""The same where pairs are only compared."""
PRESENT = 0.02
"""Of what is left of the budget: how many entities have a row of each table."""


class Marginals(Generator):
    """Two-way marginals along spanning trees."""

    name: ClassVar[str] = "marginals"
    summary: ClassVar[str] = "noisy two-way marginals along a tree of columns: for few entities, and as a baseline"

    choice: float = Field(0.25, gt=0, lt=1)
    """Share of what is left of the budget that finds the pairs."""
    cost: float = Field(0.4, ge=0)
    """How much noise of a table counts against it when pairs are chosen: standard deviations of all of its cells."""
    least: float = Field(1.0, ge=0)
    """How coarse tables are under noise: in groups of the least share, a cell's expected count over its noise."""

    def fit(self, private: Private, training: Training) -> FittedMarginals:
        training.control.check()
        rho = float(kept(training, "rho of marginals", lambda: [np.array([rho_left(private)])])[0][0])
        present = kept(training, "entities with rows", lambda: [np.array(entities_with(private, rho * PRESENT))])[
            0
        ].tolist()
        _told(training, 1)
        least = self._least(private, rho * (1 - self.choice - PRESENT))
        fine = pools(private.tree, private.measured, least)
        links = self._links(private, training, rho, present, fine)
        _told(training, 2)
        fitted = self._measured(private, training, rho, links, fine)
        _told(training, 3)
        return fitted

    def _least(self, private: Private, rho: float) -> float:
        """The share of a group so that a cell of two of them holds more than noise."""
        columns = sum(len(variables(private.tree, node)) for node in range(len(private.tree.nodes)))
        return max(FINEST, min(0.5, self.least * math.sqrt(noise_of(columns, rho) / private.population)))

    def _links(self, private: Private, training: Training, rho: float, present: list[float], fine: Pools) -> list[Edge]:
        """The pairs of all nodes, each variable after the one that it is drawn by."""
        tree = private.tree
        coarse, found = pools(tree, private.measured, max(COARSE, self._least(private, rho))), pairs(tree)
        estimates = [independent(tree, pair, coarse, present[home(tree, pair[1])]) for pair in found]
        distances = kept(
            training,
            "distances of pairs",
            lambda: (
                [
                    private.distances(
                        f"dependence of {len(found)} pairs of columns",
                        found,
                        estimates,
                        rho * self.choice,
                        groups(coarse),
                    )
                ]
                if found
                else [np.zeros(0)]
            ),
        )[0]
        noise = self.cost * noise_of(
            sum(len(variables(tree, node)) for node in range(len(tree.nodes))), rho * (1 - self.choice - PRESENT)
        )
        least = by_noise(len(found), rho * self.choice)
        scores = {
            pair: distance - least - chance(estimate) - noise * fine[pair[0]].size * fine[pair[1]].size
            for pair, distance, estimate in zip(found, distances.tolist(), estimates, strict=True)
        }
        return [link for node in range(len(tree.nodes)) for link in spanned(tree, node, scores)]

    def _measured(
        self, private: Private, training: Training, rho: float, links: list[Edge], fine: Pools
    ) -> FittedMarginals:
        asked = [(of,) if given is None else (given, of) for given, of in links]
        rho *= 1 - self.choice - PRESENT
        what = f"marginals along trees of {len(asked)} columns"
        tables = kept(training, what, lambda: private.histograms(what, asked, rho, groups(fine)))
        noise, made, mass = noise_of(len(asked), rho), [], {place: pool.mass for place, pool in fine.items()}
        for (given, of), table in zip(links, tables, strict=True):
            if given is None:
                # Measured once more with all that no pair needs: with few entities that is most of the budget.
                mass[of] = proper(table)
        for (given, of), table in zip(links, tables, strict=True):
            if given is None:
                made.append(Link(of, None, mass[of][None]))
            else:
                inside = home(private.tree, given) == home(private.tree, of)
                made.append(Link(of, given, conditional(table, mass[given] if inside else None, mass[of], noise)))
        return FittedMarginals(private.tree, fine, made)

    def restore(self, tree: Tree, arrays: Arrays, facts: Mapping[str, Any]) -> FittedMarginals:
        try:
            found = {place: _stored_pool(arrays, place, size) for place, size in _sizes(tree).items()}
            links = []
            for at, (node, column, *given) in enumerate(facts["links"]):
                of, table = Place(node, column), np.asarray(arrays[f"table.{at}"], np.float64)
                before = Place(*given) if given else None
                rows = 1 if before is None else found[before].size
                if table.shape != (rows, found[of].size):
                    raise ValueError("a table has one cell for each pair of groups")
                links.append(Link(of, before, table))
            if {link.of for link in links} != set(found):
                raise ValueError("each column is drawn once")
        except (KeyError, ValueError, TypeError):
            raise ValueError("the stored model is not marginals of these tables") from None
        return FittedMarginals(tree, found, links)


class FittedMarginals:
    """Conditional tables in the order in which variables are drawn."""

    def __init__(self, tree: Tree, pools: Pools, links: list[Link]) -> None:
        self.tree = tree
        self._pools = pools
        self._links = links

    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        masks = {place: np.asarray(mask, np.bool_) for place, mask in (allowed or {}).items()}
        links = [link for link in self._links if home(self.tree, link.of) == 0]
        roots = conditioned(links, {place: self._chances(place, mask) for place, mask in masks.items()})
        if roots is None:
            entities, roots = 0, links
        rows = [NodeRows(np.zeros((entities, 0), np.int32), np.arange(entities))]
        drawn = [self._row_groups(roots, {}, np.arange(entities), rng)]
        rows[0] = NodeRows(self._codes(0, drawn[0], entities, rng, masks), np.arange(entities))
        for node, at in enumerate(self.tree.nodes[1:], 1):
            assert at.parent is not None
            count = Place(node, COUNT)
            counts = Within(self._pools[count]).draw(drawn[at.parent][count], rng)
            parent = np.repeat(np.arange(len(counts)), counts)
            links = [link for link in self._links if home(self.tree, link.of) == node]
            drawn.append(self._row_groups(links, drawn[at.parent], parent, rng))
            rows.append(NodeRows(self._codes(node, drawn[node], len(parent), rng, {}), parent))
        return Forest(self.tree, tuple(rows))

    def _chances(self, place: Place, mask: npt.NDArray[np.bool_]) -> Floats:
        """How likely a code of each group is an allowed one."""
        pool = self._pools[place]
        chances: Floats = np.bincount(pool.groups, pool.shares * mask, pool.size) / pool.mass
        return chances

    def _row_groups(
        self, links: list[Link], parents: Mapping[Place, Whole], parent: Whole, rng: np.random.Generator
    ) -> dict[Place, Whole]:
        """The groups of all variables of rows with these parents."""
        drawn: dict[Place, Whole] = {}
        for link in links:
            if link.given is None:
                given = np.zeros(len(parent), np.int64)
            else:
                given = drawn[link.given] if link.given in drawn else parents[link.given][parent]
            drawn[link.of] = drawn_by(link.table, given, rng)
        return drawn

    def _codes(
        self, node: int, drawn: Mapping[Place, Whole], rows: int, rng: np.random.Generator, masks: Allowed
    ) -> npt.NDArray[np.int32]:
        codes = np.zeros((rows, len(self.tree.nodes[node].columns)), np.int32)
        for column in range(codes.shape[1]):
            place = Place(node, column)
            pool = self._pools[place]
            if rows and place in masks:
                pool = Pool(pool.groups, pool.shares * masks[place])
            codes[:, column] = Within(pool).draw(drawn[place], rng) if rows else 0
        return codes

    def arrays(self) -> Arrays:
        stored: dict[str, npt.NDArray[Any]] = {f"table.{at}": link.table for at, link in enumerate(self._links)}
        for place, pool in self._pools.items():
            stored[f"groups.{place.node}.{place.column}"] = pool.groups
            stored[f"shares.{place.node}.{place.column}"] = pool.shares
        return stored

    def facts(self) -> Mapping[str, Any]:
        links = [(link.of, link.given) for link in self._links]
        return {"links": [[of.node, of.column, *((given.node, given.column) if given else ())] for of, given in links]}


def _sizes(tree: Tree) -> dict[Place, int]:
    return {
        place: tree.nodes[place.node].most + 1
        if place.column == COUNT
        else tree.nodes[place.node].columns[place.column].size
        for node in range(len(tree.nodes))
        for place in variables(tree, node)
    }


def _stored_pool(arrays: Arrays, place: Place, size: int) -> Pool:
    found, shares = (np.asarray(arrays[f"{part}.{place.node}.{place.column}"]) for part in ("groups", "shares"))
    if found.shape != (size,) or shares.shape != (size,):
        raise ValueError("there is one group and one share for each code")
    return Pool(found.astype(np.int64), shares)


def _told(training: Training, step: int) -> None:
    training.progress(TrainingProgress(step, 3))
