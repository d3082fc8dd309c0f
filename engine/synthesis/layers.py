"""Layers that know whose row they work on, so that each entity's gradient can be clipped without being made.

For rows r of one entity with inputs x_r and gradients g_r of the layer's output, the gradient of a linear layer's weights is the sum
over r of g_r x_r^T, and its squared norm is the sum over r, s of (g_r . g_s)(x_r . x_s): Goodfellow 2015, arXiv 1510.01799, for one
row; Li et al. 2021, arXiv 2110.05679, section 4, for several. One forward and one backward pass give all x and g; the sum of the
clipped gradients is then one product of matrices for each layer.

This is true only where an entity's loss depends on no other entity's rows. No layer here mixes rows; a model must not either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(slots=True, eq=False)
class Call:
    """One use of a layer in a forward pass: rows in, and, after the backward pass, the gradient of what came out."""

    layer: EntityLayer
    inputs: Tensor
    """(rows, features), or codes."""
    owner: Tensor | None
    """(rows,) the entity of each row; None: row e is entity e's."""
    gradient: Tensor | None = None
    """(rows, outputs); None where no loss depends on these rows."""


_calls: ContextVar[list[Call] | None] = ContextVar("calls", default=None)


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Every call of an entity layer is noted, and no gradient of its parameters is made."""
    calls: list[Call] = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


class EntityLayer(nn.Module, ABC):
    """What holds parameters in a model that is trained with clipped gradients."""

    weight: Tensor
    bias: Any
    """A parameter or None."""

    @abstractmethod
    def alike(self, inputs: Tensor) -> Tensor:
        """(..., rows, rows): the inner products of inputs; those of some features add up to those of all."""

    @abstractmethod
    def lengths(self, inputs: Tensor) -> Tensor:
        """(rows,): each input's inner product with itself, bias included."""

    @abstractmethod
    def weight_sum(self, inputs: Tensor, gradient: Tensor) -> Tensor:
        """The gradient of `weight`, summed over rows."""

    @abstractmethod
    def made_norms(self, inputs: Tensor, gradient: Tensor) -> Tensor:
        """(entities, rows, ...) -> (entities,) squared norms, each entity's gradient being made."""

    def pairs_cost_more(self, rows: int, inputs: Tensor, gradient: Tensor) -> bool:
        """Is it cheaper to make the gradient of an entity of so many rows than to multiply all pairs of them?"""
        return rows * (inputs.shape[-1] + gradient.shape[-1]) > self.row_cost(inputs, gradient)

    def row_cost(self, inputs: Tensor, gradient: Tensor) -> int:
        """Multiplications for each row of an entity whose gradient is made."""
        return inputs.shape[-1] * gradient.shape[-1]


class EntityLinear(nn.Linear, EntityLayer):
    """`nn.Linear` over rows, each of which belongs to an entity."""

    def forward(self, x: Tensor, owner: Tensor | None = None) -> Tensor:
        """(rows, in) -> (rows, out). Without `owner` the first dimension is entities, each with all that follows in it."""
        calls = _calls.get()
        if calls is None:
            return F.linear(x, self.weight, self.bias)
        call = Call(self, x.detach().reshape(-1, x.shape[-1]), _owner(x, owner))
        calls.append(call)
        out: Tensor = _Linear.apply(x, self.weight, self.bias, call)  # type: ignore[no-untyped-call]
        return out

    def alike(self, inputs: Tensor) -> Tensor:
        return inputs @ inputs.transpose(-1, -2)

    def lengths(self, inputs: Tensor) -> Tensor:
        return inputs.square().sum(-1) + (self.bias is not None)

    def weight_sum(self, inputs: Tensor, gradient: Tensor) -> Tensor:
        return gradient.T @ inputs

    def made_norms(self, inputs: Tensor, gradient: Tensor) -> Tensor:
        norms: Tensor = torch.linalg.vector_norm(gradient.transpose(1, 2) @ inputs, dim=(1, 2)).square()
        return norms if self.bias is None else norms + gradient.sum(1).square().sum(1)


