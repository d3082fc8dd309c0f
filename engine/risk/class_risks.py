"""How likely a record is somebody's from the number of records that look like it, when all or only a part of the people are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import hyp2f1
from scipy.stats import nbinom

from engine.assessment.alike import Classes
from engine.assessment.rates import interval_of_mean
from engine.assessment.result import Interval

Floats = npt.NDArray[np.float64]
THRESHOLD = 11
"""EMA's policy 0070 and Health Canada: a chance of 0.09 is a class of 11."""

SERIES = 40
"""From classes of this size on the first terms of a series are exact enough."""


@dataclass(frozen=True, slots=True)
class ClassRisks:
    """Of records in classes, as in ARX (El Emam, Guide to the De-Identification of Personal Health Information, 2013, ch. 16-18)."""

    k: int
    """The smallest class."""
    prosecutor: Interval
    """The mean of 1 / class: somebody is looked for who is known to be among the records."""
    prosecutor_most: Interval
    journalist: Interval
    """The greatest chance of a record when nobody knows who is among the records, but all people may be."""
    marketer: Interval
    """The share of all records that are named rightly on the average, when each is guessed among all people."""
    small: float
    """Share of records in classes of fewer than 11."""
    below_5: float
    unique: float


def class_risks(of: Classes, whole: int, people: int) -> ClassRisks:
    """`of`: the class of each examined record, from 0 on without gaps; a sample of `whole` records, which are of so many `people`."""
    sizes = np.bincount(of)
    size = sizes[of]
    records = len(of)
    parts = records / max(records, whole), records / max(records, people)
    among_whole, among_people = (expected(sizes, part) for part in parts)
    k = int(sizes.min())
    return ClassRisks(
        k,
        _mean(among_whole[of], records >= whole),
        _most(k, parts[0], 1 / k),
        _most(k, parts[1], float(among_people.max())),
        _mean(among_people[of], records >= people),
        float((size < THRESHOLD).mean()),
        float((size < 5).mean()),
        float((size == 1).mean()),
    )


def expected(sizes: npt.NDArray[np.int64], part: float) -> Floats:
    """The mean of 1 / F for a class of F, of which a sample of this part of all found so many.

    With F - f negative binomial: (p^f / f) 2F1(f, f; f + 1; 1 - p) (Benedetti and Franconi 1998; Polettini 2003). 1 / f when p is 1.
    """
    if part >= 1:
        return np.asarray(1.0 / sizes)
    f, place = np.unique(sizes, return_inverse=True)
    # By Euler's transformation p^f 2F1(f, f; f + 1; 1 - p) is p 2F1(1, 1; f + 1; 1 - p), which does not overflow.
    return np.asarray(
        (part / f * np.where(f > SERIES, _series(f, 1 - part), hyp2f1(1.0, 1.0, f + 1.0, 1 - part)))[place]
    )


def _series(f: npt.NDArray[np.int64], z: float) -> Floats:
    """2F1(1, 1; f + 1; z) as 1 + z / (f + 1) + 2 z^2 / ((f + 1) (f + 2)) + ...: SciPy's has no value for some of these."""
    n = np.arange(1, SERIES // 2)
    return np.asarray(1 + np.cumprod(n * z / (f[:, None] + n), axis=1).sum(axis=1))


def _most(k: int, part: float, value: float) -> Interval:
    """The chance of a record of the smallest class: 1 / k if nobody else is like it, less by as many as a sample may have missed."""
    if part >= 1:
        return Interval(1 / k, 1 / k, 1 / k)
    return Interval(value, 1 / (k + float(nbinom.ppf(0.975, k, part))), 1 / k)


def _mean(values: Floats, whole: bool) -> Interval:
    if whole or len(values) < 2:
        mean = float(values.mean())
        return Interval(mean, mean, mean)
    found = interval_of_mean(values)
    return Interval(found.value, max(found.low, 0.0), min(found.high, 1.0))
