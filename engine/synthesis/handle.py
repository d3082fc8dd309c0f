"""The only door to entities: a handle whose every accessor writes its event before it gives anything.

Models hold this and nothing else of the data. What it gives is noisy, except the batches of `batches()`, which `train.py` alone asks
for, and `everything()`, which ends every guarantee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.privacy.events import Event
from engine.synthesis.forest import Forest, Tree

Floats = npt.NDArray[np.float64]


COUNT = -1
"""As `Place.column`: how many rows of that node a row of its parent node has, 0..most. It is a column of the parent's row."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a node, by their places; or the number of its rows."""

    node: int
    column: int
    """Or `COUNT`."""


Cells = tuple[Place, ...]
"""A contingency table over columns of nodes on one path from the root; it counts the rows of the deepest, one random row of each
entity."""
Groups = Mapping[Place, npt.NDArray[np.int64]]
"""Of some columns the group of each code, 0..: then groups are counted, not codes."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Noisy facts that preprocessing has paid for; using them again is free."""

    marginals: Mapping[Place, Floats] = field(default_factory=dict)
    """Of every column: shares of its codes, not negative, adding up to 1."""
    counts: Mapping[int, Floats] = field(default_factory=dict)
    """Of every node but the root: shares of 0..most rows for a parent."""


class Private(Protocol):
    """Entities of one population, under one budget. Every method that raises OverBudget has touched nothing."""

    tree: Tree
    population: int
    """How many entities take part, as declared or as a noisy count says: never the count itself."""
    measured: Measured
    promises: bool
    """False at an infinite epsilon: nothing is noised or clipped, and every access is Unprotected."""

    @property
    def events(self) -> Sequence[Event]:
        """What the release was charged so far, also before it was interrupted."""

    def rho(self, share: float) -> float:
        """The zCDP rho that this share of the whole budget is worth (Bun, Steinke 2016: rho + 2 sqrt(rho ln 1/delta) = epsilon)."""

    def histograms(self, what: str, cells: Sequence[Cells], rho: float, groups: Groups | None = None) -> list[Floats]:
        """Noisy counts of several contingency tables, rho split evenly between them: each entity counts once in each table, so the L2
        sensitivity of all together is the root of their number. Not rounded up to 0, not normalised."""

    def distances(
        self, what: str, cells: Sequence[Cells], estimates: Sequence[Floats], rho: float, groups: Groups | None = None
    ) -> Floats:
        """Noisy L1 distances of contingency tables from estimates, which come of noisy facts alone. Each entity adds 1 to one cell of
        each table at most, so it moves each distance by at most 1: the L2 sensitivity of all together is the root of their number."""

    def summed(self, what: str, each: Callable[[Forest], Floats], bound: float, rho: float) -> Floats:
        """The sum over entities of a vector of each, scaled down to an L2 norm of `bound` where it is longer, with Gaussian noise.
        `each` is given entities by batches and gives (entities, d)."""

    def noise_multiplier(self, q: float, steps: int, reserved: Sequence[Event] = ()) -> float:
        """The least sigma, not below 0.5, with which so many steps stay within what is left after `reserved`. Raises OverBudget."""

    def batches(self, what: str, q: float, sigma: float, steps: int) -> Iterator[Forest]:
        """Poisson samples of the entities, one for each step, some of them empty. A block of steps is in the ledger before its first
        sample is given. Without a promise: the same samples, Unprotected."""

    def everything(self) -> Forest:
        """All training entities. Raises OverBudget where the budget promises anything."""
