"""Who is in the target and how groups fare: shares and gaps of outcomes per sensitive attribute, source against target.

A gap is what a group's rate (or mean) lies from that of all others. It has *grown* by |target's| - |source's|, and by the whole of
the target's where that points the other way. Growth can come of chance alone: the normal intervals hold for all groups, labels and
outcomes of one scope together (Bonferroni), and an alarm is given only where the low end is above `tolerance`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from engine.assessment.codes import Codes, Floats
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.rates import shared, z_of
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import Frame, View
from engine.quality.base import Metric
from engine.quality.frames import finite_view
from engine.quality.groups import (
    Gaps,
    Groups,
    Outcome,
    attributes,
    gaps_of,
    groups_of,
    outcome_of,
    outcomes,
)

SHARES, GAPS = "GroupShares", "OutcomeGap"
NOBODY_NAMED = (
    "no column whose labels the target has of the source is called like a group of people (sex, age...) or named as sensitive; "
    "name one in [assess.sensitive] of the plan"
)


class Bias(Metric):
    """Shares of groups and gaps between them, and whether they have grown.

    `GroupShares` is the most by which a group's share of the records differs; the alarm says that a group was thinned out.
    `OutcomeGap` is the most by which a gap has grown. Numbers are cut at the source's 1st and 99th percentile and count in the
    source's standard deviations. Groups with fewer than `least` records on a side are left out and counted.
    """

    name: ClassVar[str] = "bias"
    family = "bias"
    title: ClassVar[str] = "Bias: are groups thinned out, do gaps between them grow"
    source: ClassVar[str] = (
        "Demographic parity difference as in Agarwal et al. 2018 (ICML); growth under synthesis as in Ganev, Oprisanu and"
        " De Cristofaro 2022 (ICML)"
    )

    tolerance: float = Field(0.02, ge=0)
    """A share or gap must have grown by more than this, beyond chance, for an alarm: 0.02 is two percentage points."""
    least: int = Field(30, ge=5)
    """Records of a group, on each side, below which nothing is said of it."""
    attributes: int = Field(4, ge=1)
    """At most so many sensitive attributes of a scope are looked at."""
    outcomes: int = Field(8, ge=1)
    """At most so many outcomes of each."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        found = tuple(view.scope for view in comparison.views if attributes(view, self.attributes))
        return found or ("target",)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        if not any(view.scope == scope for view in comparison.views):
            return (unknown(SHARES, scope, "bias", NOBODY_NAMED),)
        return tuple(self._figures(finite_view(comparison.view(scope)), context))

    def _figures(self, view: View, context: Context) -> Iterator[Quality]:
        for place in attributes(view, self.attributes):
            context.control.check()
            name = view.features[place].name
            groups = groups_of(view, place, self.least)
            if len(groups.kept) < 2:
                because = f"fewer than two groups of {name} have {self.least} records or more in the source"
                yield unknown(SHARES, view.scope, "bias", because, name)
                continue
            yield self._shares(view, name, groups)
            yield from self._gaps(view, place, groups, context)

    def _shares(self, view: View, name: str, groups: Groups) -> Quality:
        """Each share's difference with an interval; the worst is told, an alarm for a group that has certainly lost."""
        known, target = groups.shares(groups.known), groups.shares(groups.target)
        error = np.hypot(_error(known, groups.known), _error(target, groups.target))
        reach = z_of(shared(len(known))) * error
        lost = known - target - reach > self.tolerance
        # Of two groups one loses what the other gains: the one that is thinned out is told.
        worst = int(np.argmax(known - target if lost.any() else np.abs(target - known)))
        off = float(abs(target[worst] - known[worst]))
        facts = _facts(groups) | {
            "group": _called(worst, len(known)),
            "source share": float(known[worst]),
            "target share": float(target[worst]),
            "groups thinned out": int(lost.sum()),
        }
        low, high = max(0.0, off - float(reach[worst])), min(1.0, off + float(reach[worst]))
        ceiling = None
        if groups.control is not None and (groups.control >= 0).sum() >= self.least:
            ceiling = float(np.abs(groups.shares(groups.control) - known).max())
        return Quality(
            SHARES, view.scope, "bias", name, value=off, low=low, high=high, ceiling=ceiling, better="lower",
            alarm=bool(lost.any()), facts=facts,
        )  # fmt: skip

    def _gaps(self, view: View, place: int, groups: Groups, context: Context) -> Iterator[Quality]:
        asked = [outcome_of(view, other) for other in outcomes(view, place, self.outcomes)]
        name = view.features[place].name
        tests = sum(outcome.width for outcome in asked) * len(groups.kept)
        for outcome in asked:
            context.control.check()
            yield self._gap(view, name, groups, outcome, tests)

    def _gap(self, view: View, name: str, groups: Groups, outcome: Outcome, tests: int) -> Quality:
        measure = f"{name} -> {outcome.name}"
        known = gaps_of(outcome, view.known, groups.known, len(groups.kept), self.least)
        target = gaps_of(outcome, view.target, groups.target, len(groups.kept), self.least)
        if not known.there.any() or not (known.there & target.there).any():
            because = f"{outcome.name} is constant, or no group has {self.least} values of it on each side"
            return unknown(GAPS, view.scope, "bias", because, measure)
        grown, error = _growth(known, target)
        reach = z_of(shared(tests)) * error
        low = grown - reach
        worst = np.unravel_index(int(np.nanargmax(low)), low.shape)
        facts = _facts(groups) | {
            "group": _called(int(worst[0]), len(groups.kept)),
            "outcome": f"value {worst[1] + 1} by frequency" if outcome.width > 1 else "",
            "source gap": float(known.gaps[worst]),
            "target gap": float(target.gaps[worst]),
            "source parity difference": known.parity,
            "target parity difference": target.parity,
            "gaps grown": int((low > self.tolerance).sum()),
            "in standard deviations": outcome.number,
        }
        value, half = float(grown[worst]), float(reach[worst])
        return Quality(
            GAPS, view.scope, "bias", measure, value=value, low=value - half, high=value + half,
            ceiling=self._ceiling(view.control, groups, outcome, known), better="lower",
            alarm=bool(low[worst] > self.tolerance), facts=facts,
        )  # fmt: skip

    def _ceiling(self, control: Frame | None, groups: Groups, outcome: Outcome, known: Gaps) -> float | None:
        """What the gap seems to have grown among people who had no part in the target."""
        if control is None or groups.control is None:
            return None
        held_out = gaps_of(outcome, control, groups.control, len(groups.kept), self.least)
        grown, _ = _growth(known, held_out)
        return None if np.isnan(grown).all() else float(np.nanmax(grown))


