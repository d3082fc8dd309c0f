"""What a class of people who look alike tells of a sensitive value: l-diversity and t-closeness, of all classes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.alike import Classes
from engine.assessment.view import Values

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Diversity:
    distinct: int
    """Least number of different values in a class: l as Machanavajjhala et al. 2007, ACM TKDD 1(1), section 4.1."""
    entropy: float
    """Least exp(-sum p ln p) of a class: it is entropy l-diverse for each l up to this."""
    closeness: float
    """Greatest distance of a class's distribution from everybody's: t of Li et al., ICDE 2007."""
    homogeneous: float
    """Share of people in classes where all have one value: whoever knows the class knows it."""


def diversity(of: Classes, values: Values) -> Diversity:
    """`of`: each record's class, from 0 on without gaps. Numbers are ordered, all else is not; a missing value is a value."""
    codes, ordered = _codes(values)
    members = np.bincount(of)
    pairs, counts = np.unique(of * (codes.max() + 1) + codes, return_counts=True)
    cell_class, cell_code = pairs // (codes.max() + 1), pairs % (codes.max() + 1)
    distinct = np.bincount(cell_class, minlength=len(members))
    share = counts / members[cell_class]
    entropy = np.bincount(cell_class, -share * np.log(share), len(members))
    everybody = np.bincount(codes) / len(codes)
    if ordered:
        apart = _ordered(cell_class, cell_code, share, everybody, len(members))
    else:
        apart = _variational(cell_class, cell_code, share, everybody, len(members))
    return Diversity(
        int(distinct.min()),
        float(np.exp(entropy.min())),
        float(apart.max()),
        float(members[distinct == 1].sum() / len(of)),
    )


def _codes(values: Values) -> tuple[npt.NDArray[np.int64], bool]:
    """Each value by its rank among the different ones, and whether ranks mean an order."""
    codes = np.unique(values, return_inverse=True, equal_nan=True)[1].astype(np.int64)
    return codes, values.dtype.kind == "f" and not np.isnan(values).any()


def _variational(of: Classes, code: Classes, share: Floats, everybody: Floats, classes: int) -> Floats:
    """Half of sum |p - q|, where all values are equally far from each other (Li et al., section 4.2)."""
    present = np.bincount(of, np.abs(share - everybody[code]) - everybody[code], classes)
    return np.asarray((present + 1) / 2)


def _ordered(of: Classes, code: Classes, share: Floats, everybody: Floats, classes: int) -> Floats:
    """Sum |P - Q| / (m - 1) over the cumulated shares of the m values in order (Li et al., section 4.1).

    P is flat between the values that a class has, and Q never falls, so on each flat piece they cross once at most: its sum is two
    differences of the cumulated Q.
    """
    values = len(everybody)
    if values == 1:
        return np.zeros(classes)
    q = np.cumsum(everybody)
    sums = np.concatenate([[0.0], np.cumsum(q)])
    first = np.concatenate([[True], of[1:] != of[:-1]])
    level = _cumulated(share, first)
    end = np.append(np.where(first[1:], values, code[1:]), values)
    cross = np.clip(np.searchsorted(q, level), code, end)
    below = level * (cross - code) - (sums[cross] - sums[code])
    over = sums[end] - sums[cross] - level * (end - cross)
    # Before a class's first value its P is 0.
    before = np.bincount(of[first], sums[code[first]], classes)
    return np.asarray((np.bincount(of, below + over, classes) + before) / (values - 1))


def _cumulated(share: Floats, first: npt.NDArray[np.bool_]) -> Floats:
    """Running sums that begin anew at each class."""
    running = np.cumsum(share)
    offsets = (running - share)[first]
    return np.asarray(running - offsets[np.cumsum(first) - 1])
