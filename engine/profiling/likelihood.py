"""How much a count of recognised values says.

A column's values are not independent of each other: where one five-digit number is a postcode, so are the others, and where one is an
amount, so are the others. So each column has a share of its own that a detector recognises, drawn from a beta distribution, and the
count of recognised values is beta-binomial (Skellam, J. R. Stat. Soc. B 10, 1948, 257-261). With mean m and intraclass correlation r
its parameters are a = m k and b = (1 - m) k, where k = (1 - r) / r.
"""

from __future__ import annotations

from math import lgamma


def ratio(found: int, of: int, hit: float, chance: float, alike: float) -> float:
    """Logarithm of the likelihood of `found` recognised of `of` values in columns that hold the entity (mean share `hit`) over that
    in other columns (mean share `chance`). `alike` is r: near 0 each value counts by itself, near 1 all of them count as one."""
    k = 1 / alike - 1
    return _log(found, of, hit * k, (1 - hit) * k) - _log(found, of, chance * k, (1 - chance) * k)


def _log(found: int, of: int, a: float, b: float) -> float:
    # Without the binomial coefficient, which is the same on both sides of the ratio.
    return lgamma(a + found) + lgamma(b + of - found) - lgamma(a + b + of) - lgamma(a) - lgamma(b) + lgamma(a + b)