def _growth(known: Gaps, target: Gaps) -> tuple[Floats, Floats]:
    """By how much each gap has grown, and the error of that; NaN where a side has too few.

    Without any change growth is never above the difference of both gaps, whose error this is: the interval is on the safe side.
    """
    same = np.sign(known.gaps) == np.sign(target.gaps)
    grown = np.abs(target.gaps) - np.where(same, np.abs(known.gaps), 0.0)
    there = known.there & target.there
    return np.where(there, grown, np.nan), np.where(there, np.hypot(known.errors, target.errors), np.nan)


def _error(shares: Floats, codes: Codes) -> Floats:
    # A share of nothing or of all has an error, too: half a record is put on either side (Agresti and Coull 1998).
    n = int((codes >= 0).sum())
    safe = (shares * n + 0.5) / (n + 1)
    return np.asarray(np.sqrt(safe * (1 - safe) / max(1, n)))


def _facts(groups: Groups) -> dict[str, Fact]:
    return {"groups": len(groups.kept), "small groups": groups.small, "records": int((groups.target >= 0).sum())}


def _called(place: int, groups: int) -> str:
    """A group without its label: by its size in the source."""
    word = " (largest)" if place == 0 else " (smallest)" if place == groups - 1 else ""
    return f"group {place + 1} of {groups}{word}"
