"""Singling out: guess predicates that are true of exactly one person, with the target's help and without."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from engine.assessment.context import Context
from engine.assessment.rates import difference, excess
from engine.assessment.result import Fact, Risk, not_measured
from engine.assessment.view import NOBODY, Places, View
from engine.risk.attempts import ATTEMPTS, LEAST, Counted, Tried, affordable, comparable, rated
from engine.risk.base import ViewAttack
from engine.risk.predicates import NO_VALUE, Predicates, Ranked, Ranks, counts, hits, ranked

UNIVARIATE, MULTIVARIATE = "univariate", "multivariate"
SETS = 60
"""Random sets of attributes that multivariate predicates are built of."""
CANDIDATES = 4
"""Multivariate predicates built for each that is wanted: many match several records of the target."""
CAUTION = 5
"""How many times more figures alarms are held for: predicates in one region of the data vary together more than is reckoned."""


class SinglingOut(ViewAttack):
    """Find predicates that match one record of the target, and see whether they match one person of the source.

    Univariate: a value, no value, a least or greatest one that a single record of the target has. Multivariate: of a record and a
    random set of attributes, "the same" for a category and "at least" or "at most" for a number (away from the median).
    At most one predicate is tried of each record. A success matches exactly one of the known people; where the target's records
    are people's own (masked, copied), that very one.

    Control: a predicate that matches no known person but held-out ones singles out as many outsiders as it matches, scaled from
    the number of held-out people to that of the known ones, since a share of a smaller crowd is singled out more easily. The risk
    is the difference of both rates. (Of Giomi's (main - control) / (1 - control) the divisor is in it already: a predicate that
    was learned from a known person matches that person, and so never counts for the control.)
    Baseline: predicates of as many conditions with values drawn at random from the source's ranges.
    """

    name = "singling_out"
    title = "Single somebody out by a rare value or combination"
    source = "Cohen and Nissim 2020 (PNAS 117); Opinion 05/2014 (WP216); reported as Giomi et al. 2023"
    remedy = (
        "Cut off or bucket rare values (`top_code`, `number_bucket`), mask the columns that are kept, or synthesise."
    )

    MEASURES: ClassVar[tuple[str, ...]] = (UNIVARIATE, MULTIVARIATE)

    attempts: int = Field(ATTEMPTS, ge=LEAST)
    """Predicates that are tried of each kind, at most."""
    conditions: int = Field(6, ge=2)
    """Attributes in a multivariate predicate, at most."""

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        features = comparable(view)
        if not features:
            because = "No feature that the target has of the source differs between records."
            return tuple(not_measured(self.name, view.scope, because, measure) for measure in self.MEASURES)
        sides = ranked(view, features)
        return (
            self._measure(view, sides, UNIVARIATE, context),
            self._measure(view, sides, MULTIVARIATE, context)
            if len(features) > 1
            else not_measured(self.name, view.scope, "There is only one feature to combine.", MULTIVARIATE),
        )

    def _measure(self, view: View, sides: Ranked, measure: str, context: Context) -> Risk:
        rng = context.rng(self.name, view.scope, measure)
        wanted = self._affordable(view, context)
        owners = _owners(view, sides)
        if measure == UNIVARIATE:
            predicates, records = _univariate(sides)
            kept = rng.permutation(np.flatnonzero(owners[records] != NOBODY))
        else:
            predicates, records = _multivariate(sides, np.flatnonzero(owners != NOBODY), wanted, self.conditions, rng)
            kept = np.flatnonzero(counts(predicates, sides.target, context.control) == 1)
        # One of each record: several of the same would all be right or all be wrong, and are no evidence of their own.
        kept = kept[np.sort(np.unique(records[kept], return_index=True)[1])][:wanted]
        if len(kept) < LEAST:
            because = (
                f"Only {len(kept)} records of the target are matched by a predicate alone; at least {LEAST} are needed."
            )
            return not_measured(self.name, view.scope, because, measure)
        predicates, records = predicates.take(kept), records[kept]
        return self._rated(view, sides, measure, predicates, owners[records], context, rng)

    def _rated(
        self, view: View, sides: Ranked, measure: str, predicates: Predicates, owners: Places, context: Context,
        rng: np.random.Generator,
    ) -> Risk:  # fmt: skip
        among = counts(predicates, sides.known, context.control)
        right = among == 1
        own = view.match is not None
        if own:
            right &= predicates.hold(sides.known, owners)
        guesses = _guesses(sides, predicates, rng)
        guessed = counts(guesses, sides.known, context.control) == 1
        if own:
            # A guess means nobody: it is right when it happens to mean the person who is attacked.
            guessed &= guesses.hold(sides.known, owners)
        tried = len(predicates)
        each_right = hits(predicates.take(np.flatnonzero(right)), sides.known, context.control)
        main = Tried(int(right.sum()), tried, alike=_alike(among[right], each_right))
        outsiders = None if own else self._outsiders(sides, predicates, among, context)
        counted = Counted(main, outsiders, Tried(int(guessed.sum()), tried), proves=own)
        facts: dict[str, Fact] = {"known": view.known.rows, "known in all": max(view.of_known, view.known.rows)}
        return rated(
            self.name, view, measure, counted,
            by=excess if outsiders is None else difference, figures=CAUTION * len(self.MEASURES), facts=facts,
        )  # fmt: skip

    def _outsiders(
        self, sides: Ranked, predicates: Predicates, among: npt.NDArray[np.int64], context: Context
    ) -> Tried | None:
        if sides.control is None or sides.control.shape[1] < LEAST:
            return None
        free = predicates.take(np.flatnonzero(among == 0))
        matched = counts(free, sides.control, context.control)
        each = sides.known.shape[1] / sides.control.shape[1]
        alike = _alike(matched, hits(free, sides.control, context.control))
        return Tried(min(int(matched.sum()), len(predicates)), len(predicates), each, alike)

    def _affordable(self, view: View, context: Context) -> int:
        records = view.target.rows * CANDIDATES + view.known.rows * 2
        return affordable(records * self.conditions, context.seconds, self.attempts, 1e9)


def _alike(by_predicate: npt.NDArray[np.int64], by_person: npt.NDArray[np.int64]) -> float:
    """How much more a sum of matches varies than as many that have nothing to do with each other.

    Matches of one predicate, or of one person, come together: the variance of the sum is that of both groupings, less what is in
    both (Cameron, Gelbach and Miller 2011, section 2.3).
    """
    total = int(by_predicate.sum())
    together = int((by_predicate**2).sum()) + int((by_person**2).sum()) - total
    return max(1.0, together / total) if total else 1.0


def _owners(view: View, sides: Ranked) -> Places:
    """For each record of the target the known person whose own it is, NOBODY without one; 0 where records are nobody's."""
    owners = np.zeros(sides.target.shape[1], np.int64)
    if view.match is not None:
        owners[:] = NOBODY
        there = np.flatnonzero(view.match != NOBODY)
        owners[view.match[there]] = there
    return owners


