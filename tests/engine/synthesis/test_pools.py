"""Rare codes are one group to a network, and come back out of it as often as they were measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.synthesis.models.pools import Pool, Within, pooled

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda shares: sum(shares) > 0.01).map(np.array)


@given(SHARES, st.floats(0, 0.5))
def test_groups_of_ordered_codes_are_runs_and_all_but_the_last_are_large_enough(shares, least):
    pool = pooled(shares / shares.sum(), True, least)
    assert set(np.diff(pool.groups)) <= {0, 1}
    assert pool.groups[0] == 0
    sizes = np.bincount(pool.groups)
    # What lies between two frequent codes may be too small, but is not mixed with either.
    for group in range(pool.size - 1):
        after = pool.shares[np.flatnonzero(pool.groups == group)[-1] + 1]
        assert pool.mass[group] >= least - 1e-9 or after >= least - 1e-9
    assert sizes.min() >= 1


@given(SHARES, st.floats(0, 0.5))
def test_rare_codes_without_an_order_are_one_group(shares, least):
    pool = pooled(shares / shares.sum(), False, least)
    rare = pool.shares < least
    assert len(set(pool.groups[rare])) <= 1
    assert len(set(pool.groups[~rare])) == (~rare).sum()
    assert not set(pool.groups[rare]) & set(pool.groups[~rare])


@given(SHARES)
def test_without_a_least_share_every_code_is_a_group_and_none_is_impossible(shares):
    for pool in (pooled(shares / shares.sum(), False, 0.0), pooled(shares / shares.sum() + 1e-9, True, 0.0)):
        assert pool.size == len(shares)
        assert (pool.shares > 0).all()
        assert pool.mass.sum() == pytest.approx(1)


@given(st.integers(0, 2**32))
def test_codes_are_drawn_within_their_group(seed):
    rng = np.random.default_rng(seed)
    pool = pooled(rng.dirichlet(np.ones(12) * 0.3), bool(seed % 2), 0.15)
    groups = rng.integers(0, pool.size, 500)
    assert (pool.groups[Within(pool).draw(groups, rng)] == groups).all()


def test_codes_of_a_group_are_drawn_by_their_shares():
    pool = Pool(np.array([0, 1, 1, 1, 0]), np.array([0.1, 0.2, 0.0, 0.6, 0.1]))
    drawn = Within(pool).draw(np.ones(40_000, np.int64), np.random.default_rng(1))
    assert np.bincount(drawn, minlength=5) / 40_000 == pytest.approx([0, 0.25, 0, 0.75, 0], abs=0.01)


@given(SHARES, st.floats(0, 0.5))
def test_ordered_codes_without_a_share_are_in_the_group_of_others_and_never_drawn(shares, least):
    pool = pooled(np.array([0.0, 0.0, *shares, 0.0]) / shares.sum(), True, least)
    assert (pool.mass > 0).all()
    drawn = Within(pool).draw(np.arange(pool.size).repeat(100), np.random.default_rng(1))
    assert {0, 1, len(pool.shares) - 1}.isdisjoint(drawn.tolist())
