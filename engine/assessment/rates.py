"""Rates and figures with their intervals: how often an attack succeeds, how much oftener than on outsiders, how well it ranks.

Every function takes counts or arrays and gives an `Interval`; `level` is the confidence (0.95 unless many figures are
looked at together: `shared`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy import stats

from engine.assessment.result import Interval

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
SURER = 5
"""So many times less often than an interval may miss the truth may an alarm be false (1 % for 5 %): an assessment asks for dozens of
figures, and of a target with nothing of anybody one assessment of five would alarm somewhere."""
CELLS = 4_000_000
"""Resampled values that are in memory at once."""
NO_TRIALS = Interval(0.0, 0.0, 1.0)
"""Of nothing tried nothing is known."""


def shared(figures: int, level: float = LEVEL) -> float:
    """The level of each of so many figures, so that all of them hold together at `level` (Bonferroni)."""
    return 1 - (1 - level) / max(1, figures)


def certain_level(level: float = LEVEL) -> float:
    """The level of an alarm, where that of the interval is told."""
    return 1 - (1 - level) / SURER


def z_of(level: float = LEVEL) -> float:
    """Standard deviations on each side of a normal estimate: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson_ends(successes: npt.ArrayLike, trials: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Ends of Wilson's score interval (J. Am. Stat. Assoc. 22, 1927) of many rates at once; 0 and 1 where nothing was tried.

    (s + z^2/2 -+ z sqrt(s (n - s) / n + z^2/4)) / (n + z^2): no term can fall below 0, at s = 0 and s = n neither.
    """
    s, n, z = np.asarray(successes, np.float64), np.asarray(trials, np.float64), z_of(level)
    spread = z * np.sqrt(np.maximum(s * (n - s), 0) / np.maximum(n, 1) + z * z / 4)
    low, high = ((s + z * z / 2 + side * spread) / (n + z * z) for side in (-1, 1))
    # At the ends the difference of two equal terms is left to rounding.
    return np.where(s <= 0, 0.0, np.clip(low, 0, 1)), np.where(s >= n, 1.0, np.clip(high, 0, 1))


def wilson(successes: float, trials: float, level: float = LEVEL) -> Interval:
    """A rate with Wilson's score interval."""
    if trials <= 0:
        return NO_TRIALS
    low, high = wilson_ends(successes, trials, level)
    return Interval(float(successes / trials), float(low), float(high))


def exact(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """A rate with the interval of Clopper and Pearson (Biometrika 26, 1934): at least `level`, also for one success of many trials,
    where Wilson's covers less."""
    if trials <= 0:
        return NO_TRIALS
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, successes, trials - successes + 1)) if successes > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, successes + 1, trials - successes)) if successes < trials else 1.0
    return Interval(successes / trials, low, high)


def excess(main: Interval, control: Interval) -> Interval:
    """How much of what could be found beyond the control was found: (main - control) / (1 - control), between 0 and 1.

    Giomi et al. 2023 (PoPETs 2023(2), eqs. 1-4): the middles of both Wilson intervals, and the error that theirs propagate,
    sqrt((dm / (1 - c))^2 + (dc (1 - m) / (1 - c)^2)^2). The value is that of the plain rates, so 0 of n against 0 of n is 0.
    Where the control always succeeds nothing can be said: 0, with an interval from 0 to 1.
    """
    if control.value >= 1:
        return NO_TRIALS
    (m, dm), (c, dc) = _middle(main), _middle(control)
    free = max(1 - c, 1e-9)
    error = float(np.hypot(dm / free, dc * (1 - m) / free**2))
    value = min(max((main.value - control.value) / (1 - control.value), 0.0), 1.0)
    middle = (m - c) / free
    return Interval(value, min(max(middle - error, 0.0), value), max(min(middle + error, 1.0), value))


def difference(main: Interval, other: Interval) -> Interval:
    """How much one rate lies above another, at least 0, with the interval of Newcombe (Stat. Med. 17, 1998, method 10)."""
    gap = main.value - other.value
    low = gap - float(np.hypot(main.value - main.low, other.high - other.value))
    high = gap + float(np.hypot(main.high - main.value, other.value - other.low))
    return Interval(*(min(max(end, 0.0), 1.0) for end in (gap, low, high)))


