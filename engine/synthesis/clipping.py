"""Per-entity clipping out of recorded calls: norms first, then one weighted sum for each parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.synthesis.layers import Call, EntityLayer, recording

_ROUNDING = 32
"""What a squared norm out of inner products may be too small by, in units of the precision and of the rows' own norms."""
_CHUNK = 1 << 20
"""Numbers that are held at once for the norms of entities with several rows."""


def refuse_other_parameters(model: nn.Module) -> None:
    """Raise TypeError where a model holds anything whose gradient, or whose memory, is not clipped by entity."""
    for name, module in model.named_modules():
        if not isinstance(module, EntityLayer) and next(module.parameters(recurse=False), None) is not None:
            raise TypeError(f"{name or 'the model'} ({type(module).__name__}) holds parameters that are not clipped")
        if isinstance(module, nn.modules.batchnorm._NormBase) and not isinstance(
            module, nn.modules.instancenorm._InstanceNorm
        ):
            raise TypeError(f"{name} ({type(module).__name__}) mixes entities")
    held = [parameter for _, parameter in model.named_parameters(remove_duplicate=False)]
    if len({id(parameter) for parameter in held}) < len(held):
        raise TypeError("two layers share a parameter, whose gradient is not clipped as one")


def clipped_gradient(
    losses: Callable[[], Tensor], parameters: Sequence[nn.Parameter], entities: int, clip: float
) -> Tensor:
    """The sum over entities of the gradients of their losses, each scaled to a norm of `clip` at most: all parameters in one row."""
    with recording() as calls:
        each = losses()
        if each.shape != (entities,):
            raise ValueError(f"one loss for each of {entities} entities, not {tuple(each.shape)}")
        each.sum().backward()  # type: ignore[no-untyped-call]
    if any(parameter.grad is not None for parameter in parameters):
        raise TypeError("a parameter is used outside its own layer's call, where its gradient cannot be clipped")
    return flat(parameters, clipped_sums(calls, entities, clip))


def flat(parameters: Sequence[nn.Parameter], found: Mapping[Tensor, Tensor]) -> Tensor:
    """What was found for each parameter, 0 where nothing was, in one row."""
    return torch.cat(
        [found[each].flatten() if each in found else torch.zeros_like(each).flatten() for each in parameters]
    )


def clipped_sums(calls: Sequence[Call], entities: int, clip: float) -> dict[Tensor, Tensor]:
    """For each parameter the sum over entities of its gradient, each entity's whole one scaled to a norm of `clip` at most.

    An entity whose gradient is no number adds nothing: to refuse it would say that it is there."""
    used = _by_layer(calls, entities)
    squares = square_norms(used, entities)
    sound = squares.isfinite()
    if not bool(sound.all()):
        used, squares = [_of(rows, sound) for rows in used], squares.where(sound, 0)
    # A little more than the norm: the product with the weight is rounded too.
    return _weighted_sums(used, clip / (squares.sqrt() * (1 + 1e-6)).clamp(min=clip))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """All rows that one layer was called with, in all its calls."""

    layer: EntityLayer
    inputs: Tensor
    gradient: Tensor
    owner: Tensor | None
    """None: row e is entity e's."""
    key: tuple[int, ...]
    """Equal where the owners are."""


@dataclass(frozen=True, slots=True, eq=False)
class _Alike:
    """Entities with about equally many rows."""

    entities: Tensor
    """(entities,)"""
    rows: Tensor
    """(entities, most rows)"""
    present: Tensor
    """(entities, most rows, 1) 0 where an entity has fewer."""


def square_norms(used: Sequence[_Rows], entities: int) -> Tensor:
    """(entities,) the squared norm of each entity's gradient over all parameters, not less than it is."""
    total = used[0].gradient.new_zeros(entities) if used else torch.zeros(entities)
    owned: dict[tuple[int, ...], list[_Rows]] = {}
    for rows in used:
        if rows.owner is None:
            total += rows.layer.lengths(rows.inputs) * rows.gradient.square().sum(1)
        else:
            owned.setdefault(rows.key, []).append(rows)
    for together in owned.values():
        assert together[0].owner is not None
        together.sort(key=lambda rows: rows.inputs.shape[1])
        for alike in _spread(together[0].owner, entities):
            total.index_add_(0, alike.entities, _norms(together, alike))
    return total


def _by_layer(calls: Sequence[Call], entities: int) -> list[_Rows]:
    reached: dict[EntityLayer, list[Call]] = {}
    for call in calls:
        if call.owner is None and len(call.inputs) != entities:
            raise ValueError(
                f"rows without an owner are one for each entity: {len(call.inputs)} rows, {entities} entities"
            )
        if call.gradient is not None:
            reached.setdefault(call.layer, []).append(call)
    return [_joined(layer, uses) for layer, uses in reached.items()]


