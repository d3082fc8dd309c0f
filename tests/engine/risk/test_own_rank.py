"""Ranks of the own row, as if every distance were looked at one by one; weights that follow what masking did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.jobs.control import Control
from engine.risk import own_rank
from engine.risk.clues import Clue, Weighed, weighed

CONTROL = Control()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 1)), min_size=2, max_size=25), st.integers(1, 40))
def test_all_blocks_together_rank_as_one_by_one(rows: list[tuple[int, int]], cells: int) -> None:
    numbers, codes = np.array([n for n, _ in rows], float), np.array([c for _, c in rows], np.int32)
    own = np.roll(np.arange(len(rows)), 1)
    clues = [Weighed(numbers, numbers[::-1]), Weighed(codes, codes[::-1], np.eye(3))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_rank, "CELLS", cells)
        found = own_rank.ranked(clues, np.arange(len(rows)), own, len(rows), CONTROL)
    apart = (numbers[:, None] - numbers[::-1]) ** 2 + 2.0 * (codes[:, None] != codes[::-1])
    true = apart[np.arange(len(rows)), own][:, None]
    assert found.nearer.tolist() == (apart < true).sum(axis=1).tolist()
    assert found.as_near.tolist() == ((apart == true).sum(axis=1) - 1).tolist()


def test_five_guesses_among_ties_share_their_chance() -> None:
    """Nothing nearer and three as near: 1 of 4. Three nearer and three as near: two guesses left for four rows."""
    found = own_rank.Ranked(np.array([0, 3, 5]), np.array([3, 3, 0]), 100)
    assert found.success().tolist() == [0.25, 0, 0]
    assert found.success(5).tolist() == [1, 0.5, 0]
    assert found.among(100) == pytest.approx(found.success().mean())


def test_among_half_of_the_candidates_one_rival_is_there_half_the_time() -> None:
    rival = own_rank.Ranked(np.array([1]), np.array([0]), 100)
    tie = own_rank.Ranked(np.array([0]), np.array([1]), 100)
    assert rival.among(50) == pytest.approx(0.5)
    assert tie.among(50) == pytest.approx(0.75)


def test_what_has_nothing_in_common_weighs_nothing_and_the_exact_most() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=1000)
    places = np.arange(500)
    same, near, other = (
        weighed(Clue(values, values + noise, altered=True), places, places, rng)
        for noise in (np.zeros(1000), rng.normal(0, 0.1, 1000), 100 * rng.normal(size=1000))
    )
    spans = [float(np.ptp(found[0].known)) if found else 0.0 for found in (same, near, other)]
    assert spans[0] > 100 * spans[1] > 100 * spans[2]