def above(main: Interval, other: Interval) -> bool:
    """Whether one rate certainly lies above the other."""
    return difference(main, other).low > 0


def interval_of_mean(values: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """The mean with Student's interval. Raises ValueError for fewer than two values, which have none."""
    found = np.asarray(values, np.float64)
    if found.size < 2:
        raise ValueError("a mean of fewer than two values has no interval")
    mean = float(found.mean())
    half = float(stats.t.ppf((1 + level) / 2, found.size - 1) * found.std(ddof=1) / np.sqrt(found.size))
    return Interval(mean, mean - half, mean + half)


def resampled(n: int, repeats: int, rng: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    """Places of `n` records drawn with replacement, `repeats` times: blocks of (draws, n)."""
    step = max(1, CELLS // max(1, n))
    for start in range(0, repeats, step):
        yield rng.integers(0, n, (min(step, repeats - start), n))


def bootstrap(
    statistic: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float64]],
    n: int,
    rng: np.random.Generator,
    repeats: int = 1000,
    level: float = LEVEL,
) -> Interval:
    """A figure of `n` records with its percentile bootstrap interval (Efron 1979).

    `statistic` takes places of records (draws, n) and gives one figure for each draw: `lambda at: values[at].mean(axis=1)`.
    Draws whose figure is NaN are left out. Raises ValueError without records.
    """
    if n < 1:
        raise ValueError("there is nothing to draw from")
    value = float(statistic(np.arange(n)[None, :])[0])
    drawn = np.concatenate([np.atleast_1d(statistic(places)) for places in resampled(n, repeats, rng)])
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size:
        return Interval(value, value, value)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))


def auc(members: npt.ArrayLike, others: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """How often a member's score is above another's (ties count half), with the interval of DeLong et al. (Biometrics 44, 1988).

    By midranks (Sun and Xu 2014), n log n. Scores that all agree or fully separate show no variance: then as a rate of the
    smaller group.
    Raises ValueError when a group is empty.
    """
    x, y = np.asarray(members, np.float64), np.asarray(others, np.float64)
    m, n = x.size, y.size
    if not m or not n:
        raise ValueError("an AUC needs scores of both groups")
    ranks = stats.rankdata(np.concatenate([x, y]))
    of_x, of_y = (ranks[:m] - stats.rankdata(x)) / n, 1 - (ranks[m:] - stats.rankdata(y)) / m
    value = float(of_x.mean())
    variance = sum(float(v.var(ddof=1)) / v.size for v in (of_x, of_y) if v.size > 1)
    if variance <= np.finfo(float).eps or min(m, n) < 2:
        return wilson(value * min(m, n), min(m, n), level)
    half = z_of(level) * float(np.sqrt(variance))
    return Interval(value, max(value - half, 0.0), min(value + half, 1.0))


def tpr_at(
    members: npt.ArrayLike, others: npt.ArrayLike, fpr: float = 0.01, level: float = LEVEL
) -> tuple[Interval, Interval]:
    """Share of members above the score that at most `fpr` of the others pass, and the share of others that do.

    The score is chosen on the others, so it is uncertain as their share is: compare both (`excess`, `above`), not the first
    with `fpr` (Carlini et al. 2022 ask for this figure at 1 % and below). Raises ValueError when a group is empty.
    """
    x, y = np.asarray(members, np.float64), np.asarray(others, np.float64)
    if not x.size or not y.size:
        raise ValueError("a rate at a false-positive rate needs scores of both groups")
    allowed = int(np.floor(fpr * y.size + 1e-9))
    threshold = np.partition(y, y.size - 1 - allowed)[y.size - 1 - allowed]
    passed = (int(np.count_nonzero(x > threshold)), int(np.count_nonzero(y > threshold)))
    return exact(passed[0], x.size, level), exact(passed[1], y.size, level)


def _middle(found: Interval) -> tuple[float, float]:
    """Wilson's centre and half width: the ends of his interval are symmetric about the former."""
    return (found.low + found.high) / 2, (found.high - found.low) / 2