class EntityEmbedding(EntityLayer):
    """The sum of one learned vector for each column's code: what a linear layer over one-hot columns gives, without the ones."""

    begins: Tensor
    ends: Tensor

    def __init__(self, sizes: Sequence[int], width: int, *, bias: bool = True) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        self.weight = nn.Parameter(torch.empty(sum(self.sizes), width))
        self.bias = nn.Parameter(torch.empty(width)) if bias else None
        ends = torch.tensor(self.sizes, dtype=torch.int64)
        self.register_buffer("ends", ends, persistent=False)
        self.register_buffer("begins", ends.cumsum(0) - ends, persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As `nn.Linear` begins, for as many inputs as are one at a time."""
        bound = 1 / max(len(self.sizes), 1) ** 0.5
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, codes: Tensor, owner: Tensor | None = None) -> Tensor:
        """(rows, columns) each column's own codes, 0..size-1 -> (rows, width). Raises IndexError for a code that is none."""
        # A code beyond its column would count twice in one row, and norms would be too small.
        if bool(((codes < 0) | (codes >= self.ends)).any()):
            raise IndexError("a code is not among its column's")
        places = codes + self.begins
        calls = _calls.get()
        call = None if calls is None else Call(self, places, _owner(codes, owner))
        if calls is not None and call is not None:
            calls.append(call)
        out: Tensor = _Embedding.apply(places, self.weight, self.bias, call)  # type: ignore[no-untyped-call]
        return out

    def alike(self, inputs: Tensor) -> Tensor:
        same = torch.zeros((*inputs.shape[:-1], inputs.shape[-2]), device=inputs.device)
        for column in inputs.unbind(-1):
            same += column.unsqueeze(-1) == column.unsqueeze(-2)
        return same

    def lengths(self, inputs: Tensor) -> Tensor:
        ones = inputs.shape[-1] + (self.bias is not None)
        return torch.full(inputs.shape[:-1], float(ones), device=inputs.device)

    def weight_sum(self, inputs: Tensor, gradient: Tensor) -> Tensor:
        return _scattered(inputs, gradient, len(self.weight))

    def made_norms(self, inputs: Tensor, gradient: Tensor) -> Tensor:
        entities, rows, columns = inputs.shape
        which = torch.arange(entities, device=inputs.device)[:, None, None] * len(self.weight)
        held, place = torch.unique(inputs + which, return_inverse=True)
        each = gradient[:, :, None, :].expand(entities, rows, columns, -1).flatten(0, 2)
        sums = gradient.new_zeros(len(held), gradient.shape[-1]).index_add_(0, place.flatten(), each)
        norms = gradient.new_zeros(entities).index_add_(0, held // len(self.weight), sums.square().sum(1))
        return norms if self.bias is None else norms + gradient.sum(1).square().sum(1)

    def row_cost(self, inputs: Tensor, gradient: Tensor) -> int:
        # Sorting and scattering takes about as long as eight multiplications.
        return 8 * inputs.shape[-1] * gradient.shape[-1]


def _scattered(places: Tensor, gradient: Tensor, size: int) -> Tensor:
    """(size, width): at each place the sum of the gradients of the rows that hold it."""
    summed = gradient.new_zeros(size, gradient.shape[1])
    # Column by column: torch's one call for all is 2 to 6 times slower on processors.
    for column in places.unbind(1):
        summed.index_add_(0, column, gradient)
    return summed


def _owner(x: Tensor, owner: Tensor | None) -> Tensor | None:
    """The entity of each row once all dimensions but the last are one."""
    if owner is not None or x.dim() == 2:
        return owner
    entities = torch.arange(len(x), device=x.device)
    return entities.repeat_interleave(x[0, ..., 0].numel()) if len(x) else entities


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, call: Call) -> Tensor:
        # Saved, so that torch notices where a model changes the inputs afterwards, and norms would be of others.
        ctx.save_for_backward(x, weight)
        ctx.call = call
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (gradient,) = gradients
        ctx.call.gradient = gradient.reshape(-1, gradient.shape[-1])
        _, weight = ctx.saved_tensors
        return gradient @ weight if ctx.needs_input_grad[0] else None, None, None, None


class _Embedding(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, places: Tensor, weight: Tensor, bias: Tensor | None, call: Call | None) -> Tensor:
        ctx.call = call
        if call is None:
            ctx.save_for_backward(places)
            ctx.size = len(weight)
        summed = F.embedding_bag(places, weight, mode="sum")
        return summed if bias is None else summed + bias

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (gradient,) = gradients
        if ctx.call is not None:
            ctx.call.gradient = gradient
            return None, None, None, None
        (places,) = ctx.saved_tensors
        bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        return None, _scattered(places, gradient, ctx.size), bias, None
