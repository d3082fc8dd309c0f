"""A killed training goes on, and what was charged is neither refunded nor used twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.jobs.control import Cancelled, Control
from engine.privacy.budget import Budget
from engine.privacy.events import SampledSteps
from engine.privacy.ledger import MemoryLedger
from engine.privacy.private import PrivateForest
from engine.privacy.spending import Spending
from engine.synthesis import make_generator
from engine.synthesis.checkpoint import Checkpoint, CheckpointError, once
from engine.synthesis.forest import Forest
from engine.synthesis.generator import Training, TrainingProgress
from engine.synthesis.handle import Measured
from engine.synthesis.train import Settings, TrainingError, calibrated, train
from tests.engine.synthesis.toy import ToyLearner, random_forest, random_tree

SETTINGS = Settings(steps=120, batch=20, block=50)
STEPS = 120


class Killed(BaseException):
    """What no training catches: the process is gone."""


class Release:
    """One release of a toy population, through one process after another."""

    def __init__(self, epsilon: float = 8.0) -> None:
        rng = np.random.default_rng(3)
        self.forest: Forest = random_forest(random_tree(rng), 60, rng)
        self.budget, self.ledger = Budget(epsilon, 1e-5), MemoryLedger()

    def private(self, population: int = 60) -> PrivateForest:
        return PrivateForest(self.forest, Measured(), population, Spending(self.budget, self.ledger))

    def charged(self) -> int:
        return sum(event.steps for event in self.ledger.released())  # type: ignore[union-attr]

    def train(self, training: Training, settings: Settings = SETTINGS) -> ToyLearner:
        torch.manual_seed(0)
        learner = ToyLearner(self.forest.tree)
        train(learner, self.private(), settings, training, "toy")
        return learner


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "training", os.urandom(32))


def stopping_at(step: int, seen: list[int]) -> Iterator[None]:
    def progress(at: TrainingProgress) -> None:
        seen.append(at.step)
        if at.step == step:
            raise Killed

    return progress  # type: ignore[return-value]


@pytest.mark.parametrize(("killed", "goes_on"), [(10, 60), (70, 110), (100, 110)])
def test_a_killed_training_goes_on_after_the_steps_that_were_charged(
    checkpoint: Checkpoint, killed: int, goes_on: int
) -> None:
    release, seen = Release(), list[int]()
    with pytest.raises(Killed):
        release.train(Training(progress=stopping_at(killed, seen), checkpoint=checkpoint))  # type: ignore[arg-type]
    charged = release.charged()
    assert charged == (killed - 1) // 50 * 50 + 50
    seen.clear()
    release.train(Training(progress=lambda at: seen.append(at.step), checkpoint=checkpoint))
    assert seen[0] == goes_on
    assert seen[-1] == STEPS
    assert release.charged() == STEPS


@pytest.mark.parametrize("model", ["chain", "vae", "gan"])
def test_every_trained_model_goes_on_after_it_was_killed_within_what_is_left(
    checkpoint: Checkpoint, model: str
) -> None:
    """The steps that are charged already must change neither its noise nor the shape of its networks."""
    release, generator = Release(1.0), make_generator(model, {"steps": 60, "batch": 500})
    with pytest.raises(Killed):
        generator.fit(
            release.private(30_000),
            Training(progress=stopping_at(60, []), checkpoint=checkpoint),  # type: ignore[arg-type]
        )
    generator.fit(release.private(30_000), Training(checkpoint=checkpoint))
    steps = [event for event in release.ledger.released() if isinstance(event, SampledSteps)]
    assert [event.steps for event in steps] == [60]
    assert release.ledger.spent(1e-5) <= 1.0


def test_a_cancelled_training_keeps_what_it_learned_in_its_last_block(checkpoint: Checkpoint) -> None:
    release, control = Release(float("inf")), Control()

    def progress(at: TrainingProgress) -> None:
        if at.step == 80:
            control.cancel()

    with pytest.raises(Cancelled):
        release.train(Training(control=control, progress=progress, checkpoint=checkpoint))
    seen: list[int] = []
    release.train(Training(progress=lambda at: seen.append(at.step), checkpoint=checkpoint))
    assert seen[0] == 90


def test_a_finished_training_is_not_trained_again(checkpoint: Checkpoint) -> None:
    release = Release()
    settings = Settings(steps=100, batch=20, block=50)
    first = release.train(Training(checkpoint=checkpoint), settings)
    second = release.train(Training(checkpoint=checkpoint), settings)
    assert torch.equal(first.mix.weight, second.mix.weight)
    assert release.charged() == 100


def test_without_a_checkpoint_a_training_begins_anew_and_is_charged_anew() -> None:
    release = Release()
    with pytest.raises(Killed):
        release.train(Training(progress=stopping_at(10, [])))  # type: ignore[arg-type]
    release.train(Training())
    assert release.charged() == 50 + STEPS


def test_sigma_is_calibrated_once_for_all_attempts(checkpoint: Checkpoint) -> None:
    release, training = Release(), Training(checkpoint=checkpoint)
    sigma = calibrated(release.private(), SETTINGS, training, "toy")
    with pytest.raises(Killed):
        release.train(Training(progress=stopping_at(70, []), checkpoint=checkpoint))  # type: ignore[arg-type]
    assert calibrated(release.private(), SETTINGS, training, "toy") == sigma


def test_the_checkpoint_of_other_settings_is_refused(checkpoint: Checkpoint) -> None:
    release = Release()
    release.train(Training(checkpoint=checkpoint), Settings(steps=100, batch=20))
    with pytest.raises(TrainingError, match="of another training"):
        release.train(Training(checkpoint=checkpoint), Settings(steps=100, batch=20, rate=0.5))


def test_nothing_can_be_read_from_a_checkpoint_without_its_key(checkpoint: Checkpoint) -> None:
    state = {"step": 3, "none": None, "deep": {0: [torch.arange(3), 1.5, "a sentence of somebody's"]}}
    checkpoint.write("toy", state)
    kept = checkpoint.read("toy")
    assert kept is not None
    assert kept["deep"][0][0].tolist() == [0, 1, 2]
    assert (kept["step"], kept["none"], kept["deep"][0][1:]) == (3, None, [1.5, "a sentence of somebody's"])
    (file,) = checkpoint.folder.iterdir()
    assert b"sentence" not in file.read_bytes()
    assert "toy" not in file.name
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(CheckpointError):
        Checkpoint(checkpoint.folder, bytes(32)).read("toy")
    assert str(checkpoint.key) not in repr(checkpoint)


def test_what_was_paid_for_is_made_once(checkpoint: Checkpoint) -> None:
    made: list[int] = []

    def make() -> dict[str, float]:
        made.append(1)
        return {"count": 3.5}

    assert [once(checkpoint, "pairs", make) for _ in range(2)] == [{"count": 3.5}] * 2
    assert len(made) == 1
    once(None, "pairs", make)
    assert len(made) == 2
