"""How much a count of recognised values says.

A column's values are not independent of each other: where one five-digit number is a postcode, so are the others, and where one is an
amount, so are the others. So each column has a share of its own that a detector recognises, drawn from a beta distribution, and the
count of recognised values is beta-binomial (Skellam, J. R. Stat. Soc. B 10, 1948, 257-261). With mean m and intraclass correlation r
its parameters are a = m k and b = (1 - m) k, where k = (1 - r) / r.
"""

from __future__ import annotations

from math import exp, lgamma, log

WITHIN = 0.3
"""How alike the values of columns that hold an entity are: each has a few that are not recognised, some have many."""
UNIFORM = 1 / 3
"""With this and a mean of a half, each share is as likely."""


def ratio(found: int, of: int, hit: float, chance: float, alike: float, usual: float = 1.0) -> float:
    """Logarithm of the likelihood of `found` recognised of `of` values in columns that hold the entity (mean share `hit`) over that
    in other columns (mean share `chance`). `alike` is r of these: near 0 each value counts by itself, near 1 all of them count as one.
    `usual` is the share of the entity's columns that are written in the way that is recognised; in the others values are
    recognised by chance."""
    other = _mixed(chance, _log(found, of, 0.5, UNIFORM), _log(found, of, chance, alike))
    held = _log(found, of, hit, WITHIN)
    return (_mixed(usual, held, other) if usual < 1 else held) - other


def _mixed(share: float, one: float, another: float) -> float:
    """The logarithm of `share` of one likelihood and the rest of another, both logarithms too."""
    most = max(one, another)
    return most + log(share * exp(one - most) + (1 - share) * exp(another - most))


def _log(found: int, of: int, mean: float, alike: float) -> float:
    # Without the binomial coefficient, which is the same on both sides of the ratio.
    k = 1 / alike - 1
    a, b = mean * k, (1 - mean) * k
    return lgamma(a + found) + lgamma(b + of - found) - lgamma(k + of) - lgamma(a) - lgamma(b) + lgamma(k)
