"""What was done to data, apart from what it cost. Whoever touches data writes one of these first; only an accountant prices them.

Sigmas are noise multipliers: the noise's standard deviation divided by the L2 sensitivity to one entity.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GaussianQuery:
    """One vector of sums or counts with Gaussian noise (discrete for counts)."""

    what: str
    """In words, for ledger and report: `one-way marginals of 15 columns`. Never a value."""
    sigma: float
    delta: float = 0.0
    """What a selection by a threshold adds: the chance that a value which one entity alone holds comes through."""


@dataclass(frozen=True, slots=True)
class LaplaceQuery:
    """A pure epsilon-DP query: discrete Laplace counts, the exponential mechanism at its worst-case epsilon."""

    what: str
    epsilon: float


@dataclass(frozen=True, slots=True)
class SampledSteps:
    """`steps` sums over Poisson samples of the entities, each clipped per entity and noised: DP-SGD."""

    what: str
    q: float
    """The chance with which each entity, by itself, is in a step's sample."""
    sigma: float
    steps: int


@dataclass(frozen=True, slots=True)
class Unprotected:
    """Data was read without noise. No guarantee is left."""

    what: str


Event = GaussianQuery | LaplaceQuery | SampledSteps | Unprotected
