"""Training: fixed steps, our own rate and divisor, noise that nothing seeds, one clear sentence where it ends early."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

from engine.jobs.control import Cancelled, Control
from engine.synthesis.batch import TreeBatch, tree_batch
from engine.synthesis.clipping import clipped_gradient
from engine.synthesis.generator import Training, TrainingProgress
from engine.synthesis.train import Learner, Settings, Trained, TrainingError, train
from tests.engine.synthesis.toy import ToyLearner, ToyPrivate, random_forest, random_tree

SHORT = Settings(steps=5, batch=8, physical=3)


def private(seed: int = 0, **options: object) -> ToyPrivate:
    rng = np.random.default_rng(seed)
    return ToyPrivate(random_forest(random_tree(rng), 40, rng), population=50, rng=rng, **options)  # type: ignore[arg-type]


def test_rate_and_steps_come_from_settings_and_the_declared_population() -> None:
    handle = private()
    trained = train(ToyLearner(handle.tree), handle, SHORT, Training(), "toy")
    assert trained == Trained(sigma=1.0, steps=5, q=8 / 50)
    assert sum(event.steps for event in handle.events) == 5  # type: ignore[union-attr]


def test_a_population_below_the_batch_samples_everybody() -> None:
    handle = private()
    handle.population = 4
    assert train(ToyLearner(handle.tree), handle, SHORT, Training(), "toy").q == 1.0


def test_training_without_a_promise_lowers_the_loss_and_says_it() -> None:
    handle = private(promises=False)
    seen: list[TrainingProgress] = []
    settings = Settings(steps=300, batch=25, rate=2e-2, warmup=5)
    train(ToyLearner(handle.tree), handle, settings, Training(progress=seen.append), "toy")
    assert seen[-1].step == 300
    assert seen[-1].loss is not None
    assert seen[0].loss is not None
    assert seen[-1].loss < seen[0].loss * 0.7
    assert handle.events[0].sigma == 0.0  # type: ignore[union-attr]


def test_one_seed_for_torch_gives_two_different_trainings() -> None:
    weights = []
    for _ in range(2):
        handle = private()
        torch.manual_seed(1)
        learner = ToyLearner(handle.tree)
        train(learner, handle, SHORT, Training(), "toy")
        weights.append(learner.mix.weight.detach().clone())
    assert not torch.equal(weights[0], weights[1])


def test_a_loss_that_is_no_number_ends_the_training_in_one_sentence() -> None:
    handle = private()
    learner = ToyLearner(handle.tree)
    with torch.no_grad():
        learner.out.weight.fill_(float("nan"))
    with pytest.raises(
        TrainingError, match=r"^the loss is no number any more: train again with a smaller learning rate$"
    ):
        train(learner, handle, SHORT, Training(), "toy")
    assert handle.events


class Stumbling(ToyLearner):
    """Its loss is no number for entities whose first code is 0."""

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        return super().losses(batch, part) / (batch.nodes[0].codes[:, 0] > 0)


def test_one_entity_whose_loss_is_no_number_adds_nothing_and_its_presence_is_not_told_by_a_refusal() -> None:
    handle = private()
    learner, forest = Stumbling(handle.tree), handle.forest
    parameters = list(learner.parameters())
    sound = forest.take(np.flatnonzero(forest.rows[0].codes[:, 0] > 0))
    assert 0 < sound.entities < forest.entities
    sums = [
        clipped_gradient(
            lambda one=one: learner.losses(tree_batch(one), 0.0),  # type: ignore[misc]
            parameters,
            one.entities,
            1.0,
        )
        for one in (forest, sound)
    ]
    torch.testing.assert_close(sums[0], sums[1], rtol=1e-4, atol=1e-4)
    seen: list[TrainingProgress] = []
    train(learner, handle, SHORT, Training(progress=seen.append), "toy")
    assert seen[-1].loss is not None
    assert np.isfinite(seen[-1].loss)


def test_a_cancelled_training_stops_before_the_next_sample_is_learned() -> None:
    control = Control()
    control.cancel()
    handle = private()
    with pytest.raises(Cancelled):
        train(ToyLearner(handle.tree), handle, SHORT, Training(control=control), "toy")


def test_a_parameter_used_behind_its_layer_is_refused() -> None:
    class Regularised(ToyLearner):
        def losses(self, batch, part):  # type: ignore[no-untyped-def]
            return super().losses(batch, part) + self.mix.weight.square().sum()

    handle = private()
    with pytest.raises(TypeError, match="outside its own layer"):
        train(Regularised(handle.tree), handle, SHORT, Training(), "toy")


def test_an_empty_sample_is_a_step_of_noise() -> None:
    handle = private()
    handle.forest = handle.forest.take(np.zeros(0, np.int64))
    learner = ToyLearner(handle.tree)
    before = learner.mix.weight.detach().clone()
    train(learner, handle, SHORT, Training(), "toy")
    assert not torch.equal(learner.mix.weight, before)


class Nothing(Learner):
    """Holds no parameter."""

    def losses(self, batch: TreeBatch, part: float) -> torch.Tensor:
        return torch.zeros(batch.entities)


def test_a_learner_without_parameters_reads_nothing() -> None:
    handle = private()
    assert train(Nothing(), handle, SHORT, Training(), "toy").steps == 0
    assert not handle.events


def test_rate_and_noise_do_not_depend_on_how_many_entities_there_really_are() -> None:
    trained = []
    for entities in (40, 39):
        handle = private()
        handle.forest = handle.forest.take(np.arange(entities))
        trained.append(train(ToyLearner(handle.tree), handle, SHORT, Training(), "toy"))
    assert trained[0] == trained[1]


@pytest.mark.parametrize("promises", [True, False])
def test_the_divisor_is_the_expected_sample_and_never_the_real_one(promises: bool) -> None:
    """A mutant that divides by the number of entities in the sample moves the others' gradients when one entity leaves."""
    found = []
    for entities in (40, 20):
        handle = private(promises=promises, sigma=1e-9)
        handle.population = 20
        handle.forest = handle.forest.take(np.arange(entities) % 20)
        torch.manual_seed(0)
        seen: list[torch.Tensor] = []
        hook = register_optimizer_step_pre_hook(
            lambda optimizer, *_, seen=seen: seen.append(optimizer.param_groups[0]["params"][0].grad.clone())
        )
        train(ToyLearner(handle.tree), handle, Settings(steps=1, batch=20), Training(), "toy")
        hook.remove()
        found.append(seen[0])
    assert torch.allclose(found[0], 2 * found[1], rtol=1e-3, atol=1e-5)