def _joined(layer: EntityLayer, uses: Sequence[Call]) -> _Rows:
    first = uses[0]
    gradients = [use.gradient for use in uses if use.gradient is not None]
    if len(uses) == 1:
        return _Rows(layer, first.inputs, gradients[0], first.owner, (id(first.owner),))
    owners = [
        torch.arange(len(use.inputs), device=use.inputs.device) if use.owner is None else use.owner for use in uses
    ]
    key = tuple(id(use.owner) for use in uses)
    return _Rows(layer, torch.cat([use.inputs for use in uses]), torch.cat(gradients), torch.cat(owners), key)


def _spread(owner: Tensor, entities: int) -> Iterator[_Alike]:
    """Entities by the number of their rows: 1, 2, 3 to 4, 5 to 8..., so that little is padded."""
    order = owner.argsort(stable=True)
    counts = torch.bincount(owner, minlength=entities)
    begins = counts.cumsum(0) - counts
    low, most = 0, int(counts.max()) if len(counts) else 0
    width = 1
    while low < most:
        found = ((counts > low) & (counts <= width)).nonzero().squeeze(1)
        if len(found):
            place = torch.arange(width, device=owner.device)
            present = place < counts[found, None]
            rows = order[torch.where(present, begins[found, None] + place, begins[found, None])]
            yield _Alike(found, rows, present.unsqueeze(2))
        low, width = width, width * 2


def _norms(together: Sequence[_Rows], alike: _Alike) -> Tensor:
    """The squared norms of these entities' gradients in layers that see the same rows."""
    most = alike.rows.shape[1]
    each = most * (2 * most + max(rows.inputs.shape[1] + rows.gradient.shape[1] for rows in together))
    size = max(_CHUNK // each, 1)
    parts = zip(torch.split(alike.rows, size), torch.split(alike.present, size), strict=True)
    return torch.cat([_norms_of_part(together, place, present) for place, present in parts])


def _norms_of_part(together: Sequence[_Rows], place: Tensor, present: Tensor) -> Tensor:
    norms, most = together[0].gradient.new_zeros(len(place)), place.shape[1]
    pairs = norms.new_zeros(len(place), most, most)
    products = _Products(place)
    for rows in together:
        gradient = _taken(rows.gradient, place) * present
        if most > 1 and rows.layer.pairs_cost_more(most, rows.inputs, rows.gradient):
            norms += rows.layer.made_norms(_taken(rows.inputs, place), gradient)
            continue
        turned = gradient @ gradient.transpose(1, 2)
        pairs.addcmul_(products.of(rows), turned)
        if rows.layer.bias is not None:
            pairs += turned
    return norms + _summed(pairs)


class _Products:
    """Inner products of rows' inputs, made once for all layers that read the same, or more and more of it."""

    def __init__(self, place: Tensor) -> None:
        self._place = place
        self._made: dict[tuple[object, ...], tuple[int, Tensor]] = {}

    def of(self, rows: _Rows) -> Tensor:
        """(entities, rows, rows). Of what shares memory, narrower inputs must come first."""
        inputs = rows.inputs
        source = (type(rows.layer), inputs.data_ptr(), inputs.stride(), inputs.dtype)
        begin, made = self._made.get(source, (0, None))
        if made is None:
            made = rows.layer.alike(_taken(inputs, self._place))
        elif inputs.shape[1] > begin:
            made = made + rows.layer.alike(_taken(inputs[:, begin:], self._place))
        self._made[source] = (inputs.shape[1], made)
        return made


def _taken(rows: Tensor, place: Tensor) -> Tensor:
    """(entities, rows, features): several times quicker than by an index of two dimensions."""
    return rows.index_select(0, place.flatten()).view(*place.shape, -1)


def _summed(pairs: Tensor) -> Tensor:
    """Over both rows. Where rows cancel each other, rounding could hide what is left: it is added."""
    lengths = pairs.diagonal(dim1=1, dim2=2).clamp(min=0).sqrt().sum(1)
    rounding = _ROUNDING * torch.finfo(pairs.dtype).eps
    return pairs.sum((1, 2)).clamp(min=0) + rounding * lengths.square()


def _of(rows: _Rows, entities: Tensor) -> _Rows:
    """The rows with nothing in those of other entities. A weight of 0 would leave what is no number as it is."""
    kept = (entities if rows.owner is None else entities[rows.owner]).unsqueeze(1)
    return replace(rows, inputs=rows.inputs.where(kept, 0), gradient=rows.gradient.where(kept, 0))


def _weighted_sums(used: Sequence[_Rows], weights: Tensor) -> dict[Tensor, Tensor]:
    sums: dict[Tensor, Tensor] = {}
    of_rows: dict[tuple[int, ...], Tensor] = {}
    for rows in used:
        if rows.key not in of_rows:
            of_rows[rows.key] = (weights if rows.owner is None else weights[rows.owner]).unsqueeze(1)
        gradient = rows.gradient * of_rows[rows.key]
        sums[rows.layer.weight] = rows.layer.weight_sum(rows.inputs, gradient)
        if rows.layer.bias is not None:
            sums[rows.layer.bias] = gradient.sum(0)
    return sums
