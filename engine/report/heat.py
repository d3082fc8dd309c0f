"""How strongly columns go together, as a matrix: Cramér's V of every pair, of the source beside the target.

Cramér 1946, in the bias-corrected form of Bergsma, J. Korean Stat. Soc. 42(3), 2013. Numbers and times are cut at their deciles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import numpy as np

from engine.assessment.codes import Codes, binned, most_frequent, numbered, quantile_edges
from engine.assessment.view import Carries, FeatureKind, Values, View

MOST_COLUMNS = 12
LEVELS = 10
LEAST_ROWS = 20
"""Of fewer rows it would draw chance."""

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    scope: str
    names: tuple[str, ...]
    source: Matrix | None
    target: Matrix
    undrawn: int = 0
    """Further columns that there was no room for."""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """What `asdict` has said of one."""
        source, target = (said[side] and tuple(map(tuple, said[side])) for side in ("source", "target"))
        return cls(**{**said, "names": tuple(said["names"]), "source": source, "target": target})


def heat_map(view: View, *, releasable: bool = False) -> HeatMap | None:
    """None where no two columns vary, or there are too few rows."""
    if min(view.target.rows, view.target.rows if releasable else view.known.rows) < LEAST_ROWS:
        return None
    codes: list[tuple[str, list[Codes]]] = []
    for place, feature in enumerate(view.features):
        if feature.carries is not Carries.REPLACED:
            sides = (
                [view.target.columns[place]] if releasable else [view.known.columns[place], view.target.columns[place]]
            )
            levels = _coded(feature.kind, sides)
            if len(np.unique(levels[0])) > 1:
                codes.append((feature.name, levels))
    drawn = codes[:MOST_COLUMNS]
    if len(drawn) < 2:
        return None
    matrices = [_matrix([levels[side] for _, levels in drawn]) for side in range(1 if releasable else 2)]
    names = tuple(name for name, _ in drawn)
    return HeatMap(view.scope, names, None if releasable else matrices[0], matrices[-1], len(codes) - len(drawn))


def _coded(kind: FeatureKind, sides: list[Values]) -> list[Codes]:
    """At most `LEVELS` levels as the first side has them, and 0 for those without a value."""
    if kind is not FeatureKind.CATEGORY:
        edges = quantile_edges(sides[0], LEVELS)
        return [binned(side, edges) + 1 for side in sides]
    kept = most_frequent(sides[0], LEVELS - 1)
    return [numbered(side, kept) + 1 for side in sides]


def _matrix(codes: list[Codes]) -> Matrix:
    found = np.eye(len(codes))
    for one, other in combinations(range(len(codes)), 2):
        found[one, other] = found[other, one] = cramers_v(codes[one], codes[other])
    return tuple(map(tuple, found.round(4).tolist()))


def cramers_v(one: Codes, other: Codes) -> float:
    """0 independent, 1 one says the other. Bias-corrected; 0 where one of them is constant."""
    width = int(other.max(initial=0)) + 1
    joint = np.bincount(one * width + other, minlength=(int(one.max(initial=0)) + 1) * width).reshape(-1, width)
    joint = joint[joint.any(axis=1)][:, joint.any(axis=0)]
    rows, (high, wide) = joint.sum(), joint.shape
    if min(high, wide) < 2 or rows < 2:
        return 0.0
    expected = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / rows
    phi = float(((joint - expected) ** 2 / expected).sum() / rows)
    unbiased = max(0.0, phi - (high - 1) * (wide - 1) / (rows - 1))
    least = min(high - (high - 1) ** 2 / (rows - 1), wide - (wide - 1) ** 2 / (rows - 1)) - 1
    return min(1.0, float(np.sqrt(unbiased / least))) if least > 0 else 0.0