def test_the_loss_that_is_shown_at_a_finite_epsilon_has_noise_of_its_own() -> None:
    shown = []
    for sigma in (1e-9, 5.0):
        handle = private(sigma=sigma)
        handle.population, seen = 40, list[TrainingProgress]()
        torch.manual_seed(0)
        train(ToyLearner(handle.tree), handle, Settings(steps=10, batch=40), Training(progress=seen.append), "toy")
        assert seen[-1].loss is not None
        shown.append(seen[-1].loss)
    assert abs(shown[0] - shown[1]) > 1e-3


def test_without_a_watch_no_loss_is_shown_at_a_finite_epsilon() -> None:
    handle, seen = private(), list[TrainingProgress]()
    settings = Settings(steps=10, batch=8, watch=0.0)
    train(ToyLearner(handle.tree), handle, settings, Training(progress=seen.append), "toy")
    assert [each.loss for each in seen] == [None]


def test_gradient_and_shown_loss_together_move_by_the_clip_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss coordinate of an entity is at most `watch * clip` long, and its gradient the rest of `clip`."""
    clips: list[float] = []

    def noted(losses, parameters, entities, clip):  # type: ignore[no-untyped-def]
        clips.append(clip)
        return clipped_gradient(losses, parameters, entities, clip)

    monkeypatch.setattr("engine.synthesis.train.clipped_gradient", noted)
    handle = private()
    train(ToyLearner(handle.tree), handle, Settings(steps=2, batch=40, clip=0.5, watch=0.3), Training(), "toy")
    assert clips
    assert all(clip**2 + (0.3 * 0.5) ** 2 == pytest.approx(0.5**2) for clip in clips)
