"""Rows of entities are taken, thinned and drawn without one entity knowing of another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.entities import Entities, one_row_each, within
from tests.engine.privacy.people import persons

COUNTS = st.lists(st.integers(0, 6), max_size=30)


def with_children(counts: list[int]) -> Entities:
    parent = np.repeat(np.arange(len(counts)), counts)
    return persons({"who": pa.array(range(len(counts)))}, {"number": pa.array(range(len(parent)))}, parent)


@given(COUNTS, st.integers(1, 4))
def test_thinning_leaves_the_least_of_count_and_bound_in_order(counts: list[int], most: int) -> None:
    thinned = with_children(counts).truncated({1: most}, np.random.default_rng())
    assert thinned.counts(1).tolist() == [min(count, most) for count in counts]
    assert thinned.tables[1].columns["number"].to_pylist() == sorted(thinned.tables[1].columns["number"].to_pylist())


@given(COUNTS, st.data())
def test_taken_entities_keep_their_own_rows(counts: list[int], data: st.DataObject) -> None:
    entities = with_children(counts)
    taken = np.array(sorted(data.draw(st.sets(st.sampled_from(range(len(counts))) if counts else st.nothing()))), int)
    kept = entities.take(taken)
    assert kept.tables[0].columns["who"].to_pylist() == taken.tolist()
    assert kept.counts(1).tolist() == [counts[n] for n in taken]
    whole = entities.tables[1]
    expected = [n for n, parent in enumerate(whole.parent.tolist()) if parent in set(taken.tolist())]
    assert kept.tables[1].columns["number"].to_pylist() == expected


@given(COUNTS)
def test_one_row_stands_for_each_entity_that_has_any(counts: list[int]) -> None:
    owners = np.repeat(np.arange(len(counts)), counts)
    rows, entities = one_row_each(owners, len(counts), np.random.default_rng())
    assert entities.tolist() == [n for n, count in enumerate(counts) if count]
    assert owners[rows].tolist() == entities.tolist()


def test_each_row_of_an_entity_stands_for_it_equally_often() -> None:
    rng = np.random.default_rng(3)
    owners = np.repeat([0, 1], [4, 1])
    drawn = np.concatenate([one_row_each(owners, 2, rng)[0] for _ in range(4000)])
    assert (np.abs(np.bincount(drawn)[:4] - 1000) < 150).all()


def test_each_row_of_a_parent_with_too_many_stays_equally_often_whatever_others_have() -> None:
    rng = np.random.default_rng(4)
    parent = np.repeat([0, 1, 2], [2, 5, 30])
    stays = np.array([within(parent, 2, rng) for _ in range(3000)])
    assert stays[:, :2].all()
    assert (np.abs(stays[:, 2:7].sum(axis=0) - 1200) < 180).all()
    assert (stays[:, 2:7].sum(axis=1) == 2).all()
