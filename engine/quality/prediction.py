"""Utility for models: what is learned on the target holds on the source's held-out records, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.rates import auc
from engine.assessment.result import Fact, Interval, Quality, State, unknown
from engine.assessment.view import FeatureKind, Frame, View
from engine.quality.base import Metric
from engine.quality.frames import finite_view, sampled
from engine.quality.predictors import MOST_CLASSES, Model, Rows, Task, fitted, rows_of, scores, task_of

TSTR, TRTS = "TSTR", "TRTS"
NONE_HELD_OUT = "no records were held out: half of the source's stand for them, of which the target may have been made"
MOST_INPUTS = 60
SECONDS_PER_VALUE = 5e-8
"""Of boosting, for one value in one tree: measured on one core, twice over."""
FEWEST = 1_000
"""Records that are learned from however little time there is."""
SCREENED, SCREENED_ROWS, LEAST_SCREENED = 24, 2_000, 50
"""Features that are tried as labels, on so many records."""
PREDICTABLE, SURE = 0.1, 0.98
"""Of a label's variance, or of the way from chance to certainty: less is not worth predicting."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """`train` and `test` are the source's: what models of it learn from and are tried on."""

    train: Frame
    test: Frame
    target: Frame
    held_out: bool
    """The test records had no part in the making of the target."""


class Prediction(Metric):
    """Train on the target and test on the source's held-out records (TSTR), train on the source and test on the target (TRTS).

    Gradient boosting predicts up to `labels` columns from all others: those that the plan calls sensitive, else those that the
    source's own records predict best. AUC (of several classes: the mean of each against all others), macro F1, or R2 of a number.
    Ceiling: trained on the source and tested on the held-out records. Floor: trained on records whose labels were permuted, for a
    target can keep every column's shape and teach nothing.
    """

    name: ClassVar[str] = "prediction"
    family = "utility"
    title: ClassVar[str] = "Models: what is learned on the target holds for real records"
    source: ClassVar[str] = "Esteban, Hyland and Raetsch 2017 (arXiv:1706.02633), TSTR and TRTS"

    rows: int = Field(10_000, ge=200)
    """At most so many records of each side."""
    labels: int = Field(3, ge=1)
    """At most so many columns of a scope are predicted."""
    iterations: int = Field(30, ge=5)
    """Rounds of boosting."""
    least: int = Field(200, ge=50)
    """Records with a label, on each side, below which nothing is said."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(view.scope for view in comparison.views)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        return tuple(self._figures(finite_view(comparison.view(scope)), context))

    def _figures(self, view: View, context: Context) -> Iterator[Quality]:
        context.control.check()
        rng = context.rng(self.name, view.scope)
        # Without a control the source's records are halved, and a half must be enough.
        halved = view.control is None or view.control.rows < self.least
        least = min(view.known.rows // (2 if halved else 1), view.target.rows)
        if least < self.least:
            needed = f"{self.least} records of each side are the least, and twice as many of the source where none were held out"
            yield unknown(TSTR, view.scope, "utility", f"there are too few records: {needed}")
            return
        split = self._split(view, halved, self._affordable(view, context.seconds), rng)
        labels = self._labels(view, split.train, rng)
        if not labels:
            because = "the source's own records predict none of its columns from the others"
            yield unknown(TSTR, view.scope, "utility", because)
        for place in labels:
            yield from self._label(view, place, split, context, rng)

    def _affordable(self, view: View, seconds: float) -> int:
        """Records to learn from in this time: four models for each label, and a tree for each class in every round."""
        inputs = max(1, min(MOST_INPUTS, len(view.features)))
        rounds = 4 * self.labels * self.iterations * MOST_CLASSES / 2
        return int(np.clip(seconds / (rounds * inputs * SECONDS_PER_VALUE), FEWEST, self.rows))

    def _split(self, view: View, halved: bool, most: int, rng: np.random.Generator) -> Split:
        target = sampled(view.target, most, rng)
        if not halved and view.control is not None:
            return Split(sampled(view.known, most, rng), sampled(view.control, most, rng), target, True)
        known = sampled(view.known, 2 * most, rng)
        order = rng.permutation(known.rows)
        half = known.rows // 2
        return Split(known.take(np.sort(order[:half])), known.take(np.sort(order[half:])), target, False)

    def _labels(self, view: View, train: Frame, rng: np.random.Generator) -> tuple[int, ...]:
        """The plan's sensitive columns; without any the most predictable, the record's own before what it owns."""
        able = [place for place in view.compared if view.features[place].kind is not FeatureKind.TIME]
        named = [place for place in view.sensitive if place in able]
        if named:
            return tuple(named[: self.labels])
        few = sampled(train, SCREENED_ROWS, rng)
        able.sort(key=lambda place: not view.features[place].own)
        found = {place: _screened(view, place, few, rng) for place in able[:SCREENED]}
        told = [place for place in found if found[place] >= PREDICTABLE]
        # What follows from another column alone (a price with and without tax) tells least.
        told.sort(key=lambda place: (not view.features[place].own, found[place] > SURE, -found[place]))
        return tuple(told[: self.labels])

    def _label(
        self, view: View, place: int, split: Split, context: Context, rng: np.random.Generator
    ) -> Iterator[Quality]:
        name = view.features[place].name
        task = task_of(view, place, _inputs(view, place, split.train), split.train)
        if task is None:
            yield unknown(TSTR, view.scope, "utility", f"{name} has hardly more than one value in the source", name)
            return
        train, test, target = (rows_of(task, frame) for frame in (split.train, split.test, split.target))
        least = min(len(rows.y) for rows in (train, test, target))
        if least < self.least or test.constant or train.constant:
            because = f"{name} is constant, or fewer than {self.least} records of a side have it"
            yield unknown(TSTR, view.scope, "utility", because, name)
            return
        yield from self._scored(view.scope, name, task, (train, test, target), split, context, rng)

    def _scored(
        self, scope: str, name: str, task: Task, sides: tuple[Rows, Rows, Rows], split: Split, context: Context,
        rng: np.random.Generator,
    ) -> Iterator[Quality]:  # fmt: skip
        train, test, target = sides

        def learned(rows: Rows) -> Model:
            context.control.check()
            return fitted(task, rows, self.iterations, int(rng.integers(2**31)))

        facts: dict[str, Fact] = {"held out": split.held_out, "records": len(test.y), "inputs": len(task.inputs)}
        if task.classes is not None:
            facts["classes"] = len(np.unique(train.y))
        real, guessing = learned(train), learned(_permuted(train, rng))
        ceiling = scores(task, real, test, rng)
        # Not the floor: what permuted labels teach lies about chance, above or below it as the permutation falls.
        if ceiling[task.measures[0]].low <= task.chance:
            because = f"the source's own records do not predict {name} from the other columns"
            yield unknown(TSTR, scope, "utility", because, name)
            return
        if target.constant:
            yield unknown(TSTR, scope, "utility", f"{name} is constant in the target", name)
            return
        made, misled = learned(target), learned(_permuted(target, rng))
        found, floor = scores(task, made, test, rng), scores(task, misled, test, rng)
        yield from _told(TSTR, scope, name, found, ceiling, floor, facts)
        found, floor = scores(task, real, target, rng), scores(task, guessing, target, rng)
        yield from _told(TRTS, scope, name, found, ceiling, floor, facts | {"records": len(target.y)})


def _told(
    metric: str, scope: str, name: str, found: dict[str, Interval], ceiling: dict[str, Interval],
    floor: dict[str, Interval], facts: dict[str, Fact],
) -> Iterator[Quality]:  # fmt: skip
    for measure, score in found.items():
        yield Quality(
            metric, scope, "utility", f"{name} {measure}", State.MEASURED, score.value, score.low, score.high,
            ceiling[measure].value, floor[measure].value, because="" if facts["held out"] else NONE_HELD_OUT, facts=facts,
        )  # fmt: skip


def _permuted(rows: Rows, rng: np.random.Generator) -> Rows:
    return Rows(rows.x, rng.permutation(rows.y))


def _inputs(view: View, label: int, known: Frame) -> tuple[int, ...]:
    """All other features but texts of which nearly every record has its own."""
    able = (place for place in view.compared if place != label and not _unique(view, place, known))
    return tuple(able)[:MOST_INPUTS]


def _unique(view: View, place: int, known: Frame) -> bool:
    column = known.columns[place]
    return view.features[place].kind is FeatureKind.CATEGORY and len(np.unique(column)) > known.rows / 2


def _screened(view: View, place: int, few: Frame, rng: np.random.Generator) -> float:
    """About how well the others predict it: R2, or how far an AUC goes from chance to certainty, of one small tree."""
    if _unique(view, place, few):
        return 0.0
    task = task_of(view, place, _inputs(view, place, few), few)
    if task is None or not task.inputs:
        return 0.0
    rows = rows_of(task, few)
    order, half = rng.permutation(len(rows.y)), len(rows.y) // 2
    learned, tried = (Rows(rows.x[part], rows.y[part]) for part in (order[:half], order[half:]))
    if half < LEAST_SCREENED or learned.constant or tried.constant:
        return 0.0
    make = DecisionTreeRegressor if task.classes is None else DecisionTreeClassifier
    tree = make(max_depth=6, min_samples_leaf=10, random_state=0).fit(learned.x, learned.y)
    if task.classes is None:
        return float(1 - ((tried.y - tree.predict(tried.x)) ** 2).mean() / tried.y.var())
    score = tree.predict_proba(tried.x)[:, 0]
    first = tried.y == tree.classes_[0]
    return 2 * auc(score[first], score[~first]).value - 1 if first.any() and not first.all() else 0.0
