"""How many of a target's rows lie nearer to a known person than that person's own row, and how many as near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.view import Places
from engine.jobs.control import Control
from engine.risk.clues import Floats, Weighed

CELLS = 8_000_000
"""Distances that are in memory at once."""
EQUAL = 1e-3
"""Squared distances that differ by less are the same, but for rounding: exact values that are not equal are at least 1 apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Where each attacked person's own row came, of so many candidates."""

    nearer: npt.NDArray[np.int64]
    as_near: npt.NDArray[np.int64]
    """Others at the same distance."""
    candidates: int

    def success(self, first: int = 1) -> Floats:
        """The chance that the own row is among so many guesses, ties being broken at random."""
        return np.clip((first - self.nearer) / (self.as_near + 1), 0.0, 1.0)

    def among(self, candidates: int) -> float:
        """The mean chance of a right first guess had only so many candidates been there, drawn at random."""
        kept = candidates / self.candidates
        # A row that is kept with its ties: the mean of 1 / (1 + binomial) is (1 - (1 - p)^(t + 1)) / ((t + 1) p).
        ties = (1 - (1 - kept) ** (self.as_near + 1)) / ((self.as_near + 1) * kept)
        return float(((1 - kept) ** self.nearer * ties).mean())


def ranked(clues: Sequence[Weighed], attacked: Places, own: Places, candidates: int, control: Control) -> Ranked:
    """Compare the attacked known records with all of the target's, block by block. Raises Cancelled."""
    known = _columns([clue.coordinates(clue.known[attacked]) for clue in clues], len(attacked))
    true = _apart(known, clues, own, pairwise=True)
    nearer, near = np.zeros(len(attacked), np.int64), np.zeros(len(attacked), np.int64)
    step = max(1, CELLS // len(attacked))
    for start in range(0, candidates, step):
        control.check()
        apart = _apart(known, clues, np.arange(start, min(start + step, candidates)))
        nearer += np.count_nonzero(apart < true - EQUAL, axis=1)
        near += np.count_nonzero(apart <= true + EQUAL, axis=1)
    return Ranked(nearer, near - nearer - 1, candidates)


def _apart(known: Floats, clues: Sequence[Weighed], places: Places, pairwise: bool = False) -> Floats:
    """Squared distances to these target records, less the known record's own length, which is the same for all of them.

    Of every known record to each, or `pairwise`: of each to its own one.
    """
    target = _columns([clue.coordinates(clue.target[places]) for clue in clues], len(places))
    lengths = np.einsum("ij,ij->i", target, target)
    if pairwise:
        return np.asarray(lengths - 2 * np.einsum("ij,ij->i", known, target))[:, None]
    apart = known @ target.T
    apart *= -2
    apart += lengths
    return np.asarray(apart)


def _columns(parts: Sequence[Floats], rows: int) -> Floats:
    return np.concatenate(parts, axis=1) if parts else np.zeros((rows, 0))
