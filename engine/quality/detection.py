"""Detection (C2ST): can a classifier tell the target's rows from the source's, table by table?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Quality, unknown
from engine.assessment.view import Carries, FeatureKind, View
from engine.quality.base import Metric
from engine.quality.classifier import Records, detected, matrix_of
from engine.quality.columns import names, table_of
from engine.quality.families import shown

COMPARED = frozenset({Carries.KEPT, Carries.ALTERED, Carries.LEARNED, Carries.SHAPE})


class Detection(Metric):
    """The AUC of gradient boosting on a table's own columns: 0.5 where nothing tells its rows apart, 1 where all are known at sight.

    Keys and made-up values are left out; of a table that somebody owns one row for each owner is looked at. The ceiling is the AUC
    between the source's rows and held-out ones, or two halves of them. A little below 0.5 is chance: what a sample has too much of,
    the rest of it has too little of.
    """

    name: ClassVar[str] = "detection"
    title: ClassVar[str] = "C2ST: can a classifier tell the rows from real ones?"
    source: ClassVar[str] = "Lopez-Paz and Oquab, ICLR 2017 (C2ST); SDMetrics: Detection"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(view.scope for view in comparison.views if not view.entity)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        return (detected_view("C2ST", comparison, comparison.view(scope), context.rng(self.name, scope), context),)


def detected_view(
    metric: str, comparison: Comparison, view: View, rng: np.random.Generator, context: Context
) -> Quality:
    """The figure of a view's features."""
    own = names(comparison, table_of(comparison, str(view.table)))
    used = [
        place
        for place, feature in enumerate(view.features)
        if feature.carries in COMPARED and (not feature.own or feature.column in own)
    ]
    if not used:
        return unknown(metric, view.scope, "fidelity", "it has no columns that can be compared")
    features = [view.features[place] for place in used]
    rows = shown(comparison, view, rng)
    taken = [[frame.columns[place][each.rows] for frame, each in zip(view.frames, rows, strict=True)] for place in used]
    sides = [Records(matrix, each.twins) for matrix, each in zip(matrix_of(taken), rows, strict=True)]
    categories = [feature.kind is FeatureKind.CATEGORY for feature in features]
    return detected(metric, view.scope, sides, categories, [feature.name for feature in features], rng, context)
