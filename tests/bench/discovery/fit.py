"""Weights of the fusion from labelled columns: a conditional logit held near the values set by hand, then a map to calibrated odds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.profiling.fusion import FEATURES, Weights, features, probabilities
from tests.bench.discovery.evidence import Evidence

BY_HAND = Weights(dict.fromkeys(FEATURES, 1.0) | {"prior": -4.0, "agreement": 0.0, "contradiction": 0.5}, rest=-4.0)
STRENGTH = 60.0
"""How firmly a coefficient is held at its value by hand: firmly, as those who wrote the detectors had these databases at hand."""
_ROUNDS = 60


@dataclass(frozen=True)
class Design:
    """The alternatives of each column as rows of numbers; 0 is nothing personal, 1 is something that no clue names."""

    values: np.ndarray
    """Column, alternative, feature (the last one marks the rest)."""
    possible: np.ndarray
    chosen: np.ndarray
    weight: np.ndarray


def design(columns: Sequence[Evidence]) -> Design:
    """Columns of a large database count less each, so that no one database decides."""
    found = [features(each.column.kind, each.clues) for each in columns]
    width = 2 + max((len(entities) for entities in found), default=0)
    values = np.zeros((len(columns), width, len(FEATURES) + 1))
    possible = np.zeros((len(columns), width), bool)
    chosen = np.zeros(len(columns), int)
    sizes = Counter(each.label.database for each in columns)
    for row, (each, entities) in enumerate(zip(columns, found, strict=True)):
        possible[row, : 2 + len(entities)] = True
        values[row, 1, -1] = 1.0
        for place, (entity, told) in enumerate(entities.items(), 2):
            values[row, place, :-1] = [told[name] for name in FEATURES]
            if entity == each.label.entity:
                chosen[row] = place
        if each.label.entity and not chosen[row]:
            chosen[row] = 1
    weight = np.array([1 / math.sqrt(sizes[each.label.database]) for each in columns])
    return Design(values, possible, chosen, weight * len(columns) / weight.sum())


def fit(columns: Sequence[Evidence], strength: float = STRENGTH) -> Weights:
    """By Newton's method; evidence is never turned round: its coefficients stay at 0 or above."""
    told = design(columns)
    start = np.array([*(BY_HAND.features[name] for name in FEATURES), BY_HAND.rest])
    least = np.array([-np.inf if name == "prior" else 0.0 for name in FEATURES] + [-np.inf])
    now = start.copy()
    rows = np.arange(len(told.chosen))
    for _ in range(_ROUNDS):
        shares = _softmax(told, now)
        mean = np.einsum("na,naf->nf", shares, told.values)
        gap = told.values[rows, told.chosen] - mean
        slope = told.weight @ gap - strength * (now - start)
        spread = told.values - mean[:, None, :]
        curve = np.einsum("n,na,naf,nag->fg", told.weight, shares, spread, spread) + strength * np.eye(len(now))
        step = np.linalg.solve(curve, slope)
        now = np.maximum(least, now + step * min(1.0, 2.0 / np.abs(step).max()))
        if np.abs(step).max() < 1e-6:
            break
    *coefficients, rest = (float(value) for value in now)
    found = dict(zip(FEATURES, coefficients, strict=True))
    found["contradiction"] = min(found["contradiction"], found["name"], found["values"])
    return Weights(found, rest)


def _softmax(told: Design, now: np.ndarray) -> np.ndarray:
    scores = np.where(told.possible, told.values @ now, -np.inf)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def left_out(columns: Sequence[Evidence], strength: float = STRENGTH) -> dict[str, Weights]:
    """Database -> weights from all the others; their calibration is from columns that each had been left out as well."""
    databases = sorted({each.label.database for each in columns})
    return {name: calibrated([each for each in columns if each.label.database != name], strength) for name in databases}


def calibrated(columns: Sequence[Evidence], strength: float = STRENGTH) -> Weights:
    """Weights from these columns, and the map of their odds from leaving out one database at a time."""
    odds, personal = [], []
    for name in sorted({each.label.database for each in columns}):
        inside = [each for each in columns if each.label.database == name]
        outside = fit([each for each in columns if each.label.database != name], strength)
        odds += [_log_odds(each, outside) for each in inside]
        personal += [each.label.entity is not None for each in inside]
    slope, shift = platt(np.array(odds), np.array(personal))
    return replace(fit(columns, strength), slope=slope, shift=shift)


def _log_odds(column: Evidence, fitted: Weights) -> float:
    personal, _ = probabilities(column.column.kind, column.clues, fitted)
    personal = min(max(personal, 1e-12), 1 - 1e-12)
    return math.log(personal / (1 - personal))


def platt(odds: np.ndarray, personal: np.ndarray) -> tuple[float, float]:
    """Slope and shift of a logistic regression, held near 1 and 0; it makes the odds smaller, never bolder."""
    features_ = np.stack([np.clip(odds, -12, 12), np.ones_like(odds)], axis=1)
    start = np.array([1.0, 0.0])
    now = start.copy()
    for _ in range(_ROUNDS):
        share = 1 / (1 + np.exp(-features_ @ now))
        slope = features_.T @ (personal - share) - STRENGTH * (now - start)
        curve = (features_ * (share * (1 - share))[:, None]).T @ features_ + STRENGTH * np.eye(2)
        now = now + np.linalg.solve(curve, slope)
    return min(1.0, max(0.05, float(now[0]))), float(now[1])
