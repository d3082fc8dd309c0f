"""k-anonymity, l-diversity and t-closeness on quasi-identifiers, and what a prosecutor, a journalist and a marketer make of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.alike import Classes as ClassNumbers
from engine.assessment.alike import classes
from engine.assessment.context import Context
from engine.assessment.rates import above, excess, wilson
from engine.assessment.result import Fact, Interval, Rests, Risk, State, not_measured
from engine.assessment.view import Carries, Frame, Made, Values, View
from engine.risk.base import ViewAttack
from engine.risk.class_risks import THRESHOLD, class_risks
from engine.risk.diversity import diversity

LEAST = 10
"""Records: of fewer, classes say nothing."""
LEAST_ALONE = 30
MEASURES = ("prosecutor maximum", "prosecutor average", "journalist", "marketer", "at risk")
OUTSIDE = frozenset({"journalist", "marketer"})
"""Measures for which people outside the examined rows are candidates."""


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The classes of one side's records."""

    prefix: str
    """Before the names of its measures."""
    of: ClassNumbers
    frame: Frame
    whole: int
    """Records of this side in all."""
    people: int
    """All among whom they may be."""
    quasi: tuple[int, ...]
    rests: Rests


class Classes(ViewAttack):
    """People who look alike in their quasi-identifiers are a class; who is in a small one is recognised with a chance of 1 / class.

    Measured on a masked target (what is replaced cannot be recognised and forms no class; without any other quasi-identifier all are
    one class) and, with `source` before the name, on the source as it was. `prosecutor maximum`: 1 / smallest class; `prosecutor
    average`: the mean of 1 / class; `journalist`: the greatest chance when people outside the target are candidates too (the whole
    source, as far as it is known); `marketer`: the share of all records that are named rightly; `at risk`: the share of records in
    classes of fewer than 11 (0.09). From a sample the chances are expected over what may lie outside it; the smallest class of a
    sample may be larger among all, so `prosecutor maximum` is an upper bound, and `at risk` too. Baseline: 1 / records. Alarm: none on
    the source; on a target the low end is above 0.09 and five times the baseline.

    `homogeneous X`: the share of people in classes where all have one value of the sensitive X; facts l and t. Baseline: the same with
    X shuffled. Alarm: above it by 1 % at least.

    Of synthetic rows no class is anybody's. `matched`: of the people who are alone in their class in the source, the share whose class
    is among the synthetic rows. Control: held-out people. Baseline: synthetic rows with shuffled columns.
    Alarm: what lies beyond the control is certainly above 1 %.
    """

    name = "classes"
    title = "k-anonymity: how many people look alike"
    source = "El Emam 2013, ch. 16-18 (as in ARX); Machanavajjhala et al. 2007 (l); Li et al. 2007 (t)"
    remedy = (
        "Bucket the quasi-identifiers (`number_bucket`, `date_band`) or average people who are alike "
        "(`microaggregate`), until more look alike."
    )

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        if not view.quasi:
            because = "no quasi-identifiers are proposed of it, and [assess.quasi_identifiers] names none"
            return (not_measured(self.name, view.scope, because),)
        if min(view.known.rows, view.target.rows) < LEAST:
            measures = ("matched",) if view.made is Made.SYNTHETIC else MEASURES
            return tuple(not_measured(self.name, view.scope, f"fewer than {LEAST} records", each) for each in measures)
        sides = _sides(view)
        found = [risk for side in sides for risk in self._chances(view, side)]
        for side in sides:
            context.control.check()
            found += self._told(view, side, context)
        if view.made is Made.SYNTHETIC:
            found.append(self._matched(view, context))
        return tuple(found)

    def _chances(self, view: View, side: _Side) -> Iterator[Risk]:
        found = class_risks(side.of, side.whole, side.people)
        facts: dict[str, Fact] = {
            "k": found.k,
            "records": len(side.of),
            "in the whole": side.whole,
            "quasi-identifiers": ", ".join(view.features[place].name for place in side.quasi),
            "classes": int(side.of.max()) + 1,
            f"below {THRESHOLD}": found.small,
            "below 5": found.below_5,
            "unique": found.unique,
        }
        exact = len(side.of) >= side.whole
        at_risk = Interval(found.small, found.small, found.small) if exact else _rate(found.small, len(side.of))
        risks = (found.prosecutor_most, found.prosecutor, found.journalist, found.marketer, at_risk)
        chance = 1 / max(side.whole, 1)
        for measure, risk in zip(MEASURES, risks, strict=True):
            yield Risk(
                self.name,
                view.scope,
                side.prefix + measure,
                risk=risk,
                main=risk,
                baseline=Interval(chance, chance, chance),
                alarm=not side.prefix and risk.low > max(1 / THRESHOLD, 5 * chance),
                because="" if side.quasi else "none of its quasi-identifiers is left: all records are one class",
                # Who else there is, only the source tells.
                facts=facts | ({"people": side.people} if measure in OUTSIDE else {}),
                rests=Rests.SOURCE if measure in OUTSIDE else side.rests,
            )

    def _told(self, view: View, side: _Side, context: Context) -> Iterator[Risk]:
        for place in view.sensitive:
            feature = view.features[place]
            measure = f"{side.prefix}homogeneous {feature.name}"
            # What they are recognised by is known of them before.
            if place in side.quasi or (feature.carries is Carries.REPLACED and not side.prefix):
                continue
            values = side.frame.columns[place]
            if len(np.unique(values)) < 2:
                yield not_measured(self.name, view.scope, f"{feature.name} has one value for all", measure)
                continue
            found = diversity(side.of, values)
            rng = context.rng(self.name, view.scope, measure)
            guess = wilson(diversity(side.of, rng.permutation(values)).homogeneous * len(values), len(values))
            risk = _rate(found.homogeneous, len(values))
            yield Risk(
                self.name,
                view.scope,
                measure,
                risk=risk,
                main=risk,
                baseline=guess,
                alarm=not side.prefix and risk.low > guess.high + 0.01,
                facts={"l distinct": found.distinct, "l entropy": found.entropy, "t": found.closeness},
                rests=side.rests,
            )

    def _matched(self, view: View, context: Context) -> Risk:
        places = _compared(view)
        if not places:
            return not_measured(self.name, view.scope, "the target shows none of its quasi-identifiers", "matched")
        rng = context.rng(self.name, view.scope, "matched")
        target = _columns(view.target, places)
        shuffled = [rng.permutation(column) for column in target]
        sides = [view.known, view.target, *([view.control] if view.control is not None else [])]
        of = classes(
            [*(_columns(side, places) for side in sides), shuffled], [*(s.rows for s in sides), view.target.rows]
        )
        control = of[2] if view.control is not None else np.zeros(0, np.int64)
        everybody = np.bincount(np.concatenate([of[0], control]), minlength=1 + max(int(o.max(initial=0)) for o in of))
        alone = everybody == 1
        if np.count_nonzero(alone[of[0]]) < LEAST_ALONE:
            because = f"fewer than {LEAST_ALONE} people are alone in their class in the source"
            return not_measured(self.name, view.scope, because, "matched")
        main, guess, outside = (
            _found(mine, theirs, alone) for mine, theirs in ((of[0], of[1]), (of[0], of[-1]), (control, of[1]))
        )
        return self._judged(view, main, guess, outside if np.count_nonzero(alone[control]) >= LEAST_ALONE else None)

    def _judged(self, view: View, main: Interval, guess: Interval, control: Interval | None) -> Risk:
        beaten = above(main, guess)
        risk = excess(main, control or guess)
        because = "" if beaten else "it certainly meets no more classes than shuffled columns do"
        if beaten and control is None:
            because = "there is no control: classes that anybody could have had count as matched"
        return Risk(
            self.name,
            view.scope,
            "matched",
            State.MEASURED if beaten else State.INVALID,
            risk=risk,
            because=because,
            main=main,
            control=control,
            baseline=guess,
            alarm=beaten and control is not None and risk.low > 0.01,
            facts={"upper bound": view.of_target > view.target.rows},
            uncontrolled=beaten and control is None,
        )


