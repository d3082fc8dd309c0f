"""Many values as a few codes: numbers and times by bins of about one size, categories by how frequent they are; -1 for none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.assessment.view import Values

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def quantile_edges(values: Values, bins: int) -> Floats:
    """The inner edges of bins that hold about as many of these values each. Where there are no more different ones than bins, each
    has its own."""
    there = values[np.isfinite(values)].astype(np.float64)
    distinct = np.unique(there)
    if len(distinct) <= bins:
        return distinct[1:]
    edges = np.quantile(there, np.linspace(0, 1, bins + 1)[1:-1], method="lower")
    # A least value that fills bins by itself is told from all greater ones: nothing lies below it.
    return np.unique(np.where(edges == distinct[0], distinct[1], edges))


def binned(values: Values, edges: Floats) -> Codes:
    """The bin of each number; what is an edge belongs above it."""
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, "right"))


def most_frequent(codes: Codes | Values, most: int, least: int = 1) -> Codes:
    """At most so many of a category's codes that each at least so many records have, the most frequent first."""
    counts = np.bincount(codes[codes >= 0].astype(np.int64), minlength=1)
    order = np.argsort(-counts, kind="stable")[:most]
    return order[counts[order] >= least]


def numbered(codes: Codes | Values, kept: Codes) -> Codes:
    """The place of each code among those that are kept; their number for all others."""
    size = max(int(codes.max(initial=-1)), int(kept.max(initial=-1))) + 1
    number = np.full(size + 1, len(kept), np.int64)
    number[kept] = np.arange(len(kept))
    number[-1] = -1
    return number[codes.astype(np.int64)]
