"""Take for a member whom a classifier finds more like the target than like other people."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from engine.assessment.context import Context
from engine.assessment.result import Risk
from engine.assessment.view import Frame, Made, View
from engine.risk.base import ViewAttack
from engine.risk.panel import LEAST, Panel, Scores, judged, panel_of

TREES = 50
PER_FOREST = 10
"""Trees that are grown before anybody may cancel."""
MORE = 8
"""Rows of the target per record of the reference, at most."""


class MembershipClassifier(ViewAttack):
    """The score is the chance of "target" that trees give which were grown on the target against a reference.

    Trees are grown wholly at random until they know every row, as a discriminator does that has overfitted: gradient boosting
    smooths, and did not see a fifth of Adult copied.
    """

    name: ClassVar[str] = "membership_classifier"
    title: ClassVar[str] = "Tell who was learned from by a classifier"
    source: ClassVar[str] = (
        "Hayes et al., LOGAN, PoPETs 2019(1): the black-box attack, with randomised trees as discriminator"
    )
    remedy: ClassVar[str] = "Train with a smaller epsilon, with fewer steps, or on more people."
    made: ClassVar[frozenset[Made]] = frozenset({Made.SYNTHETIC})

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        panel = panel_of(self.name, view, context, LEAST)
        if not isinstance(panel, Panel):
            return panel
        members, others = self._scores(view, context, panel)
        knows = f"the target, the records asked about and {panel.reference.rows} other people"
        return judged(self.name, view, panel, members, others, knows)

    def _scores(self, view: View, context: Context, panel: Panel) -> tuple[Scores, Scores]:
        rng = context.rng(self.name, view.scope)
        places = view.compared
        # The panel's target is in random order already.
        target = panel.target.take(np.arange(min(panel.target.rows, MORE * panel.reference.rows)))
        codes = _shuffled(view, places, rng)
        asked = [_matrix(frame, view, places, codes) for frame in (panel.members, panel.others)]
        rows = np.concatenate([_matrix(frame, view, places, codes) for frame in (target, panel.reference)])
        label = np.repeat([1, 0], [target.rows, panel.reference.rows])
        scores = np.zeros(panel.members.rows), np.zeros(panel.others.rows)
        for _ in range(TREES // PER_FOREST):
            context.control.check()
            trees = ExtraTreesClassifier(PER_FOREST, max_features=1, random_state=int(rng.integers(2**31)))
            trees.fit(rows, label)
            for score, who in zip(scores, asked, strict=True):
                score += trees.predict_proba(who)[:, 1]
        return scores


def _matrix(frame: Frame, view: View, places: tuple[int, ...], shuffled: dict[int, Scores]) -> Scores:
    """Codes in an order by lot, and numbers as their places among the target's; -1 for nothing."""
    columns = []
    for place in places:
        values = frame.columns[place].astype(np.float64)
        if place in shuffled:
            columns.append(shuffled[place][values.astype(np.int64) + 1])
        else:
            columns.append(_placed(values, np.sort(view.target.columns[place].astype(np.float64))))
    return np.column_stack(columns)


def _shuffled(view: View, places: tuple[int, ...], rng: np.random.Generator) -> dict[int, Scores]:
    """New codes for those of each category: the old ones tell which side had a value first, and so who is known."""
    sizes = {place: len(labels) for place in places if (labels := view.features[place].labels) is not None}
    return {place: np.concatenate([[-1.0], rng.permutation(size)]) for place, size in sizes.items()}


def _placed(values: Scores, among: Scores) -> Scores:
    """Before and after which of the sorted values: twice the place where it lies between two."""
    place = np.searchsorted(among, values, "left") + np.searchsorted(among, values, "right")
    return np.where(np.isnan(values), -1.0, place)