def _compared(view: View) -> list[int]:
    return [place for place in view.quasi if place in view.compared]


def _sides(view: View) -> list[_Side]:
    """The source, and the target where its rows are people."""
    outside = view.control.rows if view.control is not None else 0
    known, target = max(view.of_known, view.known.rows), max(view.of_target, view.target.rows)
    people = known + outside
    sides = [_side("source ", view.known, view.quasi, known, people, Rests.SOURCE)]
    if view.made is not Made.SYNTHETIC:
        sides.insert(0, _side("", view.target, _compared(view), target, max(people, target), Rests.TARGET))
    return sides


def _side(prefix: str, frame: Frame, places: Sequence[int], whole: int, people: int, rests: Rests) -> _Side:
    (of,) = classes([_columns(frame, places)], [frame.rows])
    return _Side(prefix, of, frame, whole, people, tuple(places), rests)


def _columns(frame: Frame, places: Sequence[int]) -> list[Values]:
    return [frame.columns[place] for place in places]


def _found(mine: ClassNumbers, theirs: ClassNumbers, alone: npt.NDArray[np.bool_]) -> Interval:
    there = np.zeros(len(alone), bool)
    there[theirs] = True
    people = mine[alone[mine]]
    return wilson(int(np.count_nonzero(there[people])), len(people))


def _rate(share: float, records: int) -> Interval:
    return wilson(share * records, records)
