"""A label and what it is predicted from, as matrices; gradient boosting over them; its scores with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from engine.assessment.codes import Codes, Floats, most_frequent, numbered
from engine.assessment.rates import auc, bootstrap
from engine.assessment.result import Interval
from engine.assessment.view import FeatureKind, Frame, View

MOST_CLASSES, MOST_CODES = 5, 100
"""Rarer classes of a label are one; a text's rarer values are one."""
LEAST_OF_CLASS = 20
REPEATS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Predict one feature from others."""

    label: int
    inputs: tuple[int, ...]
    classes: Codes | None
    """Codes of the label's classes, the most frequent first; None: it is a number."""
    codes: Mapping[int, Codes]
    """Of every category among the inputs: the codes that are told apart."""

    @property
    def chance(self) -> float:
        """What knows nothing reaches in the first of `measures`."""
        return 0.0 if self.classes is None else 0.5

    @property
    def measures(self) -> tuple[str, ...]:
        return ("R2",) if self.classes is None else ("AUC", "F1")


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Records that have the label."""

    x: Floats
    y: Floats

    @property
    def constant(self) -> bool:
        return len(self.y) < 2 or bool(self.y.min() == self.y.max())


Model: TypeAlias = Any
"""A fitted classifier or regressor of scikit-learn, which has no types."""


def task_of(view: View, label: int, inputs: tuple[int, ...], known: Frame) -> Task | None:
    """None where the label is constant in the source, or has no two classes of some size."""
    categories = [place for place in inputs if view.features[place].kind is FeatureKind.CATEGORY]
    codes = {place: most_frequent(known.columns[place], MOST_CODES) for place in categories}
    column = known.columns[label]
    if view.features[label].kind is not FeatureKind.CATEGORY:
        there = column[~np.isnan(column)]
        return Task(label, inputs, None, codes) if len(there) and there.min() < there.max() else None
    classes = most_frequent(column, MOST_CLASSES - 1, LEAST_OF_CLASS)
    others = int(np.count_nonzero(numbered(column, classes) == len(classes)))
    return Task(label, inputs, classes, codes) if len(classes) + (others >= LEAST_OF_CLASS) >= 2 else None


def rows_of(task: Task, frame: Frame) -> Rows:
    """Numbers and days as they are, categories as codes, NaN for what is not there. Rarer classes are the last one."""
    label = frame.columns[task.label]
    there = ~np.isnan(label) if task.classes is None else label >= 0
    columns = [_input(task, place, frame) for place in task.inputs]
    x = np.column_stack(columns)[there] if columns else np.zeros((int(there.sum()), 0))
    y = label[there] if task.classes is None else numbered(label[there], task.classes)
    return Rows(x, y.astype(np.float64))


def fitted(task: Task, rows: Rows, iterations: int, seed: int) -> Model:
    categorical = [place in task.codes for place in task.inputs]
    # Without the penalty the leaves of a rare class run away: on `planes.engine` of nycflights13 its own copy scored 0.68, not 1.0.
    options = {
        "max_iter": iterations, "max_leaf_nodes": 15, "learning_rate": 0.1, "l2_regularization": 1.0, "early_stopping": False,
        "categorical_features": categorical, "random_state": seed,
    }  # fmt: skip
    make = HistGradientBoostingRegressor if task.classes is None else HistGradientBoostingClassifier
    # A column that these rows have no value of has no bins; with one value throughout no tree asks it.
    asked = np.where(np.isfinite(rows.x).any(axis=0), rows.x, 0.0)
    with _one_thread():
        return make(**options).fit(asked, rows.y)


def scores(task: Task, model: Model, test: Rows, rng: np.random.Generator) -> dict[str, Interval]:
    """AUC (of several classes the mean of each against all others) and macro F1, or R2, each with its 95 % interval."""
    with _one_thread():
        said = model.predict(test.x) if task.classes is None else model.predict_proba(test.x)
    if task.classes is None:
        return {"R2": _r2(test.y, said, rng)}
    return {"AUC": _auc(test.y, said, model.classes_), "F1": _f1(test.y, model.classes_[said.argmax(1)], rng)}


def _one_thread() -> threadpool_limits:
    """On a busy machine threads that wait for each other take ten times as long as one."""
    return threadpool_limits(1)


def _auc(y: Floats, chance: Floats, classes: Floats) -> Interval:
    """Of classes that the model has not seen every record is as likely: one half.

    The classes' errors count as if they went together, so the interval is rather too wide.
    """
    found = []
    for each in np.unique(y)[1 if len(np.unique(y)) == 2 else 0 :]:
        at = np.flatnonzero(classes == each)
        score = chance[:, at[0]] if len(at) else np.zeros(len(y))
        found.append(auc(score[y == each], score[y != each]))
    return Interval(*(float(np.mean([getattr(each, end) for each in found])) for end in ("value", "low", "high")))


def _f1(y: Floats, said: Floats, rng: np.random.Generator) -> Interval:
    """Drawing records anew is drawing the cells of the table of truths and answers anew."""
    classes = np.unique(np.concatenate([y, said]))
    cells = np.searchsorted(classes, y) * len(classes) + np.searchsorted(classes, said)
    counts = np.bincount(cells, minlength=len(classes) ** 2)
    tables = rng.multinomial(len(y), counts / len(y), REPEATS).reshape(-1, len(classes), len(classes))
    hits, both = tables.diagonal(axis1=1, axis2=2), tables.sum(1) + tables.sum(2)
    drawn = np.nanmean(np.where(both > 0, 2 * hits / np.maximum(both, 1), np.nan), axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    value = float(f1_score(y, said, average="macro"))
    return Interval(value, min(value, float(low)), max(value, float(high)))


def _r2(y: Floats, said: Floats, rng: np.random.Generator) -> Interval:
    squares = (y - said) ** 2

    def of(places: npt.NDArray[np.int64]) -> Floats:
        drawn = y[places]
        spread = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        return np.where(spread > 0, 1 - squares[places].sum(axis=1) / np.where(spread > 0, spread, 1.0), np.nan)

    return bootstrap(of, len(y), rng, REPEATS)


def _input(task: Task, place: int, frame: Frame) -> Floats:
    column = frame.columns[place]
    if place not in task.codes:
        return np.asarray(column, np.float64)
    return np.where(column < 0, np.nan, numbered(column, task.codes[place]))
