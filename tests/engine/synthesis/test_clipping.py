"""The clipped sum is what a slow loop over entities makes of each one's own gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.synthesis.clipping import clipped_sums, refuse_other_parameters
from engine.synthesis.layers import EntityEmbedding, EntityLinear, recording

SIZES = (3, 5, 2)


class Pooled(nn.Module):
    """Root codes and child codes, layers used several times, siblings added up, a loss for each entity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.root = EntityEmbedding(SIZES, width)
        self.child = EntityEmbedding(SIZES, width, bias=False)
        self.mix = EntityLinear(width, width)
        self.out = EntityLinear(width, 4)

    def losses(self, root: Tensor, child: Tensor, owner: Tensor) -> Tensor:
        rows = torch.tanh(self.mix(torch.relu(self.child(child, owner)), owner))
        rows = self.mix(rows, owner)
        pooled = rows.new_zeros(len(root), rows.shape[1]).index_add_(0, owner, rows)
        hidden = self.mix(self.root(root) + pooled)
        pairs = self.out(torch.stack((hidden, pooled), 1)).sum((1, 2))
        each = rows.new_zeros(len(root)).index_add_(0, owner, self.out(rows, owner).square().sum(1))
        return (pairs.square() + each) * 3


def codes(rng: np.random.Generator, rows: int) -> Tensor:
    return torch.from_numpy(np.stack([rng.integers(0, size, rows) for size in SIZES], 1))


def slow(model: Pooled, root: Tensor, child: Tensor, owner: Tensor, clip: float) -> dict[Tensor, Tensor]:
    """One backward pass for each entity, alone in its batch."""
    sums: dict[Tensor, Tensor] = {parameter: torch.zeros_like(parameter) for parameter in model.parameters()}
    for entity in range(len(root)):
        mine = child[owner == entity]
        loss = model.losses(root[entity : entity + 1], mine, torch.zeros(len(mine), dtype=torch.int64)).sum()
        parts = torch.autograd.grad(loss, list(sums), allow_unused=True)
        gradient = [
            part if part is not None else torch.zeros_like(held) for part, held in zip(parts, sums, strict=True)
        ]
        norm = torch.sqrt(sum(part.square().sum() for part in gradient))
        for parameter, part in zip(sums, gradient, strict=True):
            sums[parameter] += part * min(1.0, clip / float(norm))
    return sums


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    counts=st.lists(st.sampled_from([0, 1, 2, 3, 7, 40]), min_size=1, max_size=6),
    width=st.sampled_from([1, 3, 24]),
    clip=st.sampled_from([0.01, 1.0, 1e3]),
)
def test_the_clipped_sum_is_that_of_each_entitys_own_gradient(seed, counts, width, clip) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    model = Pooled(width).double()
    owner = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    root, child = codes(rng, len(counts)), codes(rng, len(owner))
    with recording() as calls:
        model.losses(root, child, owner).sum().backward()
    sums = clipped_sums(calls, len(counts), clip)
    assert all(parameter.grad is None for parameter in model.parameters())
    for parameter, expected in slow(model, root, child, owner, clip).items():
        assert torch.allclose(sums.get(parameter, torch.zeros_like(expected)), expected, rtol=1e-5, atol=1e-6 * clip)


def test_owners_may_stand_in_any_order() -> None:
    layer = EntityLinear(2, 2)
    x, owner = torch.randn(9, 2), torch.tensor([2, 0, 1, 1, 2, 2, 0, 2, 2])
    order = owner.argsort(stable=True)
    sums = []
    for rows in (torch.arange(9), order):
        with recording() as calls:
            layer(x[rows], owner[rows]).square().sum().backward()
        sums.append(clipped_sums(calls, 3, 0.5)[layer.weight])
    assert torch.allclose(sums[0], sums[1], atol=1e-6)


def test_rows_that_cancel_each_other_are_not_taken_for_shorter_than_they_are() -> None:
    layer = EntityLinear(8, 8, bias=False)
    x = torch.randn(1, 8).repeat(2, 1) * 1e3
    x[1, 0] += 0.02
    weights = torch.randn(1, 8).repeat(2, 1) * torch.tensor([[1.0], [-1.0]]) * 1e2
    with recording() as calls:
        (layer(x, torch.zeros(2, dtype=torch.int64)) * weights).sum().backward()
    assert float(clipped_sums(calls, 1, 1.0)[layer.weight].norm()) <= 1.0


def test_an_embedding_gives_what_a_linear_layer_over_one_hot_columns_gives() -> None:
    embedding, linear = EntityEmbedding(SIZES, 6), EntityLinear(sum(SIZES), 6)
    with torch.no_grad():
        linear.weight.copy_(embedding.weight.T)
        linear.bias.copy_(embedding.bias)  # type: ignore[union-attr]
    rows = codes(np.random.default_rng(1), 20)
    hot = torch.cat(
        [nn.functional.one_hot(column, size) for column, size in zip(rows.T, SIZES, strict=True)], 1
    ).float()
    owner = torch.arange(4).repeat_interleave(5)
    found = []
    for layer, inputs in ((embedding, rows), (linear, hot)):
        with recording() as calls:
            layer(inputs, owner).square().sum().backward()
        found.append(list(clipped_sums(calls, 4, 0.7).values()))
    assert torch.allclose(embedding(rows), linear(hot), atol=1e-6)
    assert torch.allclose(found[0][0], found[1][0].T, atol=1e-5)
    assert torch.allclose(found[0][1], found[1][1], atol=1e-5)


def test_a_code_outside_its_column_is_refused() -> None:
    with pytest.raises(IndexError, match="not among"):
        EntityEmbedding((2, 3), 4)(torch.tensor([[2, 0]]))


def test_rows_without_owner_must_be_one_for_each_entity() -> None:
    layer = EntityLinear(2, 1)
    with recording() as calls:
        layer(torch.randn(3, 2)).sum().backward()
    with pytest.raises(ValueError, match="3 rows, 2 entities"):
        clipped_sums(calls, 2, 1.0)


@pytest.mark.parametrize(
    "other",
    [nn.Linear(2, 2), nn.LayerNorm(2), nn.GRU(2, 2), nn.BatchNorm1d(2, affine=False), nn.Embedding(2, 2), nn.PReLU()],
)
def test_what_is_not_clipped_by_entity_is_refused(other: nn.Module) -> None:
    with pytest.raises(TypeError):
        refuse_other_parameters(nn.Sequential(EntityLinear(2, 2), other))


def test_layers_without_parameters_are_welcome_and_shared_parameters_are_not() -> None:
    first, second = EntityLinear(2, 2), EntityLinear(2, 2)
    refuse_other_parameters(nn.Sequential(first, nn.LayerNorm(2, elementwise_affine=False), nn.ReLU(), second))
    second.weight = first.weight
    with pytest.raises(TypeError, match="share"):
        refuse_other_parameters(nn.Sequential(first, second))


def test_without_recording_gradients_are_those_of_torch() -> None:
    layer = EntityEmbedding((2,), 3)
    layer(torch.tensor([[1]])).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.tolist() == [[0, 0, 0], [1, 1, 1]]


def test_inputs_that_are_changed_after_the_call_are_refused() -> None:
    layer, x = EntityLinear(2, 2), torch.randn(3, 2)
    with recording():
        loss = layer(x).sum()
        x.mul_(2)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()
