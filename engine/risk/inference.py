"""Attribute inference: does the target tell a secret of somebody of whom other attributes are known?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from engine.assessment.context import Context
from engine.assessment.rates import shared
from engine.assessment.result import Fact, Risk, not_measured
from engine.assessment.view import Carries, Values, View, present
from engine.risk.attempts import ATTEMPTS, LEAST, Counted, Tried, affordable, attacked, comparable, drawn, rated
from engine.risk.base import ViewAttack
from engine.risk.guessing import Attacked, Guesses, by_keys, by_neighbour, is_category, keys_of

KNN, GTCAP, WORST = "knn", "gtcap", "worst"
CELLS = 3e8
"""Compared in a second."""


class Inference(ViewAttack):
    """Guess a secret of a person of whom the other attributes are known.

    `knn`: the secret of the nearest record of the target by Gower's distance over all other features. `gtcap` (categories):
    the most frequent secret among the target's records with the same keys, or with the most keys in common where none has all
    (generalised correct attribution; numbers are the same within the tolerance). The plan's quasi-identifiers are the keys.

    A category is guessed when it is the same; a number or a time when it is within `tolerance` of its interquartile range in the
    source (Giomi et al. take 5 % of the value itself, which is nothing for a 0 and a century for a year).

    Control: held-out people; where it is known which record of the target is whose (masked, copied), the same people with their own
    record hidden, which tells what the target says of them from what it says of anybody like them. Without either the rates are told
    and nothing is alarmed. Baseline: the source's most frequent category or median, always. `worst` is the secret whose
    interval lies highest, held for all secrets and both ways together (Bonferroni), as all alarms are.
    """

    name = "inference"
    title = "Learn a secret of somebody whose other attributes are known"
    source = "Opinion 05/2014 (WP216); Elliot 2014 and Taub et al. 2018 (CAP); Giomi et al. 2023, section 4.4"
    remedy = (
        "Blur the secret (`number_noise`) or bucket the columns that tell it, or synthesise with a smaller epsilon."
    )

    attempts: int = Field(ATTEMPTS, ge=LEAST)
    """People that are attacked, at most."""
    secrets: int = Field(8, ge=1)
    """Features taken as secrets where the plan names none, at most."""
    keys: int = Field(6, ge=1)
    """Features taken as keys of `gtcap` where the plan names no quasi-identifiers, at most."""
    tolerance: float = Field(0.05, ge=0)
    """Share of a number's interquartile range."""

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        features = comparable(view)
        refused = _refused(view, features)
        secrets = _secrets(view, features, self.secrets)
        who = self._who(view, len(features) + 4 * len(secrets), context)
        because = _impossible(view, features, secrets, who)
        if because:
            return (*refused, not_measured(self.name, view.scope, because, WORST))
        radius = {feature: self._radius(view, feature) for feature in features}
        guesses = self._guesses(view, features, secrets, radius, who, context)
        counted = {
            (way, secret): self._counted(view, secret, radius[secret], each, who)
            for (way, secret), each in guesses.items()
        }
        return (*refused, *self._rated(view, counted))

    def _who(self, view: View, cells: int, context: Context) -> Attacked:
        rng = context.rng(self.name, view.scope)
        wanted = affordable(view.target.rows * cells, context.seconds, self.attempts, CELLS)
        people = attacked(view, wanted, rng)
        if view.match is not None:
            return Attacked(view.known.take(people), view.match[people], None)
        held = view.control
        if held is not None:
            held = held.take(drawn(np.arange(held.rows), wanted, rng)) if held.rows >= LEAST else None
        return Attacked(view.known.take(people), None, held)

    def _guesses(
        self, view: View, features: Sequence[int], secrets: Sequence[int], radius: Mapping[int, float], who: Attacked,
        context: Context,
    ) -> dict[tuple[str, int], Guesses]:  # fmt: skip
        rng = context.rng(self.name, view.scope, KNN)
        keys = {secret: keys_of(view, features, secret, self.keys) for secret in secrets if is_category(view, secret)}
        keys = {secret: known for secret, known in keys.items() if known}
        near = by_neighbour(view, features, secrets, who, rng, context.control)
        alike = by_keys(view, keys, radius, who, context.control)
        return {(KNN, secret): each for secret, each in near.items()} | {
            (GTCAP, secret): each for secret, each in alike.items()
        }

    def _radius(self, view: View, feature: int) -> float:
        if is_category(view, feature):
            return 0.0
        low, high = np.nanquantile(view.known.columns[feature], [0.25, 0.75])
        return float(self.tolerance * (high - low)) if np.isfinite(high - low) else 0.0

    def _counted(self, view: View, secret: int, radius: float, guesses: Guesses, who: Attacked) -> Counted:
        truth = who.people.columns[secret]
        usual = np.full_like(truth, _usual(view.known.columns[secret]))
        control = None
        if guesses.control is not None:
            outside = who.people if who.control is None else who.control
            control = _tried(outside.columns[secret], guesses.control, radius)
        return Counted(_tried(truth, guesses.main, radius), control, _tried(truth, usual, radius))

    def _rated(self, view: View, counted: Mapping[tuple[str, int], Counted]) -> tuple[Risk, ...]:
        risks, enough = [], {}
        for (way, secret), each in counted.items():
            measure = f"{way} {view.features[secret].name}"
            tried = min(each.main.attempts, each.control.attempts if each.control is not None else LEAST)
            if tried < LEAST:
                because = f"Only {tried} of the attacked people have a value; at least {LEAST} are needed."
                risks.append(not_measured(self.name, view.scope, because, measure))
            else:
                enough[way, secret] = each
        for (way, secret), each in enough.items():
            measure, facts = f"{way} {view.features[secret].name}", self._facts(view)
            risks.append(rated(self.name, view, measure, each, figures=len(enough), facts=facts))
        return (*risks, self._worst(view, enough))

    def _worst(self, view: View, counted: Mapping[tuple[str, int], Counted]) -> Risk:
        if not counted:
            return not_measured(self.name, view.scope, "No secret could be attacked.", WORST)
        level = shared(len(counted))
        lies = {which: (each.risk(level=level).low, each.risk().value) for which, each in counted.items()}
        way, secret = max(lies, key=lambda which: lies[which])
        facts: dict[str, Fact] = {
            "secret": view.features[secret].name,
            "by": way,
            "secrets": len({each for _, each in counted}),
        }
        return rated(self.name, view, WORST, counted[way, secret], level=level, facts=self._facts(view) | facts)

    def _facts(self, view: View) -> dict[str, Fact]:
        return {"records of the target": view.target.rows, "own record hidden in the control": view.match is not None}


