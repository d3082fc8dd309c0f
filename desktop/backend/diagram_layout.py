"""Places boxes in layers, parents before children: components beside one another, tables without a key in a block below.

Layers are topological generations after cycles are broken; the order within a layer follows barycentres (Sugiyama, Tagawa and Toda,
Methods for Visual Understanding of Hierarchical System Structures, IEEE Trans. SMC 11(2), 1981, doi 10.1109/TSMC.1981.4308636), and
heights within a column are the isotonic regression of where the neighbours are, so that boxes never overlap. Nothing is left to
chance: the same schema is drawn the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Edge = tuple[int, int]
"""Parent, child."""
WIDE = 1.7
"""Breadth of the picture for each of its height: that of a screen."""
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Spacing:
    width: float
    """Of every box."""
    across: float
    """Between columns, for the lines of keys."""
    down: float
    """Between boxes of a column."""


@dataclass(frozen=True)
class _Placed:
    nodes: list[int]
    places: NDArray[np.float64]
    """Left and upper edge of each, from 0."""
    size: tuple[float, float]


def layout(heights: Sequence[float], edges: Sequence[Edge], spacing: Spacing) -> NDArray[np.float64]:
    """The left and upper edge of every box."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(heights)))
    graph.add_edges_from((parent, child) for parent, child in edges if parent != child)
    parts = sorted(
        (sorted(part) for part in nx.weakly_connected_components(graph)), key=lambda part: (-len(part), part)
    )
    drawn = [_component(graph, part, heights, spacing) for part in parts if len(part) > 1]
    alone = [part[0] for part in parts if len(part) == 1]
    if alone:
        drawn.append(_block(alone, heights, spacing))
    return _packed(drawn, len(heights), spacing)


def _component(graph: nx.DiGraph, nodes: list[int], heights: Sequence[float], spacing: Spacing) -> _Placed:
    acyclic = _acyclic(graph.subgraph(nodes))
    layers = _layers(acyclic)
    order = _ordered(acyclic, layers)
    columns = [part for layer in order for part in _split(layer, heights, spacing, _tallest(nodes, heights, spacing))]
    tops = _tops(acyclic, columns, heights, spacing)
    lefts = {
        node: number * (spacing.width + spacing.across) for number, column in enumerate(columns) for node in column
    }
    least = min(tops.values())
    places = np.array([(lefts[node], tops[node] - least) for node in nodes])
    height = max(tops[node] + heights[node] for node in nodes) - least
    return _Placed(nodes, places, (len(columns) * (spacing.width + spacing.across) - spacing.across, height))


def _acyclic(graph: nx.DiGraph) -> nx.DiGraph:
    """Without the keys that run against the order within a cycle: those that refer to most come last (Eades, Lin and Smyth, A fast
    and effective heuristic for the feedback arc set problem, 1993)."""
    made = nx.DiGraph()
    made.add_nodes_from(sorted(graph))
    made.add_edges_from(sorted(graph.edges))
    for part in nx.strongly_connected_components(graph):
        if len(part) > 1:
            inside = graph.subgraph(part)
            rank = {node: (inside.in_degree(node) - inside.out_degree(node), node) for node in part}
            made.remove_edges_from([(one, other) for one, other in inside.edges if rank[one] > rank[other]])
    return made


def _layers(graph: nx.DiGraph) -> list[list[int]]:
    """Generations; a table that refers to none stands right before the first that refers to it."""
    layer = {node: number for number, part in enumerate(nx.topological_generations(graph)) for node in part}
    for node in graph:
        if graph.in_degree(node) == 0 and graph.out_degree(node):
            layer[node] = min(layer[child] for child in graph.successors(node)) - 1
    found = defaultdict(list)
    for node in graph:
        found[layer[node]].append(node)
    return [sorted(found[number]) for number in sorted(found)]


