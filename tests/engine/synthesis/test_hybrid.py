"""The hybrid lays its share aside before it trains, and what it draws comes nearer to the tables that it measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.privacy.accountant import epsilon_of
from engine.privacy.budget import Budget
from engine.privacy.events import SampledSteps
from engine.privacy.ledger import MemoryLedger
from engine.synthesis.generator import Training
from engine.synthesis.handle import COUNT, Place
from engine.synthesis.models.hybrid import Hybrid
from engine.synthesis.models.pairs import pools
from engine.synthesis.models.tilt import MOST_WEIGHT, Cells, joined, tilted
from tests.engine.synthesis.tables import private_of
from tests.engine.synthesis.test_marginals import FAMILY, family, shares

FIRST, NUMBER = (Place(0, 0), Place(0, 1)), (Place(0, 1), Place(1, COUNT))


@pytest.mark.parametrize("pair", [FIRST, NUMBER, (Place(0, 0), Place(1, 0))])
def test_entities_that_are_kept_have_the_measured_tables(pair: tuple[Place, Place]):
    """Of a column, of a number of children, and of children's columns: a pool of other regions is brought near."""
    real, pool = family(3000, 1), family(9000, 2)
    odd = pool.take(np.flatnonzero((pool.rows[0].codes[:, 0] > 0) | (np.arange(9000) % 2 == 0)))
    fine = pools(FAMILY, shares(private_of(real)), 0.0)
    wanted = Cells.of(real, pair, fine).table(3000)
    tilt = tilted(odd, fine, [pair], [wanted], 1e-4)
    kept = tilt.kept(odd, np.random.default_rng(3))
    before, after = (np.abs(Cells.of(each, pair, fine).table(each.entities) - wanted).sum() for each in (odd, kept))
    assert after < max(0.75 * before, 0.12)
    assert np.minimum(tilt.of(odd), MOST_WEIGHT).mean() > 0.97


def test_forests_joined_have_the_rows_of_both():
    one, other = family(20, 4), family(30, 5)
    both = joined([one, other])
    for node in range(3):
        assert both.counts(node).tolist() == [*one.counts(node), *other.counts(node)]
        assert (both.take(np.arange(20, 50)).rows[node].codes == other.rows[node].codes).all()


def test_training_leaves_what_measuring_needs_and_all_stays_within_the_budget():
    forest, ledger, budget = family(2000, 6), MemoryLedger(), Budget(4.0, 1e-5)
    private = private_of(forest, budget, ledger=ledger)
    private.measured = shares(private)
    Hybrid(steps=10, batch=64).fit(private, Training())
    events = ledger.events()
    assert any(isinstance(event, SampledSteps) for event in events)
    assert any(event.what.startswith("how far") for event in events)
    assert epsilon_of(events, 1e-5) <= budget.epsilon


def test_pairs_that_training_missed_come_nearer():
    """After three steps the chain knows next to nothing of pairs; the tables do."""
    forest = family(3000, 7)
    private = private_of(forest, Budget(math.inf, 1e-5))
    private.measured = shares(private)
    fitted = Hybrid(steps=3, batch=64).fit(private, Training())
    fine = pools(FAMILY, private.measured, 0.0)
    drawn, bare = (each.sample(4000, np.random.default_rng(8)) for each in (fitted, fitted._chain))
    wanted = Cells.of(forest, FIRST, fine).table(3000)
    far, near = (np.abs(Cells.of(each, FIRST, fine).table(4000) - wanted).sum() for each in (bare, drawn))
    assert FIRST in fitted.corrected
    assert near < 0.97 * far