def _secrets(view: View, features: Sequence[int], most: int) -> tuple[int, ...]:
    """What the plan calls sensitive; else categories and numbers by turns, a record's own that are no quasi-identifiers first."""
    if view.sensitive:
        return tuple(place for place in view.sensitive if place in features)
    order = sorted(features, key=lambda place: (not view.features[place].own, place in view.quasi, place))
    kinds = [[place for place in order if is_category(view, place) is category] for category in (True, False)]
    turns = {place: turn for kind in kinds for turn, place in enumerate(kind)}
    return tuple(sorted(order, key=lambda place: turns[place])[:most])


def _refused(view: View, features: Sequence[int]) -> tuple[Risk, ...]:
    """Of every secret that the plan names and that cannot be attacked: why."""
    return tuple(
        not_measured(Inference.name, view.scope, _why(view, place), f"{KNN} {view.features[place].name}")
        for place in view.sensitive
        if place not in features
    )


def _why(view: View, place: int) -> str:
    if view.features[place].carries is Carries.REPLACED:
        return "Its values are replaced by made-up ones: the target has nothing of them."
    return "It does not differ between records."


def _impossible(view: View, features: Sequence[int], secrets: Sequence[int], who: Attacked) -> str:
    if len(features) < 2 or not secrets:
        return (
            "There is no secret, or nothing else, that the target has of the source and that differs between records."
        )
    least = min(who.people.rows, view.target.rows)
    return f"There are {least} records to attack; at least {LEAST} are needed." if least < LEAST else ""


def _usual(values: Values) -> float:
    """The most frequent category, or the median."""
    if values.dtype == np.int32:
        there = values[present(values)]
        return float(np.bincount(there).argmax()) if there.size else -1.0
    return float(np.nanmedian(values))


def _tried(truth: Values, guesses: Values, radius: float) -> Tried:
    """How many are guessed of those who have a value."""
    there = present(truth)
    right = _same(truth, guesses, radius) & there
    return Tried(int(np.count_nonzero(right)), int(np.count_nonzero(there)))


def _same(truth: Values, guesses: Values, radius: float) -> npt.NDArray[np.bool_]:
    if truth.dtype == np.int32:
        return np.asarray(truth == guesses, bool)
    # What is exactly at the radius is within it, however it was rounded.
    return np.asarray(np.abs(truth - guesses) <= radius * (1 + 1e-9), bool)
