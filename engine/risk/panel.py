"""What the membership attacks share: who is asked about, and what the scores say.

An attack gives every person a score: higher for those who seem to have been learned from. Members are people of whom the target
was made, others were held out. It is judged by its AUC and by the share of members that it names when it names 1 % of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from engine.assessment.context import Context
from engine.assessment.embedding import Points, embedding_of
from engine.assessment.rates import above, auc, excess, shared, tpr_at
from engine.assessment.result import Fact, Interval, Risk, State, not_measured
from engine.assessment.view import Frame, View
from engine.risk.attempts import comparable

Scores = npt.NDArray[np.float64]
LEAST = 100
"""Fewer members, others or rows of the target say nothing."""
ASKED = 5_000
REFERENCE = 10_000
TARGET = 50_000
FPR = 0.01
MEASURES = ("auc", "tpr at 1% fpr")
FIGURES = 8
"""Four attacks of two figures each look at the same people: an alarm is certain of all together."""
ROUNDS = 100
"""Of fitting a line; it need not be the best one."""
COIN = Interval(0.5, 0.5, 0.5)
NOTHING = "No column whose values the target has of the source differs between records."


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Samples of all sides, the same for every attack on a scope."""

    members: Frame
    others: Frame
    target: Frame
    reference: Frame
    """Held-out people whom the attacker knows and does not ask about: what a target is like that none of the asked had a part in."""


def panel_of(attack: str, view: View, context: Context, least_reference: int = 0) -> Panel | tuple[Risk, ...]:
    """Who is asked about; or why nothing can be measured. The reference is up to half of the held-out people."""
    because = _missing(view, least_reference)
    if because or view.control is None:
        return _none(attack, view, because)
    rng = context.rng("membership", view.scope)
    held = rng.permutation(view.control.rows)
    asked = min(ASKED, len(held) // 2 if least_reference else len(held))
    members, others = view.known.take(_some(view.known, ASKED, rng)), view.control.take(held[:asked])
    if because := told_apart(view, members, others, rng):
        return _none(attack, view, because)
    target = view.target.take(_some(view.target, TARGET, rng))
    return Panel(members, others, target, view.control.take(held[asked : asked + REFERENCE]))


def _none(attack: str, view: View, because: str) -> tuple[Risk, ...]:
    return tuple(not_measured(attack, view.scope, because, measure) for measure in MEASURES)


def judged(attack: str, view: View, panel: Panel, members: Scores, others: Scores, assumes: str) -> tuple[Risk, Risk]:
    """Both figures. Alarm: the interval, held at 95 % for all of the panel's figures together, lies above guessing."""
    facts: dict[str, Fact] = {
        "members": len(members),
        "non-members": len(others),
        "target rows": panel.target.rows,
        "of target rows": max(view.of_target, view.target.rows),
        "the attacker knows": assumes,
    }
    area, certain = auc(members, others), auc(members, others, shared(FIGURES))
    risk = Interval(*(max(0.0, 2 * end - 1) for end in (area.value, area.low, area.high)))
    first = _risk(attack, view, MEASURES[0], risk, area, None, COIN, above(certain, COIN), facts)
    named, wrong = tpr_at(members, others, FPR)
    alarm = above(*tpr_at(members, others, FPR, shared(FIGURES)))
    rate = Interval(FPR, FPR, FPR)
    return first, _risk(attack, view, MEASURES[1], excess(named, wrong), named, wrong, rate, alarm, facts)


def narrowed(points: Points, dims: int, seed: int) -> PCA | None:
    """The directions in which these points differ most; None where there are no more than `dims` anyway."""
    return PCA(dims, svd_solver="covariance_eigh", random_state=seed).fit(points) if points.shape[1] > dims else None


def _missing(view: View, least_reference: int) -> str:
    if not comparable(view):
        return NOTHING
    if view.control is None:
        return "Nobody, or too few, were held out, so members cannot be told from people whom the target cannot know."
    sides = {"known": view.known.rows, "target": view.target.rows, "held-out": view.control.rows - least_reference}
    few = [f"{name} records" for name, rows in sides.items() if rows < LEAST]
    least = LEAST + least_reference if few == ["held-out records"] else LEAST
    return f"There are too few {' and '.join(few)}: at least {least} are needed." if few else ""


def _some(frame: Frame, most: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return rng.permutation(frame.rows)[:most]


def told_apart(view: View, members: Frame, others: Frame, rng: np.random.Generator) -> str:
    """Why held-out people are no measure of chance: they can be told from members without the target. Empty: they cannot.

    A line through the points of one half of both is tried on the other half (Das et al., "Blind Baselines Beat Membership Inference
    Attacks for Foundation Models", 2024).
    """
    embedding = embedding_of(view, rng)
    m, n = (np.array_split(embedding.points(frame)[:ASKED], 2) for frame in (members, others))
    label = np.repeat([1, 0], [len(m[0]), len(n[0])])
    line = LogisticRegression(max_iter=ROUNDS).fit(np.concatenate([m[0], n[0]]), label)
    blind = auc(line.decision_function(m[1]), line.decision_function(n[1]), shared(FIGURES))
    if not above(blind, COIN):
        return ""
    return (
        "Held-out people are of another kind than those learned from: a guess without the target tells them apart "
        f"(AUC {blind.value:.2f}), so they are no measure of chance."
    )


def _risk(
    attack: str, view: View, measure: str, risk: Interval, main: Interval, control: Interval | None, baseline: Interval,
    alarm: bool, facts: dict[str, Fact],
) -> Risk:  # fmt: skip
    valid = alarm or main.value > baseline.value
    because = "" if valid else "The attack finds members no better than a guess without the target."
    state = State.MEASURED if valid else State.INVALID
    return Risk(attack, view.scope, measure, state, risk, because, main, control, baseline, alarm, facts)
