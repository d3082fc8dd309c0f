"""How many people are alone with the shape of what they own, and whether a target repeats such shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.alike import Classes, classes
from engine.assessment.context import Context
from engine.assessment.rates import above, excess, wilson
from engine.assessment.result import Fact, Interval, Rests, Risk, State, not_measured
from engine.assessment.view import NOBODY, Carries, Feature, FeatureKind, Frame, Made, Values, View
from engine.profiling.pitman import counted, estimated
from engine.risk.base import ViewAttack
from engine.risk.knowledge import is_anything, is_count, is_time, is_unmasked, known_of, months, rounded, varies

LEAST = 50
"""Records of each side: among fewer nearly everybody is alone with anything."""
SMALL = 11
"""Classes of fewer records are told of: 1/11 is the 0.09 of EMA's policy 0070."""
Mask = npt.NDArray[np.bool_]
Spell = Callable[[Values, Feature], Values]


@dataclass(frozen=True, slots=True)
class _Level:
    """What an attacker knows, and how finely."""

    name: str
    knows: Callable[[Feature], bool]
    spell: Spell


class Fingerprint(ViewAttack):
    """An attacker knows the shape of what a person owns, ever more of it.

    `counts`; `counts and own columns`: unmasked and learned ones too; `counts, own columns and months`: times to the month;
    `everything`: times to the day, sums to two digits, rare children. What masking altered is never exactly what somebody knows, and
    is left to `rematching`.

    `source ...` and `target ...`: the share of people whose shape nobody else has. Where all are examined this is counted. In a
    sample more are alone than among all, so the sample's share is an upper bound, and what is told is an estimate for all by Pitman's
    formula with its interval (`engine.profiling.pitman`). Being alone is no success yet: these raise no alarm and have no control; the
    baseline is a random guess.

    `replayed ...`: of the people who are alone in the source, the share whose shape is in the target exactly once (and, where it is
    known whose row is whose, is their own). Control: people who had no part in the target. Baseline: a target whose columns are
    shuffled. Alarm: what lies beyond the control is certainly above 1 %; without control the interval's low end is above five times
    the baseline and 1 %, and above a half for synthetic rows, whose columns go together as anybody's may. Invalid: not certainly
    above the baseline. Of a sample of the target it is an upper bound.
    """

    name = "fingerprint"
    title = "Recognise people by how much they own, and when"
    source = "de Montjoye et al., Sci. Rep. 3:1376, 2013 (unicity); Pitman 1995 and Hoshino 2001 for all from a sample"
    remedy = (
        "Bucket what is kept (`number_bucket`, `date_band`), hand out a subset, or synthesise: masking does "
        "not change how much a person owns."
    )

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        if min(view.known.rows, view.target.rows) < LEAST:
            return (not_measured(self.name, view.scope, f"fewer than {LEAST} records to compare"),)
        return tuple(risk for level in _LEVELS for risk in self._known(view, level, context))

    def _known(self, view: View, level: _Level, context: Context) -> list[Risk]:
        context.control.check()
        places, because = _telling(view, level)
        if because:
            return [
                not_measured(self.name, view.scope, because, f"{side} {level.name}")
                for side in ("source", "target", "replayed")
            ]
        sides = [view.known, view.target, *([view.control] if view.control else [])]
        rng = context.rng(self.name, view.scope, level.name)
        spelt = [_spelt(side, view, places, level) for side in sides]
        shuffled = [column[rng.permutation(len(column))] for column in spelt[1]]
        of = classes([*spelt, shuffled], [*(side.rows for side in sides), view.target.rows])
        known, target, guess = of[0], of[1], of[-1]
        control = of[2] if view.control is not None else None
        return [
            self._alone(view.scope, f"source {level.name}", known, view.of_known, Rests.SOURCE, len(places)),
            self._alone(view.scope, f"target {level.name}", target, view.of_target, Rests.TARGET, len(places)),
            self._replayed(view, level, _Sides(known, target, guess, control)),
        ]

    def _alone(self, scope: str, measure: str, of: Classes, whole: int, rests: Rests, features: int) -> Risk:
        rows, whole = len(of), max(whole, len(of))
        sizes = np.unique(of, return_counts=True)[1]
        found = counted(sizes, SMALL) if rows == whole else estimated(sizes, whole, SMALL)
        unique = Interval(found.unique, found.low, found.high)
        chance = 1 / whole
        facts: dict[str, Fact] = {
            "records": rows,
            "in the whole": whole,
            "features": features,
            "alone among these": float((sizes == 1).sum()) / rows,
            f"in classes below {SMALL}": found.below,
        }
        baseline = Interval(chance, chance, chance)
        return Risk(self.name, scope, measure, risk=unique, main=unique, baseline=baseline, facts=facts, rests=rests)

    def _replayed(self, view: View, level: _Level, sides: _Sides) -> Risk:
        measure = f"replayed {level.name}"
        alone = sides.alone(sides.known)
        if np.count_nonzero(alone) < LEAST:
            return not_measured(
                self.name, view.scope, f"fewer than {LEAST} people are alone with it in the source", measure
            )
        hit = alone & (sides.once(sides.target)[sides.known])
        if view.match is not None and view.made is not Made.SYNTHETIC:
            hit &= _own(view, sides)
        main = wilson(int(hit.sum()), int(alone.sum()))
        baseline = wilson(int((alone & sides.once(sides.guess)[sides.known]).sum()), int(alone.sum()))
        control = _control(sides)
        return self._judged(view, measure, main, baseline, control, int(alone.sum()))

    def _judged(
        self, view: View, measure: str, main: Interval, baseline: Interval, control: Interval | None, alone: int
    ) -> Risk:
        beaten = above(main, baseline)
        risk = excess(main, control or baseline)
        least = 0.5 if view.made is Made.SYNTHETIC else 0.01
        certain = risk.low > 0.01 if control else main.low > max(5 * baseline.value, least)
        because = "" if beaten else "it certainly finds no more shapes than a target of shuffled columns has"
        if beaten and control is None and view.made is Made.SYNTHETIC:
            because = "there is no control: shapes that many people could have had count as repeated"
        return Risk(
            self.name,
            view.scope,
            measure,
            State.MEASURED if beaten else State.INVALID,
            risk=risk,
            because=because,
            main=main,
            control=control,
            baseline=baseline,
            alarm=beaten and certain,
            facts={
                "people alone with it": alone,
                "share of people": alone / view.known.rows,
                "upper bound": view.of_target > view.target.rows,
            },
            uncontrolled=beaten and control is None and view.made is Made.SYNTHETIC,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """The class of every record."""

    known: Classes
    target: Classes
    guess: Classes
    """The target's, its columns shuffled."""
    control: Classes | None

    @property
    def classes(self) -> int:
        sides = [self.known, self.target, self.guess, *([] if self.control is None else [self.control])]
        return 1 + max(int(side.max(initial=0)) for side in sides)

    def once(self, side: Classes) -> Mask:
        """For every class whether this side has it exactly once."""
        return np.asarray(np.bincount(side, minlength=self.classes) == 1)

    def alone(self, side: Classes) -> Mask:
        """For every record of a side of the source whether nobody else of it is in its class, held out or not."""
        everybody = self.known if self.control is None else np.concatenate([self.known, self.control])
        return np.asarray(self.once(everybody)[side])


def _control(sides: _Sides) -> Interval | None:
    """How many outsiders who are alone in the source have their shape in the target once."""
    if sides.control is None or not len(sides.control):
        return None
    alone = sides.alone(sides.control)
    hit = alone & sides.once(sides.target)[sides.control]
    return wilson(int(hit.sum()), int(alone.sum())) if np.count_nonzero(alone) >= LEAST else None


def _own(view: View, sides: _Sides) -> Mask:
    assert view.match is not None
    there = view.match != NOBODY
    return np.asarray(there & (sides.target[np.where(there, view.match, 0)] == sides.known))


def _telling(view: View, level: _Level) -> tuple[tuple[int, ...], str]:
    """What is known at this level; and why that is nothing worth a try."""
    places = _exact(view, level)
    if not any(varies(view.known.columns[at]) for at in places):
        return places, "the target shows nothing of it that tells people apart"
    earlier = [other for other in _LEVELS[: _LEVELS.index(level)] if _exact(view, other) == places]
    if earlier and not any(is_time(view.features[at]) for at in places):
        return places, f"no more is known of it than of {earlier[0].name}"
    return places, ""


def _exact(view: View, level: _Level) -> tuple[int, ...]:
    return tuple(at for at in known_of(view, level.knows) if view.features[at].carries is not Carries.ALTERED)


def _spelt(side: Frame, view: View, places: tuple[int, ...], level: _Level) -> list[Values]:
    return [level.spell(side.columns[at], view.features[at]) for at in places]


def _by_the_month(values: Values, feature: Feature) -> Values:
    return months(values) if is_time(feature) else _by_the_day(values, feature)


def _by_the_day(values: Values, feature: Feature) -> Values:
    """As well as somebody knows who was told of it: unmasked columns and counts as they are, of other numbers two digits."""
    if is_time(feature):
        return np.floor(values)
    as_it_is = is_count(feature) or (is_unmasked(feature) and feature.own)
    return rounded(values) if feature.kind is FeatureKind.NUMBER and not as_it_is else values


def _with_columns(feature: Feature) -> bool:
    own = feature.own and feature.carries in (Carries.KEPT, Carries.LEARNED)
    return is_count(feature) or (own and not is_time(feature))


def _with_times(feature: Feature) -> bool:
    return _with_columns(feature) or is_time(feature)


_LEVELS = (
    _Level("counts", is_count, _by_the_month),
    _Level("counts and own columns", _with_columns, _by_the_month),
    _Level("counts, own columns and months", _with_times, _by_the_month),
    _Level("everything", is_anything, _by_the_day),
)
