"""Whether rows of the target lie nearer to the people that it was made of than to others: a smoke test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from engine.assessment.context import Context
from engine.assessment.embedding import SAME, Points, embedding_of, near
from engine.assessment.rates import certain_level, z_of
from engine.assessment.result import Fact, Interval, Risk, not_measured
from engine.assessment.view import Frame, Made, View
from engine.risk.attempts import comparable
from engine.risk.base import ViewAttack
from engine.risk.panel import NOTHING, told_apart

LEAST = 100
MOST = 20_000
"""Records of a side."""
ROWS = 5_000
"""Of the target, whose nearest records are looked for; and of each side where distances to both are compared."""
PARTS = {"median": 0.5, "5th percentile": 0.05}
SMOKE = "Smoke test: it says nothing when it passes, for copies that are few, or of unusual people, or a little changed go unseen."
MEASURE = "nearer to known"


class Distances(ViewAttack):
    """DCR and NNDR beside those to held-out people.

    The risk is that of the target's rows whose nearest of all source records is a known one, beyond what the sizes of both groups
    make likely: half where they are equal. Nearest records that are equally near are drawn by lot; rows with the same nearest
    record stand or fall together, and the interval is that of such clusters. Alarm: held at 99 %, it lies above the share that is
    expected.
    """

    name: ClassVar[str] = "distances"
    title: ClassVar[str] = "Distance to the closest record (smoke test)"
    source: ClassVar[str] = (
        "Platzer and Reutterer, Holdout-Based Empirical Assessment of Mixed-Type Synthetic Data, 2021"
    )
    remedy: ClassVar[str] = (
        "See what `replay` and the membership attacks find; train with a smaller epsilon or fewer steps."
    )
    made: ClassVar[frozenset[Made]] = frozenset({Made.SYNTHETIC})

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        because = _missing(view)
        if because or view.control is None:
            return (not_measured(self.name, view.scope, because, MEASURE),)
        rng = context.rng(self.name, view.scope)
        embedding = embedding_of(view, rng)
        known, control, target = (_some(frame, rng) for frame in (view.known, view.control, view.target))
        if because := told_apart(view, known, control, rng):
            return (not_measured(self.name, view.scope, because, MEASURE),)
        points = [embedding.points(frame) for frame in (known, control, target)]
        share, certain, expected = _share(points, rng, context)
        risk = Interval(*(max(0.0, (end - expected) / (1 - expected)) for end in (share.value, share.low, share.high)))
        guess = Interval(expected, expected, expected)
        facts: dict[str, Fact] = {"smoke test": True, "known records": known.rows, "held-out records": control.rows}
        facts |= _facts(points, context)
        return (
            Risk(self.name, view.scope, MEASURE, risk=risk, because=SMOKE, main=share, baseline=guess,
                 alarm=certain.low > expected, facts=facts),
        )  # fmt: skip


def _some(frame: Frame, rng: np.random.Generator) -> Frame:
    return frame.take(rng.permutation(frame.rows)[:MOST])


def _missing(view: View) -> str:
    if not comparable(view):
        return NOTHING
    if view.control is None:
        return "Nobody, or too few, were held out, and a distance alone says nothing."
    if min(view.known.rows, view.target.rows, view.control.rows) < LEAST:
        return f"There are too few records: at least {LEAST} known, held-out and target's ones are needed."
    return ""


def _share(points: Sequence[Points], rng: np.random.Generator, context: Context) -> tuple[Interval, Interval, float]:
    """The share of the target whose nearest record is known, at 95 % and as an alarm is held, and the one that is expected.

    The interval is robust to clusters (Liang and Zeger, Biometrika 73, 1986).
    """
    known, control, target = points
    # In random order, so that equally near records come first by lot.
    order = rng.permutation(len(known) + len(control))
    target = target[:ROWS]
    nearest = near(np.concatenate([known, control])[order], target, 1, context)
    is_known = order[nearest.places[:, 0]] < len(known)
    value = float(is_known.mean())
    expected = len(known) / len(order)
    together = np.bincount(nearest.places[:, 0], weights=is_known - value)
    # Where a few records have most of the rows, all may be known by chance, and none differs from the mean: never narrower than the
    # share varies when it is dealt anew which of the records are known.
    dealt = np.square(np.bincount(nearest.places[:, 0])).sum() * expected * (1 - expected)
    # At the ends no row differs from the mean: one more of either kind keeps the width.
    error = float(np.sqrt(max(np.square(together).sum() + 0.5, dealt))) / len(target)
    share, certain = (
        Interval(value, max(0.0, value - half), min(1.0, value + half))
        for half in (z_of() * error, z_of(certain_level()) * error)
    )
    return share, certain, expected


def _facts(points: Sequence[Points], context: Context) -> dict[str, Fact]:
    """Medians and 5th percentiles of both figures to as many known as held-out records."""
    known, control, target = points
    size, facts = min(len(known), len(control), ROWS), dict[str, Fact]()
    for side, records in (("known", known), ("held-out", control)):
        two = near(records[:size], target[:ROWS], 2, context).distances
        ratio = np.where(two[:, 1] > SAME, two[:, 0] / np.maximum(two[:, 1], SAME), 1.0)
        for name, values in (("DCR", two[:, 0]), ("NNDR", ratio)):
            for part, at in PARTS.items():
                facts[f"{name} to {side} records, {part}"] = float(np.quantile(values, at))
    return facts