def _ordered(graph: nx.DiGraph, layers: list[list[int]]) -> list[list[int]]:
    """Each layer in the order of its neighbours' middles, swept to and fro."""
    start = nx.multipartite_layout(graph, subset_key=dict(enumerate(layers)), align="vertical")
    at = {node: float(place[1]) for node, place in start.items()}
    order = [sorted(layer, key=lambda node: (at[node], node)) for layer in layers]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        near = graph.pred if forward else graph.succ
        for layer in order if forward else reversed(order):
            middle = {node: _mean([at[other] for other in near[node]], at[node]) for node in layer}
            layer.sort(key=lambda node: (middle[node], at[node], node))
            for place, node in enumerate(layer):
                at[node] = (place + 0.5) / len(layer)
    return order


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _tallest(nodes: list[int], heights: Sequence[float], spacing: Spacing) -> float:
    """How tall a column may become before it is continued beside itself."""
    area = sum(heights[node] + spacing.down for node in nodes) * (spacing.width + spacing.across)
    return float(np.sqrt(area / WIDE)) * 1.2


def _split(layer: list[int], heights: Sequence[float], spacing: Spacing, tallest: float) -> list[list[int]]:
    """A layer as one column, or as several of about the same height."""
    total = sum(heights[node] + spacing.down for node in layer)
    count = max(1, round(total / tallest))
    made: list[list[int]] = [[]]
    filled = 0.0
    for node in layer:
        if made[-1] and filled >= total / count * len(made):
            made.append([])
        made[-1].append(node)
        filled += heights[node] + spacing.down
    return made


def _tops(graph: nx.DiGraph, columns: list[list[int]], heights: Sequence[float], spacing: Spacing) -> dict[int, float]:
    """Upper edges: each column as near to its neighbours' middles as its order allows."""
    tops: dict[int, float] = {}
    for column in columns:
        total = sum(heights[node] + spacing.down for node in column)
        reached = -total / 2
        for node in column:
            tops[node] = reached
            reached += heights[node] + spacing.down
    for sweep in range(4):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [_wanted(graph, node, tops, heights) for node in column]
            for node, top in zip(column, _apart(wanted, [heights[node] for node in column], spacing.down), strict=True):
                tops[node] = top
    return tops


def _wanted(graph: nx.DiGraph, node: int, tops: dict[int, float], heights: Sequence[float]) -> float:
    middles = [tops[other] + heights[other] / 2 for other in (*graph.pred[node], *graph.succ[node])]
    return _mean(middles, tops[node] + heights[node] / 2) - heights[node] / 2


def _apart(wanted: list[float], heights: list[float], gap: float) -> list[float]:
    """The places nearest to the wanted ones, in this order and without overlap (pool adjacent violators)."""
    below = np.concatenate([[0.0], np.cumsum([height + gap for height in heights])])[: len(heights)]
    pools: list[tuple[float, int]] = []
    for value in (want - offset for want, offset in zip(wanted, below.tolist(), strict=True)):
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        pools.append((mean, count))
    level = np.repeat([mean for mean, _ in pools], [count for _, count in pools])
    return [float(place) for place in level + below]


def _block(nodes: list[int], heights: Sequence[float], spacing: Spacing) -> _Placed:
    """Tables without a key to another, in columns of about the same height."""
    columns = _split(nodes, heights, spacing, _tallest(nodes, heights, spacing))
    places: dict[int, tuple[float, float]] = {}
    tallest = 0.0
    for number, column in enumerate(columns):
        reached = 0.0
        for node in column:
            places[node] = (number * (spacing.width + spacing.across / 2), reached)
            reached += heights[node] + spacing.down
        tallest = max(tallest, reached - spacing.down)
    width = len(columns) * (spacing.width + spacing.across / 2) - spacing.across / 2
    return _Placed(nodes, np.array([places[node] for node in nodes]), (width, tallest))


def _packed(parts: list[_Placed], count: int, spacing: Spacing) -> NDArray[np.float64]:
    """Components on shelves, as wide as the picture."""
    found = np.zeros((count, 2))
    area = sum((part.size[0] + spacing.across) * (part.size[1] + spacing.across) for part in parts)
    breadth = max([np.sqrt(area * WIDE), *(part.size[0] for part in parts)], default=0.0)
    left = top = shelf = 0.0
    for part in parts:
        if left and left + part.size[0] > breadth:
            left, top, shelf = 0.0, top + shelf + spacing.across, 0.0
        found[part.nodes] = part.places + np.array([left, top])
        left += part.size[0] + spacing.across
        shelf = max(shelf, part.size[1])
    return found
