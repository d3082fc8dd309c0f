"""Take for a member who lies close to a row of the target."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.assessment.context import Context
from engine.assessment.embedding import embedding_of, near
from engine.assessment.result import Risk
from engine.assessment.view import Made, View
from engine.risk.base import ViewAttack
from engine.risk.panel import Panel, judged, panel_of


class MembershipDistance(ViewAttack):
    """The score is how near the nearest row of the target is."""

    name: ClassVar[str] = "membership_distance"
    title: ClassVar[str] = "Tell who was learned from by the nearest row"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020: full black-box attack, not calibrated"
    remedy: ClassVar[str] = "Train with a smaller epsilon, with fewer steps, or on more people."
    made: ClassVar[frozenset[Made]] = frozenset({Made.SYNTHETIC})

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        panel = panel_of(self.name, view, context)
        if not isinstance(panel, Panel):
            return panel
        embedding = embedding_of(view, context.rng(self.name, view.scope))
        asked = np.concatenate([embedding.points(panel.members), embedding.points(panel.others)])
        scores = -near(embedding.points(panel.target), asked, 1, context).distances[:, 0]
        members, others = np.split(scores, [panel.members.rows])
        return judged(self.name, view, panel, members, others, "the target and the records asked about")
