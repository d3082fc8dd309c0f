"""Ask the target how many rows agree with somebody in random choices of columns, and learn from the answers who was learned from."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from engine.assessment.alike import counts, keys
from engine.assessment.codes import Codes, Floats, binned, quantile_edges
from engine.assessment.context import Context
from engine.assessment.embedding import embedding_of, near
from engine.assessment.result import Risk
from engine.assessment.view import FeatureKind, Frame, Made, Places, View
from engine.risk.base import ViewAttack
from engine.risk.panel import LEAST, Panel, Scores, judged, panel_of

QUERIES = 60
BINS = 20
NEIGHBOURS = 5
VULNERABLE = 0.5
TREES = 100
LEAF = 5
UNSEEN = 0.5
"""Added to counts before their logarithm."""
LEAST_HELD = 4 * LEAST
"""Half of the held-out are the reference, half of the others teach."""


class MembershipQueries(ViewAttack):
    """The score is that of a forest of trees that was taught on half of the people, of whom the attacker knows who was learned from.

    Only the vulnerable are asked about: those whose neighbours in the reference are farthest on the average. An answer is
    the logarithm of the target's count over the reference's, numbers being cut at twenty quantiles.
    """

    name: ClassVar[str] = "membership_queries"
    title: ClassVar[str] = "Tell which unusual people were learned from by counting queries"
    source: ClassVar[str] = (
        "Houssiau et al., TAPAS, 2022: counting queries; Meeus et al., Achilles' Heels, ESORICS 2023: vulnerable records by distance"
    )
    remedy: ClassVar[str] = "Train with a smaller epsilon, with fewer steps, or on more people."
    made: ClassVar[frozenset[Made]] = frozenset({Made.SYNTHETIC})

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        panel = panel_of(self.name, view, context, LEAST_HELD - LEAST)
        if not isinstance(panel, Panel):
            return panel
        rng = context.rng(self.name, view.scope)
        asked = _vulnerable(view, context, panel, rng)
        answers = _answers(view, context, panel, asked, rng)
        label = np.repeat([1, 0], [len(each) for each in asked])
        taught = np.concatenate([rng.permutation(len(each)) < len(each) // 2 for each in asked])
        trees = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=int(rng.integers(2**31)))
        trees.fit(answers[taught], label[taught])
        context.control.check()
        scores, label = trees.predict_proba(answers[~taught])[:, 1], label[~taught]
        knows = f"the target, the records asked about, {panel.reference.rows} other people and of {taught.sum()} if they were in it"
        return judged(self.name, view, panel, scores[label == 1], scores[label == 0], knows)


def _vulnerable(view: View, context: Context, panel: Panel, rng: np.random.Generator) -> tuple[Places, Places]:
    """Places of members and others who lie farther out than most; of few, no more are left out than can be spared."""
    embedding = embedding_of(view, rng)
    reference = embedding.points(panel.reference)
    far = [
        near(reference, embedding.points(who), NEIGHBOURS, context).distances.mean(axis=1)
        for who in (panel.members, panel.others)
    ]
    enough = max(VULNERABLE, *(min(1.0, 2 * LEAST / len(distances)) for distances in far))
    return _farthest(far[0], enough), _farthest(far[1], enough)


def _farthest(distances: Scores, share: float) -> Places:
    return np.argsort(-distances, kind="stable")[: int(np.ceil(share * len(distances)))]


def _answers(
    view: View, context: Context, panel: Panel, asked: tuple[Places, Places], rng: np.random.Generator
) -> Scores:
    """A row per person, a column per query."""
    edges = {place: _edges(view, place) for place in view.compared}
    frames = (panel.members.take(asked[0]), panel.others.take(asked[1]), panel.target, panel.reference)
    cells = [{place: _cells(frame, place, edges[place]) for place in edges} for frame in frames]
    answers = []
    for _ in range(QUERIES):
        context.control.check()
        size = int(rng.integers(min(2, len(edges)), len(edges) + 1))
        chosen = rng.choice(list(edges), size, replace=False)
        members, others, target, reference = (
            keys((of[place] for place in chosen), frame.rows) for of, frame in zip(cells, frames, strict=True)
        )
        people = np.concatenate([members, others])
        found = counts(people, target) * (len(reference) / len(target))
        answers.append(np.log(found + UNSEEN) - np.log(counts(people, reference) + UNSEEN))
    return np.column_stack(answers)


def _edges(view: View, place: int) -> Floats | None:
    """Where a number is cut; None for a category."""
    category = view.features[place].kind is FeatureKind.CATEGORY
    return None if category else quantile_edges(view.target.columns[place], BINS)


def _cells(frame: Frame, place: int, edges: Floats | None) -> Codes:
    values = frame.columns[place]
    return values.astype(np.int64) if edges is None else binned(values, edges)
