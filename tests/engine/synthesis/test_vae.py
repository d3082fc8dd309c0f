"""The VAE: each entity's loss is its own, the latent carries what siblings share, and what is drawn looks like what was learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.privacy.budget import Budget
from engine.privacy.events import GaussianQuery, SampledSteps
from engine.privacy.ledger import MemoryLedger
from engine.synthesis.batch import tree_batch
from engine.synthesis.forest import Forest, NodeRows
from engine.synthesis.generator import Training
from engine.synthesis.handle import Measured, Place
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.tree_rows import WideRows, context_codes, path_codes, wide_codes
from engine.synthesis.models.tree_sampling import drawn_codes
from engine.synthesis.models.vae import LATENTS, EntityVae, learner_for
from tests.engine.synthesis.tables import private_of, random_forest, tree_of

DEEP = tree_of([3, 2], [(0, 3, [4, 5]), (1, 2, [6])])


def siblings(entities: int) -> Forest:
    """Every entity has three children, all with one code that only they know, and a root that says nothing of it."""
    rng = np.random.default_rng(0)
    tree = tree_of([2], [(0, 3, [4])])
    code = np.repeat(rng.integers(0, 4, entities), 3)
    return Forest(
        tree,
        (
            NodeRows(rng.integers(0, 2, (entities, 1)).astype(np.int32), np.arange(entities)),
            NodeRows(code[:, None].astype(np.int32), np.repeat(np.arange(entities), 3)),
        ),
    )


def test_noise_of_a_row_does_not_depend_on_the_rows_after_it() -> None:
    long, short = (RowNoise(5).normal(torch.empty(rows, 3)) for rows in (50, 17))
    assert torch.equal(long[:17], short)
    assert abs(float(RowNoise(5).normal(torch.empty(20_000, 2)).std()) - 1) < 0.02


def test_the_kl_term_comes_in_slowly() -> None:
    forest = random_forest(DEEP, 30)
    learner = learner_for(DEEP, np.random.default_rng(1))
    means = []
    for part in (0.0, 0.5, 1.0):
        torch.manual_seed(3)
        means.append(float(learner.losses(tree_batch(forest), part).detach().mean()))
    assert means[0] < means[1] == pytest.approx(means[2])


def test_a_row_reads_its_ancestors_the_sibling_before_it_and_its_ordinal() -> None:
    forest = Forest(
        DEEP,
        (
            NodeRows(np.array([[2, 1], [0, 0]], np.int32), np.arange(2)),
            NodeRows(np.array([[3, 4], [1, 2], [0, 0]], np.int32), np.array([0, 0, 1])),
            NodeRows(np.array([[5]], np.int32), np.array([1])),
        ),
    )
    batch = tree_batch(forest)
    wide = wide_codes(batch)
    context = context_codes(batch, path_codes(batch, wide))
    assert wide[0].tolist() == [[2, 1, 2], [0, 0, 1]]
    assert wide[1].tolist() == [[3, 4, 0], [1, 2, 1], [0, 0, 0]]
    # Columns and counts of the root, the last sibling's columns (4 and 5: there is none), the ordinal.
    assert context[1].tolist() == [[2, 1, 2, 4, 5, 0], [2, 1, 2, 3, 4, 1], [0, 0, 1, 4, 5, 0]]
    assert context[2].tolist() == [[1, 2, 1, 2, 1, 2, 6, 0]]
    for node, codes in enumerate(context):
        sizes = WideRows(DEEP).context(node)
        assert codes.shape[1] == len(sizes)
        assert all(int(codes[:, column].max()) < size for column, size in enumerate(sizes))


def test_codes_are_drawn_by_their_chances_and_never_where_there_is_none() -> None:
    chances = torch.tensor([0.0, 0.7, 0.0, 0.3, 0.0]).repeat(20_000, 1)
    drawn = torch.bincount(drawn_codes(chances, np.random.default_rng(2)), minlength=5) / 20_000
    assert drawn[[0, 2, 4]].sum() == 0
    assert float(drawn[1]) == pytest.approx(0.7, abs=0.02)


def test_siblings_agree_where_they_agreed_in_what_was_learned() -> None:
    forest = siblings(600)
    measured = Measured({Place(0, 0): np.full(2, 0.5), Place(1, 0): np.full(4, 0.25)}, {1: np.array([0, 0, 0, 1.0])})
    model = EntityVae(steps=120, batch=64, rate=3e-2, hidden=12, encoder=16, latent=4).fit(
        private_of(forest, measured=measured), Training()
    )
    drawn = model.sample(500, np.random.default_rng(4))
    codes = drawn.rows[1].codes[:, 0].reshape(500, 3)
    assert (drawn.counts(1) == 3).mean() > 0.97
    assert ((codes[:, 0] == codes[:, 1]) & (codes[:, 1] == codes[:, 2])).mean() > 0.8


def test_latents_are_measured_once_with_the_share_that_was_set_aside() -> None:
    ledger = MemoryLedger()
    forest = random_forest(DEEP, 1500)
    handle = private_of(forest, Budget(5.0, 1e-5), ledger=ledger)
    EntityVae(steps=5, batch=32, prior=0.05).fit(handle, Training())
    queries = [event for event in ledger.events() if isinstance(event, GaussianQuery)]
    assert [query.what for query in queries] == [LATENTS]
    assert queries[0].sigma == pytest.approx((2 * handle.rho(0.05)) ** -0.5)
    assert sum(event.steps for event in ledger.events() if isinstance(event, SampledSteps)) == 5
