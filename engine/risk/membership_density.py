"""Take for a member around whom the target is denser than the population."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.assessment.context import Context
from engine.assessment.embedding import Points, embedding_of, near
from engine.assessment.result import Risk
from engine.assessment.view import Made, View
from engine.risk.base import ViewAttack
from engine.risk.panel import LEAST, Panel, Scores, judged, narrowed, panel_of

DIMS = 50
NEIGHBOURS = 5
"""Of the reference. Of the target one: what is learned by heart is one row."""
FLOORS = (1e-4, 1e-2)
"""Below these distances no density is finer, in the target and in the reference."""


class MembershipDensity(ViewAttack):
    """The score is log p_target(x) / p_reference(x), both by distances to nearest neighbours.

    A density estimate of k neighbours is k / (n r_k^d): up to constants the ratio's logarithm is log r_reference - log r_target. Tried
    against kernels and more neighbours on Adult: it sees as many copies as they do, and more of a generator that mixes people.
    """

    name: ClassVar[str] = "membership_density"
    title: ClassVar[str] = "Tell who was learned from by the density around them"
    source: ClassVar[str] = (
        "van Breugel et al., Membership Inference Attacks against Synthetic Data (DOMIAS), AISTATS 2023"
    )
    remedy: ClassVar[str] = "Train with a smaller epsilon, with fewer steps, or on more people."
    made: ClassVar[frozenset[Made]] = frozenset({Made.SYNTHETIC})

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        panel = panel_of(self.name, view, context, LEAST)
        if not isinstance(panel, Panel):
            return panel
        rng = context.rng(self.name, view.scope)
        embedding = embedding_of(view, rng)
        frames = (panel.members, panel.others, panel.target, panel.reference)
        members, others, target, reference = map(embedding.points, frames)
        asked = np.concatenate([members, others])
        if (directions := narrowed(target, DIMS, int(rng.integers(2**31)))) is not None:
            asked, target, reference = (directions.transform(points) for points in (asked, target, reference))
        scores = _ratio(asked, target, reference, context)
        knows = f"the target, the records asked about and {panel.reference.rows} other people"
        return judged(self.name, view, panel, scores[: len(members)], scores[len(members) :], knows)


def _ratio(asked: Points, target: Points, reference: Points, context: Context) -> Scores:
    in_target = near(target, asked, 1, context).distances[:, -1]
    in_reference = near(reference, asked, NEIGHBOURS, context).distances[:, -1]
    ratio: Scores = np.log(in_reference + FLOORS[1]) - np.log(in_target + FLOORS[0])
    return ratio
