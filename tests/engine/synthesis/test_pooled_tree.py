"""Rare codes are one group to a network, and come back by their noisy shares, only such as are allowed."""

from __future__ import annotations

import numpy as np
import pytest

from engine.synthesis.batch import tree_batch
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.handle import Measured, Place
from engine.synthesis.models.pooled_tree import PooledTree

SHARES = np.array([0.6, 0.004, 0.3, 0.006, 0.09])
TREE = Tree((Node("n", (CodeColumn("a", 5), CodeColumn("b", 3)), None),))
POOLS = PooledTree.of(TREE, Measured({Place(0, 0): SHARES}), 0.01)


def forest(groups: np.ndarray) -> Forest:
    return Forest(POOLS.tree, (NodeRows(groups.astype(np.int32), np.arange(len(groups))),))


def test_codes_rarer_than_the_noise_are_one_group_and_unmeasured_columns_stay() -> None:
    assert POOLS.pools[Place(0, 0)].groups.tolist() == [0, 3, 1, 3, 2]
    assert [column.size for column in POOLS.tree.nodes[0].columns] == [4, 3]
    measured = POOLS.measured(Measured({Place(0, 0): SHARES}))
    assert measured.marginals[Place(0, 0)] == pytest.approx([0.6, 0.3, 0.09, 0.01])


def test_frequent_codes_are_never_pooled_however_strong_the_noise() -> None:
    assert PooledTree.of(TREE, Measured({Place(0, 0): SHARES}), 10.0).pools[Place(0, 0)].size == 4


def test_a_batch_is_seen_in_groups_and_stays_as_it_was() -> None:
    rows = Forest(TREE, (NodeRows(np.array([[1, 2], [2, 0]], np.int32), np.arange(2)),))
    batch = tree_batch(rows)
    assert POOLS.batch(batch).nodes[0].codes.tolist() == [[3, 2], [1, 0]]
    assert batch.nodes[0].codes.tolist() == [[1, 2], [2, 0]]


def test_codes_come_back_by_their_shares() -> None:
    groups = np.column_stack([np.full(5000, 3), np.zeros(5000)])
    codes = POOLS.expanded(forest(groups), np.random.default_rng(1), {}).rows[0].codes[:, 0]
    assert set(codes) == {1, 3}
    assert (codes == 3).mean() == pytest.approx(0.6, abs=0.03)


def test_a_group_counts_by_its_allowed_share_and_gives_only_allowed_codes() -> None:
    allowed = {Place(0, 0): np.array([False, True, True, False, False])}
    assert POOLS.chances(allowed)[0] == pytest.approx([0, 1, 0, 0.4])
    groups = np.column_stack([np.full(200, 3), np.zeros(200)])
    codes = POOLS.expanded(forest(groups), np.random.default_rng(1), allowed).rows[0].codes[:, 0]
    assert set(codes) == {1}
