"""Words for an orientation in seven languages."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class SexualOrientation(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "sexual_orientation"
    title = "Sexual orientation"
    entities = ("sexual_orientation",)
    usual = 0.6
    hit = 0.8
    chance = 0.001
    terms = "sexual_orientation"
    EXAMPLES = ("heterosexual", "Gay", "bisexuell", "Lesbian")
    COUNTEREXAMPLES = ("heterogeneous", "straightforward", "oriented", "7")
