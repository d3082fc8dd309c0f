"""How many of a target's values may be values of the source by chance, and what is more than chance.

A masker that maps s distinct values into a domain of D hits e = s t / D of the source's with its t distinct outputs. The number of
hits of a random map is hypergeometric; its upper tail lies below the binomial's (Hoeffding, J. Amer. Statist. Assoc. 58, 1963,
section 6, doi 10.1080/01621459.1963.10500830), and that below the Poisson's beyond the mean (Anderson, Samuels, Proc. Fifth Berkeley
Symp. 1, 1967, p. 1). So the allowance is the smallest k with P(Poisson(e) > k) <= ALPHA.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.masking.base import Masker, Subject
from engine.record import Masked
from engine.sketches import Sketch, overlap

ALPHA = 1e-9
"""How often a sound column may be called a leak: once in a thousand million."""
_LARGE = 1e4


@dataclass(frozen=True, slots=True)
class Exposure:
    """One masked column of the target against the source's."""

    found: int
    """Distinct values of the target that are also the source's."""
    expected: float | None
    """By chance; None where the technique makes no claim."""
    excess: int
    """What is beyond chance: a leak when it is not 0."""


def exposure(masker: Masker, subject: Subject, source: Masked, target: Sketch) -> Exposure:
    """Compare what the run saw of the source with what the target holds now."""
    common = overlap(source.source, target)
    mean = expected_overlap(masker, subject, source.source.distinct, target.distinct)
    if mean is None:
        return Exposure(common.found, None, 0)
    expected = min(mean, float(min(source.source.distinct, target.distinct)))
    allowed = 0 if expected == 0 else poisson_upper(expected * common.fraction)
    excess = round(max(0, common.counted - allowed) / common.fraction)
    return Exposure(common.found, expected, max(excess, _unmasked(source, target.distinct, mean)))


def expected_overlap(masker: Masker, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
    """The masker's own word; else none for a technique that promises it, and no claim for the others."""
    expected = masker.expected_overlap(subject, distinct_source, distinct_target)
    if expected is None:
        return 0.0 if masker.properties.overlap == "none" else None
    return expected


def poisson_upper(mean: float, alpha: float = ALPHA) -> int:
    """The smallest k with P(Poisson(mean) > k) <= alpha, rounded up where it is approximated."""
    if mean > _LARGE:
        # Bernstein's inequality (Boucheron, Lugosi, Massart, Concentration Inequalities, 2013, section 2.8) from a variance of `mean`.
        tail = math.log(1 / alpha)
        return math.ceil(mean + tail / 3 + math.sqrt(tail**2 / 9 + 2 * tail * mean))
    k = max(0, math.ceil(mean))
    while _poisson_tail(mean, k) > alpha:
        k += 1
    return k


def _poisson_tail(mean: float, k: int) -> float:
    """P(Poisson(mean) > k) for k >= mean - 1: the first term, and the geometric series that bounds the rest from above."""
    if mean == 0:
        return 0.0
    first = math.exp((k + 1) * math.log(mean) - mean - math.lgamma(k + 2))
    return first / (1 - mean / (k + 2))


def _unmasked(source: Masked, distinct_target: int, expected: float) -> int:
    """Distinct values masked to themselves beyond chance: one in `expected / distinct_target` outputs is its own input. Where every
    output may be a source value (states, towns: picked row by row), each value meets itself in some row, and nothing follows."""
    same = source.unchanged.distinct
    if not same or expected >= distinct_target:
        return 0
    chance = expected / distinct_target
    return max(0, same - (poisson_upper(chance * source.unchanged.fraction) if chance else 0))
