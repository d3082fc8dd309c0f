"""Noisy counts of neighbours come nearer to the truth by smoothing, spikes stay, and a range ends where its values end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.synthesis.smoothing import ends, faint, smoothed

NOISE = 30.0
AGES = 900 * np.exp(-0.5 * ((np.arange(74) - 20) / 14) ** 2)
HOURS = np.where(np.arange(99) == 39, 15_000, np.where(np.arange(99) % 5 == 4, 800, 60)).astype(float)


def _off(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(found - truth).sum() / truth.sum() / 2)


def _noisy(truth: np.ndarray, seed: int) -> np.ndarray:
    return truth + np.random.default_rng(seed).normal(0, NOISE, len(truth))


def test_a_smooth_column_is_a_fifth_nearer_to_the_truth() -> None:
    pairs = [(_off(smoothed(_noisy(AGES, seed), NOISE), AGES), _off(_noisy(AGES, seed), AGES)) for seed in range(20)]
    assert np.mean([after for after, _ in pairs]) < 0.8 * np.mean([before for _, before in pairs])


def test_spikes_stay_and_a_jagged_column_is_no_farther_from_the_truth() -> None:
    found = [smoothed(_noisy(HOURS, seed), NOISE) for seed in range(20)]
    assert np.mean([each[39] for each in found]) == pytest.approx(15_000, rel=0.01)
    before = np.mean([_off(_noisy(HOURS, seed), HOURS) for seed in range(20)])
    assert np.mean([_off(each, HOURS) for each in found]) < before


@given(st.integers(0, 2**32), st.integers(5, 40), st.integers(5, 40))
def test_a_range_never_starts_after_nor_ends_before_values_that_are_clear_of_the_noise(
    seed: int, before: int, after: int
) -> None:
    truth = np.concatenate([np.zeros(before), np.full(16, 40 * NOISE), np.zeros(after)])
    first, end = ends(_noisy(truth, seed), NOISE) or (0, 0)
    assert first <= before
    assert end >= before + 16


def test_a_range_is_seldom_too_long() -> None:
    truth = np.concatenate([np.zeros(8), np.full(16, 500.0), np.zeros(30)])
    exact = [ends(_noisy(truth, seed), NOISE) == (8, 24) for seed in range(200)]
    assert np.mean(exact) > 0.85


def test_noise_alone_is_no_range() -> None:
    seen = [ends(_noisy(np.zeros(60), seed), NOISE) is not None for seed in range(200)]
    assert np.mean(seen) < 0.05


def test_rare_values_that_are_clear_of_the_noise_together_keep_their_mass() -> None:
    truth = np.concatenate([[20_000.0], np.full(40, 0.8 * NOISE)])
    found = np.mean([faint(_noisy(truth, seed), NOISE) for seed in range(100)], axis=0)
    assert found[1:].sum() == pytest.approx(truth[1:].sum(), rel=0.2)
    assert found[0] == pytest.approx(20_000, rel=0.01)


def test_values_that_nobody_has_get_next_to_no_mass() -> None:
    truth = np.concatenate([[20_000.0], np.zeros(200)])
    assert np.mean([faint(_noisy(truth, seed), NOISE)[1:].sum() for seed in range(100)]) < 0.02 * 20_000
