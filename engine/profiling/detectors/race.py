"""Words that censuses and hospitals use."""

from __future__ import annotations

from engine.profiling.detector import CategoryDetector


class Race(CategoryDetector):
    """Nearly all values stand in the list."""

    name = "race"
    title = "Race"
    entities = ("race",)
    usual = 0.6
    hit = 0.75
    chance = 0.003
    doubtful = frozenset(
        "white black weiß schwarz blanc noir blanco negro bianco nero branco preto pardo wit zwart".split()
    )
    terms = "race"
    EXAMPLES = ("White", "Black or African American", "asian", "Blanco")
    COUNTEREXAMPLES = ("Whitewash", "red", "blueish", "7")
