"""Classifier two-sample test (C2ST; Lopez-Paz and Oquab, ICLR 2017): can gradient boosting tell records of two sides apart?

Cross-validated: the AUC is the mean of those of the folds, its interval rests on their DeLong variances (as LeDell et al. 2015). A
record and its twin on the other side (itself, masked or copied) share a fold: were one learned from, the other would be taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from engine.assessment.codes import most_frequent, numbered
from engine.assessment.context import Context
from engine.assessment.rates import auc
from engine.assessment.result import Fact, Interval, Quality, unknown
from engine.assessment.view import Places, Values

Floats = npt.NDArray[np.float64]

FOLDS = 3
LEAST = 50
MOST_RECORDS = 10_000
MOST_CELLS = 300_000
CATEGORIES = 250
"""The boosting's own limit is 255; rarer values count as one."""
FREQUENT = 5
"""Rows with a value that is taken for one of its own."""
TELLS = 0.02
"""A column without which the AUC falls by so much is named."""
PROBED = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Records of one side: a row of numbers each, and who it is: equal on two sides where both are the same one's."""

    matrix: Floats
    twins: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        return len(self.twins)

    def take(self, places: Places | npt.NDArray[np.bool_]) -> Records:
        return Records(self.matrix[places], self.twins[places])


@dataclass(frozen=True, slots=True)
class Told:
    auc: Interval
    by: tuple[int, ...]
    """Columns that tell most, the best first."""


def matrix_of(columns: Sequence[Sequence[Values]]) -> tuple[Floats, ...]:
    """Each side's rows, of its columns."""
    shortened = [_shortened(sides) if sides[0].dtype.kind == "i" else sides for sides in columns]
    stacked = (np.column_stack(side).astype(np.float64) for side in zip(*shortened, strict=True))
    return tuple(np.where(np.isfinite(side), side, np.nan) for side in stacked)


def detected(
    metric: str,
    scope: str,
    sides: Sequence[Records],
    categories: Sequence[bool],
    names: Sequence[str],
    rng: np.random.Generator,
    context: Context,
    measure: str = "",
) -> Quality:
    """The figure of known, target and, where there is one, control. The ceiling: known and held-out records, or two halves of them."""
    known, target = sides[0], sides[1]
    if min(known.size, target.size) < LEAST:
        return unknown(metric, scope, "fidelity", f"there are fewer than {LEAST} records on a side", measure)
    if not _differs(known.matrix, target.matrix):
        return unknown(metric, scope, "fidelity", "all its columns are constant", measure)
    best, ceiling = (known, sides[2]) if len(sides) > 2 else (known, None), "held-out records"
    if best[1] is None or best[1].size < LEAST:
        half = rng.permutation(known.size)
        best, ceiling = (known.take(half[: known.size // 2]), known.take(half[known.size // 2 :])), "random halves"
    found = told_apart(known, target, categories, rng, context)
    facts: dict[str, Fact] = {"records": known.size, "records of the target": target.size, "columns": len(names)}
    facts |= {f"told by {place}": names[by] for place, by in enumerate(found.by, 1)} | {"ceiling": ceiling}
    return Quality(
        metric, scope, "fidelity", measure, value=found.auc.value, low=found.auc.low, high=found.auc.high,
        ceiling=told_apart(*best, categories, rng, context).auc.value, better="lower", facts=facts,
    )  # fmt: skip


def _differs(one: Floats, other: Floats) -> bool:
    """Is there a column that is not one value, or none, throughout?"""
    rows = np.concatenate([one, other])
    return bool(((rows != rows[0]) & ~(np.isnan(rows) & np.isnan(rows[0]))).any())


def told_apart(
    one: Records, other: Records, categories: Sequence[bool], rng: np.random.Generator, context: Context
) -> Told:
    """How well the second side's records are told from the first's."""
    most = max(LEAST, min(MOST_RECORDS, MOST_CELLS // max(1, one.matrix.shape[1])))
    one, other = _sampled(one, most, rng), _sampled(other, most, rng)
    matrix, labels = np.concatenate([one.matrix, other.matrix]), np.repeat([0, 1], [one.size, other.size])
    fold = _folds(one.twins, other.twins, rng)
    found, falls = [], np.zeros(matrix.shape[1])
    # Small trees: threads that wait for each other cost more than they save.
    with threadpool_limits(1):
        for left in range(FOLDS):
            context.control.check()
            asked = fold == left
            # A column that the training rows have no value of is none that a model could ask.
            matrix[:, ~np.isfinite(matrix[~asked]).any(axis=0)] = 0
            model = _model(categories, rng).fit(matrix[~asked], labels[~asked])
            found.append(_auc(model, matrix[asked], labels[asked]))
            if left == 0:
                falls = _falls(model, matrix[asked], labels[asked], rng)
    value = float(np.mean([each.value for each in found]))
    half = float(np.linalg.norm([max(each.value - each.low, each.high - each.value) for each in found])) / FOLDS
    best = np.argsort(-falls, kind="stable")[:3]
    by = tuple(int(place) for place in best if falls[place] > TELLS)
    return Told(Interval(value, max(value - half, 0.0), min(value + half, 1.0)), by)


def _sampled(side: Records, most: int, rng: np.random.Generator) -> Records:
    return side if side.size <= most else side.take(np.sort(rng.choice(side.size, most, replace=False)))


def _folds(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """A fold for each record; the first of some twins on one side shares that of their first on the other, and so on."""
    twins = np.concatenate([one, other])
    place = np.concatenate([_occurrence(one), _occurrence(other)])
    _, bond = np.unique(np.column_stack([twins, place]), axis=0, return_inverse=True)
    bond = bond.ravel()
    return np.asarray((rng.permutation(int(bond.max()) + 1) % FOLDS)[bond], np.int64)


def _occurrence(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many equal values stand before each."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    begins = np.searchsorted(ordered, ordered)
    found = np.empty(len(values), np.int64)
    found[order] = np.arange(len(values)) - begins
    return found


def _model(categories: Sequence[bool], rng: np.random.Generator) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.15, max_leaf_nodes=15, min_samples_leaf=20, early_stopping=False,
        categorical_features=list(categories), random_state=int(rng.integers(2**31)),
    )  # fmt: skip


def _auc(model: HistGradientBoostingClassifier, matrix: Floats, labels: npt.NDArray[np.int64]) -> Interval:
    scores = model.decision_function(matrix)
    return auc(scores[labels == 1], scores[labels == 0])


def _falls(
    model: HistGradientBoostingClassifier, matrix: Floats, labels: npt.NDArray[np.int64], rng: np.random.Generator
) -> Floats:
    """How far the AUC falls when one column is shuffled (Breiman 2001)."""
    places = rng.permutation(len(labels))[:PROBED]
    matrix, labels = matrix[places], labels[places]
    whole, found = _auc(model, matrix, labels).value, np.zeros(matrix.shape[1])
    for column in range(matrix.shape[1]):
        mixed = matrix.copy()
        mixed[:, column] = rng.permutation(mixed[:, column])
        found[column] = whole - _auc(model, mixed, labels).value
    return found


def _shortened(sides: Sequence[Values]) -> list[Floats]:
    """Codes of the most frequent values of all sides, one for the others; NaN where there is none."""
    kept = most_frequent(np.concatenate([side.astype(np.int64) for side in sides]), CATEGORIES, FREQUENT)
    return [np.where(side < 0, np.nan, numbered(side, kept)) for side in sides]
