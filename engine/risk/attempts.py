"""What an attack on records counts, and what follows from it: a risk with its interval, its state, and whether to be alarmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.assessment.rates import LEVEL, above, certain_level, excess, shared, wilson
from engine.assessment.result import Fact, Interval, Risk, State
from engine.assessment.view import NOBODY, Places, View
from engine.risk.knowledge import varies

LEAST = 20
"""Attempts below which a rate says nothing: the interval of 0 of 20 reaches to 0.16."""
ATTEMPTS = 2000
"""Attempts with which the interval of a rate is at most 0.022 wide on each side."""
NO_CONTROL = "There are no held-out records: what the target tells of these people is not told apart from what it tells of anybody."
NO_BETTER = "The attack finds no more than guessing without the target: that is no sign of safety."


@dataclass(frozen=True, slots=True)
class Tried:
    """So many attempts, so many of them right."""

    right: int
    attempts: int
    each: float = 1.0
    """For how many each right one stands, where those who were attacked are a sample of another size."""
    alike: float = 1.0
    """So many attempts are worth one of their own (Kish's design effect), where several find the same person."""

    def rate(self, level: float = LEVEL) -> Interval:
        found = wilson(self.right / self.alike, self.attempts / self.alike, level)
        return Interval(*(min(1.0, self.each * end) for end in (found.value, found.low, found.high)))


@dataclass(frozen=True, slots=True)
class Counted:
    """An attack's attempts on members, on outsiders, and without the target."""

    main: Tried
    control: Tried | None
    baseline: Tried | float
    """A float is known, not tried: the chance of a guess."""
    proves: bool = False
    """Without a control: whether success beyond the baseline can only come from a person's own record."""

    def guessed(self, level: float = LEVEL) -> Interval:
        if isinstance(self.baseline, Tried):
            return self.baseline.rate(level)
        return Interval(self.baseline, self.baseline, self.baseline)

    def risk(self, by: Callable[[Interval, Interval], Interval] = excess, level: float = LEVEL) -> Interval:
        control = self.control.rate(level) if self.control is not None else self.guessed(level)
        return by(self.main.rate(level), control)


def rated(
    attack: str,
    view: View,
    measure: str,
    counted: Counted,
    *,
    by: Callable[[Interval, Interval], Interval] = excess,
    figures: int = 1,
    level: float = LEVEL,
    facts: Mapping[str, Fact] | None = None,
) -> Risk:
    """The risk that the counts show.

    Alarm: the interval of the risk, held at 99 % for all `figures` that are looked at together, lies above 0 - the control cannot
    explain the successes. Without a control there is no alarm, unless a success proves that a person's own record was found; then
    it must lie above the baseline. Invalid: no more successes than the baseline has, and no alarm.
    """
    together = certain_level(max(shared(figures), level))
    certain = counted.risk(by, together).low > 0
    told = counted.control is not None or counted.proves
    alarm = certain and told and (counted.control is not None or above(counted.main.rate(together), counted.guessed()))
    valid = alarm or counted.main.rate().value > counted.guessed().value
    return Risk(
        attack, view.scope, measure,
        State.MEASURED if valid else State.INVALID,
        counted.risk(by, level),
        (NO_CONTROL if not told else "") if valid else NO_BETTER,
        counted.main.rate(level),
        counted.control.rate(level) if counted.control is not None else None,
        counted.guessed(level),
        alarm,
        {"attempts": counted.main.attempts} | dict(facts or {}),
        uncontrolled=valid and not told,
    )  # fmt: skip


def comparable(view: View) -> tuple[int, ...]:
    """Features that the target has of the source and that differ between records, on both sides: others tell nobody from anybody."""
    frames = (view.known, view.target)
    return tuple(place for place in view.compared if all(varies(frame.columns[place]) for frame in frames))


def attacked(view: View, wanted: int, rng: np.random.Generator) -> Places:
    """Known records to attack: a random sample, of those whose own record is in the target where that is known."""
    places = np.arange(view.known.rows) if view.match is None else np.flatnonzero(view.match != NOBODY)
    return drawn(places, wanted, rng)


def drawn(places: Places, wanted: int, rng: np.random.Generator) -> Places:
    """A random sample of these places, in their order; all where there are not more."""
    return places if len(places) <= wanted else np.sort(rng.choice(places, wanted, replace=False))


def affordable(cells: int, seconds: float, most: int = ATTEMPTS, rate: float = 1.2e8) -> int:
    """How many attempts of so many `cells` each fit a fifth of `seconds`, at least LEAST and at most `most`.

    Reckoned, not timed: the same on a slow machine, so that a result can be repeated.
    """
    return int(min(most, max(LEAST, rate * min(seconds / 5, 6.0) // max(1, cells))))