def _univariate(sides: Ranked) -> tuple[Predicates, Places]:
    """All predicates of one value, of no value, or of an end that match one record of the target, and these records."""
    found: list[npt.NDArray[np.int64]] = []
    for feature, values in enumerate(sides.target):
        ranks, first, times = np.unique(values, return_index=True, return_counts=True)
        once = times == 1
        found.append(_rows(feature, ranks[once], ranks[once], first[once]))
        there = ranks != NO_VALUE
        if sides.ordered[feature] and there.any():
            # Beyond the ends there is nothing in the target: "at most the least" matches who has it.
            least, greatest = np.flatnonzero(there)[[0, -1]]
            ends = [(0, ranks[least], least), (ranks[greatest], sides.most[feature], greatest)]
            found += [_rows(feature, low, high, first[at]) for low, high, at in ends if once[at] and low != high]
    every = np.concatenate(found)
    predicates = Predicates(every[:, :1], every[:, 1:2].astype(np.int32), every[:, 2:3].astype(np.int32))
    return predicates, every[:, 3]


def _rows(feature: int, low: npt.ArrayLike, high: npt.ArrayLike, record: npt.ArrayLike) -> npt.NDArray[np.int64]:
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, np.int64)) for each in (feature, low, high, record)))
    return np.stack(columns, axis=1)


def _multivariate(
    sides: Ranked, records: Places, wanted: int, conditions: int, rng: np.random.Generator
) -> tuple[Predicates, Places]:
    """Predicates of random sets of attributes around random records of the target, in random order, and these records."""
    features = len(sides.target)
    width, candidates = min(conditions, features), wanted * CANDIDATES if len(records) else 0
    orders = np.stack([rng.permutation(features)[:width] for _ in range(SETS)])
    sizes = rng.integers(2, width + 1, SETS)
    chosen = rng.integers(0, SETS, candidates)
    taken, around = orders[chosen], rng.choice(records, candidates) if candidates else np.zeros(0, np.int64)
    values = sides.target[taken, around[:, None]]
    half = sides.ordered[taken] & (values != NO_VALUE)
    upper = values > np.array([_median(each) for each in sides.target])[taken]
    # As many conditions for all: a smaller set's further ones let everything pass.
    free = np.arange(width) >= sizes[chosen][:, None]
    return _between(sides, taken, values, values, half & ~upper, half & upper, free), around


def _between(
    sides: Ranked, features: npt.NDArray[np.int64], low: npt.NDArray[np.integer], high: npt.NDArray[np.integer],
    up_to: npt.NDArray[np.bool_], from_: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_],
) -> Predicates:  # fmt: skip
    least = np.where(free, NO_VALUE, np.where(up_to, 0, low)).astype(np.int32)
    most = np.where(free | from_, sides.most[features], high).astype(np.int32)
    return Predicates(features, least, most)


def _median(values: Ranks) -> float:
    there = values[values != NO_VALUE]
    return float(np.median(there)) if there.size else 0.0


def _guesses(sides: Ranked, like: Predicates, rng: np.random.Generator) -> Predicates:
    """Predicates over the same attributes with values drawn evenly from the source's ranges, and operators by chance."""
    low, high = np.empty_like(like.low), np.empty_like(like.high)
    for feature in np.unique(like.features):
        at = like.features == feature
        low[at], high[at] = sides.drawn(int(feature), int(at.sum()), rng)
    half, upper = sides.ordered[like.features] & (rng.random(low.shape) < 2 / 3), rng.random(low.shape) < 0.5
    free = (like.low == NO_VALUE) & (like.high == sides.most[like.features])
    return _between(sides, like.features, low, high, half & ~upper, half & upper, free)
