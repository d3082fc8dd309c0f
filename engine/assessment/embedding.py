"""Records as points, so that near means alike: every column weighs the same, and two values of a category are 1 apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from engine.assessment.context import Context
from engine.assessment.view import FeatureKind, Frame, Places, Values, View

Points = npt.NDArray[np.float32]
DIMS = 200
"""Wider points take time and tell no more: beyond them a random projection keeps distances (Johnson and Lindenstrauss 1984)."""
KNOTS = 1_000
"""Of a number's quantiles: finer ranks are interpolated."""
GREATEST = 1e300
SAME = 1e-6
"""No greater distance is none: it is what rounding leaves."""
BLOCK = 1_000
"""Points that are asked about before anybody may cancel."""
NARROWEST, WIDEST = 4, 32
"""Dimensions that one category takes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ranks:
    """A number as the share of the target's values that lie below it, and whether it is there at all."""

    knots: npt.NDArray[np.float64]
    ranks: npt.NDArray[np.float64]

    def points(self, values: Values) -> Points:
        missing = np.isnan(values)
        ranks = np.interp(np.where(missing, 0, finite(values)), self.knots, self.ranks)
        absent = np.sqrt(0.5) * missing
        return np.column_stack([np.where(missing, 0.5, ranks), absent]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Signatures:
    """A point for each value of a category, and one for none."""

    table: Points

    def points(self, values: Values) -> Points:
        return self.table[values.astype(np.int64) + 1]


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """From records to points. It is made of the target alone, which favours neither members nor others."""

    places: tuple[int, ...]
    """The features that it uses: all that a target has of the source."""
    columns: tuple[_Ranks | _Signatures, ...]
    projection: Points | None

    def points(self, frame: Frame) -> Points:
        if not self.places:
            return np.zeros((frame.rows, 0), np.float32)
        parts = [column.points(frame.columns[place]) for place, column in zip(self.places, self.columns, strict=True)]
        whole = np.ascontiguousarray(np.concatenate(parts, axis=1))
        return whole if self.projection is None else whole @ self.projection


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """A row for each of those asked, a column for each neighbour, the nearest first."""

    distances: npt.NDArray[np.float64]
    places: Places


def embedding_of(view: View, rng: np.random.Generator, dims: int = DIMS) -> Embedding:
    """Numbers become ranks; a category of few values one-hot, one of many a random direction per value."""
    places = view.compared
    categories = sum(view.features[place].kind is FeatureKind.CATEGORY for place in places)
    free = dims - 2 * (len(places) - categories)
    width = int(np.clip(free // max(1, categories), NARROWEST, WIDEST))
    columns = tuple(_column(view, place, width, rng) for place in places)
    whole = sum(2 if isinstance(column, _Ranks) else column.table.shape[1] for column in columns)
    if whole <= dims:
        return Embedding(places, columns, None)
    return Embedding(places, columns, (rng.standard_normal((whole, dims)) / np.sqrt(dims)).astype(np.float32))


def near(points: Points, asked: Points, k: int, context: Context) -> Near:
    """The `k` nearest points of each of the asked. Raises Cancelled."""
    search = NearestNeighbors(n_neighbors=min(k, len(points)), algorithm="brute").fit(points)
    found = []
    for start in range(0, len(asked), BLOCK):
        context.control.check()
        found.append(search.kneighbors(asked[start : start + BLOCK]))
    distances, places = (np.concatenate(each) for each in zip(*found, strict=True))
    return Near(distances.astype(np.float64), places)


def _column(view: View, place: int, width: int, rng: np.random.Generator) -> _Ranks | _Signatures:
    feature = view.features[place]
    if feature.kind is not FeatureKind.CATEGORY:
        return _ranks(view.target.columns[place])
    values = 1 + (0 if feature.labels is None else len(feature.labels))
    if values <= width:
        return _Signatures((np.sqrt(0.5) * np.eye(values)).astype(np.float32))
    anywhere = rng.standard_normal((values, width))
    return _Signatures((np.sqrt(0.5) * anywhere / np.linalg.norm(anywhere, axis=1, keepdims=True)).astype(np.float32))


def finite(values: Values) -> npt.NDArray[np.float64]:
    """Infinities as numbers that can be reckoned with; NaN stays."""
    return np.clip(values, -GREATEST, GREATEST)


def _ranks(values: Values) -> _Ranks:
    there = np.sort(finite(values[~np.isnan(values)]))
    if not len(there):
        return _Ranks(np.zeros(1), np.full(1, 0.5))
    knots = np.unique(there[np.linspace(0, len(there) - 1, KNOTS).astype(np.int64)])
    middle = (np.searchsorted(there, knots, "left") + np.searchsorted(there, knots, "right")) / 2
    return _Ranks(knots, middle / len(there))
