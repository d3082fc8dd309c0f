"""Training runs on the first device that works, in a fixed order, and fits itself to the memory that is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.synthesis import devices
from engine.synthesis.devices import detected, device_for, use_threads, works
from engine.synthesis.generator import Training
from engine.synthesis.train import Settings, TrainingError, train
from tests.engine.synthesis.toy import ToyLearner, ToyPrivate, random_forest, random_tree


@pytest.mark.parametrize(
    ("usable", "chosen"), [({"cpu"}, "cpu"), ({"mps", "cpu"}, "mps"), ({"cuda", "mps", "cpu"}, "cuda")]
)
def test_the_first_device_that_works_is_taken(monkeypatch: pytest.MonkeyPatch, usable: set[str], chosen: str) -> None:
    monkeypatch.setattr(devices, "works", usable.__contains__)
    assert detected() == chosen


def test_a_device_that_is_not_here_is_refused_in_one_sentence() -> None:
    wanted = next(name for name in ("cuda", "mps", "xpu") if not works(name))
    with pytest.raises(ValueError, match=f"^the device {wanted} cannot be used here: say auto or cpu$"):
        device_for(wanted)
    assert device_for("cpu") == torch.device("cpu")


def test_the_environment_says_how_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", str(before))
    assert use_threads() == before
    monkeypatch.delenv("OMP_NUM_THREADS")
    try:
        assert 1 <= use_threads() <= 4
        assert use_threads(1) == 1
    finally:
        torch.set_num_threads(before)


class Greedy(ToyLearner):
    """Memory is short for more than so many entities at once."""

    most = 3

    def losses(self, batch, part):  # type: ignore[no-untyped-def]
        if batch.entities > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return super().losses(batch, part)


@pytest.mark.parametrize("promises", [True, False])
def test_short_memory_halves_the_pieces_and_changes_nothing_else(promises: bool) -> None:
    weights = []
    for kind in (ToyLearner, Greedy):
        rng = np.random.default_rng(2)
        forest = random_forest(random_tree(rng), 40, rng)
        handle = ToyPrivate(forest, 40, promises=promises, sigma=1e-9, rng=rng)
        torch.manual_seed(0)
        learner = kind(forest.tree)
        train(learner, handle, Settings(steps=3, batch=20), Training(), "toy")
        assert len(handle.events) == 1
        weights.append(torch.cat([each.detach().flatten() for each in learner.parameters()]))
    assert torch.allclose(weights[0], weights[1], atol=2e-3)


def test_memory_too_short_for_one_entity_ends_the_training_in_one_sentence() -> None:
    rng = np.random.default_rng(2)
    forest = random_forest(random_tree(rng), 40, rng)
    learner = Greedy(forest.tree)
    learner.most = 0
    with pytest.raises(
        TrainingError, match=r"^the memory of the device cpu is too small for one entity: train on the cpu$"
    ):
        train(learner, ToyPrivate(forest, 40), Settings(steps=3, batch=20), Training(), "toy")


@pytest.mark.notyet("no CUDA and no Metal device here")
@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_training_on_a_device_gives_finite_weights_on_the_processor(device: str) -> None:
    if not works(device):
        pytest.skip(f"notyet: no {device} device here")
    rng = np.random.default_rng(2)
    forest = random_forest(random_tree(rng), 40, rng)
    learner = ToyLearner(forest.tree)
    train(learner, ToyPrivate(forest, 40), Settings(steps=3, batch=20), Training(device=device), "toy")
    assert all(each.device.type == "cpu" and bool(each.isfinite().all()) for each in learner.parameters())
