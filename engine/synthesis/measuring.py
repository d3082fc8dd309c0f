"""Noisy one-way marginals of all code columns, and of the numbers of children: in one query, save what domains have paid for."""

from __future__ import annotations

import math

import numpy as np

from engine.privacy.private import PrivateForest
from engine.privacy.spec import Provenance
from engine.synthesis.codebook import Codebook, ColumnBook
from engine.synthesis.domains.base import Floats
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.moments import Moments
from engine.synthesis.handle import COUNT, Measured, Place, Private
from engine.synthesis.presets import SHARES
from engine.synthesis.smoothing import ends, faint, smoothed

_MANY = 20
"""In a domain of more codes counts that noise alone could be are drawn together, and neighbours smoothed."""

_LEAST = 0.5
"""A count that is not taken for none is no less."""


def measured(private: PrivateForest, codebook: Codebook) -> PrivateForest:
    """The handle with shares of every code column and of the numbers of children."""
    private.measured = one_way(private, codebook, private.rho(SHARES.marginals))
    return private


def one_way(private: Private, codebook: Codebook, rho: float) -> Measured:
    """Shares of every code column and of the numbers of children."""
    paid = _paid(codebook)
    columns = [Place(at, column) for at, node in enumerate(codebook.tree.nodes) for column in range(len(node.columns))]
    columns += [Place(at, COUNT) for at, node in enumerate(codebook.tree.nodes) if node.parent is not None]
    asked = [place for place in columns if place not in paid]
    counts = private.histograms(f"one-way marginals of {len(asked)} columns", [(place,) for place in asked], rho)
    scale = math.sqrt(len(asked) / (2 * rho)) if asked and math.isfinite(rho) else 0.0
    ranges = _ranges(codebook)
    shares = {
        place: _in_range(each, scale, *ranges[place]) if place in ranges and scale else _shares(each, scale)
        for place, each in zip(asked, counts, strict=True)
    }
    shares |= {place: _shares(each, 0.0) for place, each in paid.items()}
    return Measured(
        marginals={place: shares[place] for place in columns if place.column != COUNT},
        counts={place.node: shares[place] for place in columns if place.column == COUNT},
    )


def _paid(codebook: Codebook) -> dict[Place, Floats]:
    """What the queries for domains have counted already."""
    return {
        Place(at, span.start): np.array(column.counts)
        for at, node in enumerate(codebook.nodes)
        for column, span in node.spans()
        if column.counts is not None
    }


def _ranges(codebook: Codebook) -> dict[Place, tuple[int, bool]]:
    """Columns with a code for each value of a range: how many values, and whether noise has set its ends."""
    found = {}
    for at, node in enumerate(codebook.nodes):
        for column, span in node.spans():
            if (count := _values(column)) is not None:
                found[Place(at, span.start)] = count, column.provenance is Provenance.DP_EVENT
    return found


def _values(column: ColumnBook) -> int | None:
    domain = column.coding.days if isinstance(column.coding, Moments) else column.coding
    return domain.count if isinstance(domain, Integers) else None


def _in_range(counts: Floats, scale: float, values: int, open_: bool) -> Floats:
    """Shares of neighbouring values, smoothed, and none beyond the ends of a range that noise has set; NULL's as it is."""
    counts = np.asarray(counts, np.float64).ravel()
    first, end = (ends(counts[:values], scale) if open_ else None) or (0, values)
    found = np.where(np.arange(len(counts)) < values, 0.0, np.maximum(counts, _LEAST))
    inside = counts[first:end]
    found[first:end] = np.maximum(smoothed(inside, scale) if values > _MANY else inside, _LEAST)
    shares: Floats = found / found.sum()
    return shares


def _shares(counts: Floats, scale: float) -> Floats:
    counts = np.asarray(counts, np.float64).ravel()
    kept = np.maximum(faint(counts, scale), 0.0) if len(counts) > _MANY else np.maximum(counts, _LEAST)
    if kept.sum() <= 0:
        return np.full(len(kept), 1 / len(kept))
    shares: Floats = kept / kept.sum()
    return shares
