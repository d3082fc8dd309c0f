"""The handle over encoded entities: events before work, noise on everything, Poisson samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.privacy.budget import Budget, OverBudget
from engine.privacy.events import GaussianQuery, SampledSteps, Unprotected
from engine.privacy.ledger import MemoryLedger
from engine.privacy.mechanisms import noisy_counts, noisy_sums
from engine.synthesis.forest import Forest
from engine.synthesis.handle import COUNT, Place
from tests.engine.synthesis.tables import private_of, random_forest, tree_of

BUDGET = Budget(1.0, 1e-6)
TREE = tree_of([3, 4], [(0, 4, [5]), (1, 3, [2, 2])])


def test_a_histogram_without_a_promise_is_the_count_of_one_row_of_each_entity() -> None:
    forest = random_forest(TREE, 500)
    private = private_of(forest)
    (both,) = private.histograms("both", [(Place(0, 0), Place(0, 1))], private.rho(0.1))
    assert both.shape == (3, 4)
    codes = forest.rows[0].codes
    assert both[1, 2] == ((codes[:, 0] == 1) & (codes[:, 1] == 2)).sum()
    (below,) = private.histograms("below", [(Place(0, 0), Place(2, 1))], private.rho(0.1))
    assert below.sum() == len(np.unique(forest.owners(2)))


def test_the_number_of_children_is_a_column_of_the_parent() -> None:
    forest = random_forest(TREE, 500)
    (counts,) = private_of(forest).histograms("children", [(Place(1, COUNT),)], np.inf)
    assert counts.tolist() == np.bincount(forest.counts(1), minlength=5).tolist()


def test_a_grandchild_is_counted_with_the_codes_of_its_own_parent_and_root() -> None:
    tree = tree_of([50], [(0, 3, [50]), (1, 3, [50])])
    forest = random_forest(tree, 50)
    for place, rows in enumerate(forest.rows):
        rows.codes[:, 0] = forest.owners(place)
    (table,) = private_of(forest).histograms("owners", [tuple(Place(n, 0) for n in range(3))], np.inf)
    found = np.stack(np.nonzero(table))
    assert found.shape[1] == len(np.unique(forest.owners(2)))
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_columns_that_no_path_joins_make_no_table() -> None:
    private = private_of(random_forest(tree_of([2], [(0, 2, [2]), (0, 2, [2])]), 10))
    with pytest.raises(ValueError, match="one path"):
        private.histograms("siblings", [(Place(1, 0), Place(2, 0))], 1.0)


def test_noise_has_the_deviation_that_its_event_says() -> None:
    ledger = MemoryLedger()
    private = private_of(random_forest(TREE, 20), BUDGET, ledger=ledger)
    cells = [(Place(0, 0), Place(0, 1))] * 200
    noisy = np.stack(private.histograms("noise", cells, 0.002))
    (event,) = ledger.released()
    assert isinstance(event, GaussianQuery)
    assert event.sigma == pytest.approx((1 / 0.004) ** 0.5)
    assert noisy.std() == pytest.approx(event.sigma * 200**0.5, rel=0.1)
    assert (noisy == np.rint(noisy)).all()


def test_a_query_is_charged_where_earlier_answers_left_nothing_to_ask() -> None:
    ledger = MemoryLedger()
    private = private_of(random_forest(TREE, 20), BUDGET, ledger=ledger)
    assert private.histograms("pairs", [], 0.001) == []
    assert private.distances("pairs", [], [], 0.001).tolist() == []
    assert len(ledger.released()) == 2


def test_sums_are_whole_numbers_of_a_grid_that_the_noise_alone_sets() -> None:
    """The last digits of a sum would say which floats were added."""
    for exact in (0.0, 1 / 3, 123456.789):
        noisy = noisy_sums(np.full(1000, exact), 3.0) / (3.0 * 2.0**-30)
        assert (noisy == np.rint(noisy)).all()
        assert noisy_sums(np.full(4000, exact), 3.0).std() == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize("scale", [0.3, 1.0, 40.0])
def test_the_noise_of_a_count_is_rounded_before_a_count_is_there(scale: float) -> None:
    """Its distribution is that of a rounded Gaussian, one and the same for every count and every number of counts."""
    for count, size in ((0, 20_000), (10**12, 20_000), (7, 150_000)):
        noise = noisy_counts(np.full(size, count), scale) - count
        assert (noise == np.rint(noise)).all()
        for at in (0.0, np.ceil(scale)):
            share = stats.norm.cdf((at + 0.5) / scale)
            assert stats.binomtest(int((noise <= at).sum()), size, share).pvalue > 1e-6


def test_a_vector_longer_than_its_bound_moves_a_sum_by_the_bound_alone() -> None:
    private = private_of(random_forest(TREE, 30), Budget(1e9, 1e-6), population=30)

    def vectors(forest: Forest) -> np.ndarray:
        return np.tile([3e6, 4e6], (forest.entities, 1))

    total = private.summed("long", vectors, 1.0, 1e8)
    assert total == pytest.approx([18.0, 24.0], abs=0.1)


def test_steps_are_charged_in_blocks_before_the_first_sample_of_each() -> None:
    ledger = MemoryLedger()
    private = private_of(random_forest(TREE, 200), Budget(8.0, 1e-6), ledger=ledger)
    samples = private.batches("training", 0.01, 2.0, 120)
    assert ledger.released() == ()
    next(samples)
    assert ledger.released() == (SampledSteps("training", 0.01, 2.0, 50),)
    for _ in range(50):
        next(samples)
    assert ledger.released() == (SampledSteps("training", 0.01, 2.0, 100),)
    assert len(list(samples)) == 69
    assert private.events == (SampledSteps("training", 0.01, 2.0, 120),)


def test_samples_that_the_budget_does_not_bear_are_refused_before_anything_is_written() -> None:
    ledger = MemoryLedger()
    private = private_of(random_forest(TREE, 20), BUDGET, ledger=ledger)
    with pytest.raises(OverBudget):
        next(private.batches("training", 0.5, 1.0, 5000))
    with pytest.raises(OverBudget):
        private.histograms("all", [(Place(0, 0),)], 100.0)
    with pytest.raises(OverBudget):
        private.everything()
    assert ledger.released() == ()


def test_what_is_read_without_a_promise_is_written_down_as_unprotected() -> None:
    ledger = MemoryLedger()
    private = private_of(random_forest(TREE, 20), ledger=ledger)
    assert private.everything().entities == 20
    assert sum(1 for _ in private.batches("training", 0.5, 0.0, 60)) == 60
    assert ledger.released() == (Unprotected("all entities"), Unprotected("training"))


def test_each_entity_is_in_a_sample_with_the_chance_q_by_itself() -> None:
    """Frequencies of single entities, of pairs, and the spread of batch sizes: shuffled fixed batches would fail the last."""
    entities, steps, q = 40, 4000, 0.1
    forest = random_forest(tree_of([entities]), entities)
    forest.rows[0].codes[:, 0] = np.arange(entities)
    private = private_of(forest)
    taken = np.zeros((steps, entities), bool)
    for step, sample in enumerate(private.batches("coins", q, 0.0, steps)):
        taken[step, sample.rows[0].codes[:, 0]] = True
    singles = taken.sum(axis=0)
    chi2 = ((singles - steps * q) ** 2 / (steps * q * (1 - q))).sum()
    assert 1e-6 < stats.chi2.sf(chi2, entities) < 1 - 1e-6
    pairs = (taken.astype(int).T @ taken.astype(int))[np.triu_indices(entities, 1)]
    assert np.abs(pairs - steps * q * q).max() < 6 * (steps * q * q) ** 0.5
    sizes = taken.sum(axis=1)
    assert sizes.var() == pytest.approx(entities * q * (1 - q), rel=0.15)


def test_nothing_that_is_chosen_depends_on_whether_one_entity_is_there() -> None:
    """With and without the last entity: the same noise, the same refusals, the same events."""
    tree = tree_of([3], [(0, 4, [5])])
    whole = random_forest(tree, 300)
    seen = []
    for forest in (whole, whole.take(np.arange(299))):
        ledger = MemoryLedger()
        private = private_of(forest, BUDGET, population=300, ledger=ledger)
        sigma = private.noise_multiplier(0.05, 200)
        private.histograms("marginals", [(Place(0, 0),), (Place(1, 0),)], private.rho(0.01))
        left = private.noise_multiplier(0.05, 200)
        with pytest.raises(OverBudget) as refusal:
            next(private.batches("training", 0.05, sigma / 3, 200))
        seen.append((private.population, sigma, left, str(refusal.value), ledger.released()))
    assert seen[0] == seen[1]
