"""What a value becomes depends on the value alone: not on the batch that it came in, nor on its neighbours there."""

from __future__ import annotations

import os
import string
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from connectors.arrow import carrier
from connectors.schema import Column, Kind
from engine.masking import MASKERS, masker_class
from engine.masking.base import MaskError
from tests.contract import golden
from tests.contract.columns import COLUMNS, example, masked, values

SEED = int(os.environ.get("LOOKALIKE_SEED", "1"))
CASES = [
    pytest.param(name, options, label, id=f"{name}-{number}-{label}")
    for name in MASKERS
    for number, options in enumerate(masker_class(name).EXAMPLES)  # type: ignore[attr-defined]
    for label in COLUMNS
    if golden.accepts(example(name, options), label)
]


@pytest.mark.parametrize(("name", "options", "label"), CASES)
def test_a_value_masks_alike_alone_and_in_company(name: str, options: dict[str, Any], label: str) -> None:
    masker, column = example(name, options), COLUMNS[label]
    if not masker.properties.deterministic or masker.roles:
        pytest.skip("not a function of one value")
    pool = _pool(column)
    try:
        together = masked(masker, pool, column)[0]
    except MaskError:
        pytest.skip("refuses one of these values")
    backwards = masked(masker, pool.take(pa.array(range(len(pool) - 1, -1, -1))), column)[0]
    assert list(reversed(backwards.to_pylist())) == together.to_pylist() or _holds_nan(together)
    for place in Random(SEED).sample(range(len(pool)), 12):
        alone = masked(masker, pool.slice(place, 1), column)[0]
        assert alone.equals(together.slice(place, 1)) or _holds_nan(together)


def _holds_nan(array: pa.Array) -> bool:
    return pa.types.is_floating(array.type) and any(value != value for value in array.to_pylist())


def _pool(column: Column) -> pa.Array:
    """Many values of one column: those of the contract, and for texts keys of every length and mixture."""
    found: list[Any] = [None]

    @seed(SEED)
    @settings(
        max_examples=1, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(values(column), min_size=16, max_size=40))
    def draw(drawn: list[Any]) -> None:
        found.extend(drawn)

    draw()
    if column.kind is Kind.TEXT:
        found += [key[: column.length] for key in _keys(Random(SEED))]
    return pa.array([*found, *_edges(column)], carrier(column))


def _keys(random: Random) -> list[str]:
    alphabets = (
        "0123456789",
        string.ascii_lowercase,
        "0123456789abcdef",
        "abcxyz0123456789",
        string.ascii_letters,
        "AB-12 3",
    )
    return ["".join(random.choices(random.choice(alphabets), k=random.randint(1, 36))) for _ in range(60)]


def _edges(column: Column) -> list[Any]:
    if column.kind is not Kind.INTEGER:
        return []
    bits = column.precision or 64
    low, high = (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return [low, high, 0, 1, *(2**power for power in range(bits - 2)), *range(2, 40)]


def test_the_pool_mixes_short_and_long_values() -> None:
    """Else the test above says nothing."""
    lengths = {len(text) for text in _pool(COLUMNS["text"]).to_pylist() if text}
    assert min(lengths) <= 3
    assert max(lengths) >= 30
