"""Records that agree in everything compared: one number for each record, equal for equal ones, on all sides alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from engine.assessment.codes import Codes
from engine.assessment.view import Values

Keys = npt.NDArray[np.uint64]
Classes = npt.NDArray[np.int64]
_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_NOTHING = np.uint64(0x7FF8DEAD00000000)


def bits(values: Values | Codes | Keys) -> Keys:
    """A number for each value, equal for equal ones: all missing values are alike, and so are both zeros."""
    if values.dtype.kind != "f":
        return values.astype(np.int64).view(np.uint64)
    found = np.ascontiguousarray(values, np.float64) + 0.0
    return np.where(np.isnan(found), _NOTHING, found.view(np.uint64))


def keys(columns: Iterable[Values | Codes | Keys], rows: int) -> Keys:
    """A number for each of so many records, of all these columns together; without any, all are alike.

    Records are told apart by 64 mixed bits: among a million the chance that two different ones meet is 1 to 37 million.
    """
    joint = np.zeros(rows, np.uint64)
    for column in columns:
        joint = _mixed(joint + bits(column))
    return joint


def counts(asked: Keys, among: Keys) -> npt.NDArray[np.int64]:
    """How many of these each of the asked agrees with."""
    values, held = np.unique(among, return_counts=True)
    if not len(values):
        return np.zeros(len(asked), np.int64)
    place = np.minimum(np.searchsorted(values, asked), len(values) - 1)
    return np.where(values[place] == asked, held[place], 0)


def classes(sides: Sequence[Sequence[Values]], rows: Sequence[int]) -> tuple[Classes, ...]:
    """The class of each record of each side: numbers from 0 on. `sides`: the compared columns of each, of so many `rows`."""
    joint = keys((np.concatenate(columns) for columns in zip(*sides, strict=True)), sum(rows))
    whole = np.unique(joint, return_inverse=True)[1].astype(np.int64)
    return tuple(np.split(whole, np.cumsum(rows)[:-1]))


def _mixed(joint: Keys) -> Keys:
    """SplitMix64 (Steele, Lea, Flood 2014): every bit depends on every bit."""
    with np.errstate(over="ignore"):
        mixed = joint + _STEP
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
