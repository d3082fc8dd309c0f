"""Protective noise is normal, of the right size, and no seed reproduces it."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from torch.optim.optimizer import register_optimizer_step_pre_hook

from engine.synthesis.generator import Training
from engine.synthesis.noise import normals
from engine.synthesis.train import Settings, train
from tests.engine.synthesis.toy import ToyLearner, ToyPrivate, random_forest, random_tree


def test_noise_is_standard_normal() -> None:
    drawn = normals(200_001)
    assert drawn.shape == (200_001,)
    assert drawn.dtype == torch.float64
    # A sound sampler fails this once in a million runs.
    assert kstest(drawn.numpy(), "norm").pvalue > 1e-6
    # Pairs come of one radius and one angle: their halves, and their squares, must not go together.
    half = len(drawn) // 2
    first, second = drawn[:half].numpy(), drawn[half : 2 * half].numpy()
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / half**0.5
    assert abs(np.corrcoef(first**2, second**2)[0, 1]) < 5 / half**0.5


@pytest.mark.parametrize("count", [1, 2, 5])
def test_so_many_numbers_are_given_as_were_asked_for(count: int) -> None:
    assert len(normals(count)) == count


def test_no_seed_reproduces_noise() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(5)
        np.random.seed(5)
        drawn.append(normals(100))
    assert not torch.equal(drawn[0], drawn[1])


def test_a_seed_cannot_even_be_given() -> None:
    assert set(inspect.signature(normals).parameters) == {"count", "device"}
    with pytest.raises(TypeError):
        normals(3, seed=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        normals(3, generator=torch.Generator())  # type: ignore[call-arg]


def test_a_step_without_entities_has_noise_of_sigma_times_clip_over_the_expected_batch() -> None:
    rng = np.random.default_rng(0)
    forest = random_forest(random_tree(rng), 0, rng)
    seen: list[torch.Tensor] = []

    def before_step(optimizer: torch.optim.Optimizer, *_: object) -> None:
        seen.append(optimizer.param_groups[0]["params"][0].grad.clone())

    hook = register_optimizer_step_pre_hook(before_step)
    try:
        handle = ToyPrivate(forest, population=1000, sigma=2.0)
        train(ToyLearner(forest.tree, 32), handle, Settings(steps=4, batch=50, clip=0.3), Training(), "toy")
    finally:
        hook.remove()
    drawn = torch.cat(seen)
    assert float(drawn.std()) == pytest.approx(2.0 * 0.3 / 50, rel=0.1)
    assert kstest(drawn.numpy() / (2.0 * 0.3 / 50), "norm").pvalue > 1e-6
