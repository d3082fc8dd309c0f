"""Guess what is not known of a person from the records of the target: by the nearest one, or by those with the same keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.view import FeatureKind, Frame, Places, Values, View
from engine.jobs.control import Control
from engine.risk.neighbours import Single, Space, apart, nearest, space

CELLS = 400_000
HIDDEN = 255
"""More keys than any record can differ in."""


@dataclass(frozen=True, slots=True, eq=False)
class Attacked:
    """Who is attacked: records of the source, and which record of the target is each one's own, where that is known."""

    people: Frame
    own: Places | None
    control: Frame | None
    """Held-out people; None where there are none, or the people's own records can be hidden instead."""


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """Of one secret, for each person."""

    main: Values
    control: Values | None
    """For each held-out person, or for the same people with their own record hidden."""


def others(view: View, features: Sequence[int], secret: int) -> tuple[int, ...]:
    """Features that are no figure of the secret's own column: its mean is not known of whose sum is secret."""
    hidden = view.features[secret]
    return tuple(
        place
        for place in features
        if place != secret
        and (
            hidden.column is None
            or (view.features[place].table, view.features[place].column) != (hidden.table, hidden.column)
        )
    )


def by_neighbour(
    view: View,
    features: Sequence[int],
    secrets: Sequence[int],
    who: Attacked,
    rng: np.random.Generator,
    control: Control,
) -> Mapping[int, Guesses]:
    """What the nearest record by all other features has. Raises Cancelled."""
    within = space(view, features)
    able = [secret for secret in secrets if others(view, features, secret)]
    if not able:
        return {}
    sets = np.array([np.isin(features, others(view, features, secret)) for secret in able])
    lists = nearest(within, within.spelt(who.people), sets, 2, rng, control)
    held = nearest(within, within.spelt(who.control), sets, 1, rng, control) if who.control is not None else None
    found = {}
    for at, secret in enumerate(able):
        has = view.target.columns[secret]
        hidden = (
            None if who.own is None else has[np.where(lists[at, :, 0] == who.own, lists[at, :, -1], lists[at, :, 0])]
        )
        found[secret] = Guesses(has[lists[at, :, 0]], hidden if held is None else has[held[at, :, 0]])
    return found


def by_keys(
    view: View, keys: Mapping[int, Sequence[int]], radius: Mapping[int, float], who: Attacked, control: Control
) -> Mapping[int, Guesses]:
    """The most frequent category among records with the same keys, or with the most keys in common. Raises Cancelled.

    `keys`: of each secret; `radius`: within which numbers are the same.
    """
    found = {}
    for secret, known in keys.items():
        within = space(view, known)
        near = np.array([radius[key] for key in known]) / within.spread
        # A category is the same or is not; rounding of numbers to 32 bits is no difference.
        near = np.where(within.category, 0.5, near + 1e-6)
        has = view.target.columns[secret].astype(np.int64)
        main, hidden = _frequent(within, within.spelt(who.people), near, has, who.own, control)
        if who.control is not None:
            hidden = _frequent(within, within.spelt(who.control), near, has, None, control)[0]
        found[secret] = Guesses(main, hidden)
    return found


def _frequent(
    within: Space,
    asked: Single,
    near: npt.NDArray[np.float64],
    has: npt.NDArray[np.int64],
    own: Places | None,
    control: Control,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32] | None]:
    """For each person the most frequent code, and the most frequent one with the own record hidden."""
    people, records = asked.shape[1], within.records.shape[1]
    levels = int(has.max(initial=0)) + 2
    # No value counts for nothing that could be told: it comes last, and wins no tie.
    codes = np.where(has < 0, levels - 1, has)
    main, hidden = np.empty(people, np.int32), np.empty(people, np.int32)
    step = max(1, CELLS // max(records, levels))
    for start in range(0, people, step):
        control.check()
        block = slice(start, start + step)
        differ = np.zeros((min(step, people - start), records), np.uint8)
        for key in range(len(near)):
            differ += apart(within, asked[:, block], key) > near[key]
        main[block] = _mode(differ, codes, levels)
        if own is not None:
            differ[np.arange(len(differ)), own[block]] = HIDDEN
            hidden[block] = _mode(differ, codes, levels)
    return main, hidden if own is not None else None


def _mode(differ: npt.NDArray[np.uint8], codes: npt.NDArray[np.int64], levels: int) -> npt.NDArray[np.int64]:
    people, records = np.nonzero(differ == differ.min(axis=1, keepdims=True))
    times = np.bincount(people * levels + codes[records], minlength=len(differ) * levels)
    most = times.reshape(len(differ), levels).argmax(axis=1)
    return np.where(most == levels - 1, -1, most)


def keys_of(view: View, features: Sequence[int], secret: int, most: int) -> tuple[int, ...]:
    """The plan's quasi-identifiers, or else the other features with the most values."""
    free = others(view, features, secret)
    named = tuple(place for place in free if place in view.quasi)
    if named:
        return named
    return tuple(sorted(free, key=lambda place: (-len(np.unique(view.target.columns[place])), place))[:most])


def is_category(view: View, feature: int) -> bool:
    return view.features[feature].kind is FeatureKind.CATEGORY
