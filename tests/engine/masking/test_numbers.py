"""Numbers: moved, rounded, put into buckets; never out of their type or out of the plan's bounds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.arrow import carrier
from connectors.schema import Kind
from engine.masking.base import MaskError, Subject
from tests.engine.masking.one_column import codes, mask, subject

BIGINT = subject(Kind.INTEGER, precision=64)
TINYINT = subject(Kind.INTEGER, precision=8)
MONEY = subject(Kind.DECIMAL, precision=9, scale=2)
NUMERIC = subject(Kind.DECIMAL)
FLOAT = subject(Kind.FLOAT)


def _mask(name: str, values: Sequence[Any], options: dict[str, Any], about: Subject, **more: Any) -> list[Any]:
    return mask(name, values, options, about=about, type_=carrier(about.column), **more)


@settings(deadline=None, max_examples=40)
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-50, 50), min_size=1, max_size=20))
def test_noise_moves_by_no_more_than_said_and_keeps_the_sign(numbers: list[int]) -> None:
    """At most a tenth or one, never nothing where there is room, and alike in whatever batch."""
    moved = _mask("number_noise", numbers, {}, BIGINT)
    for before, after in zip(numbers, moved, strict=True):
        assert abs(after - before) <= max(abs(before) // 10, min(1, abs(before)))
        assert before * after >= 0
        assert after != before or before == 0 or abs(before) > 2**62
        assert _mask("number_noise", [before], {}, BIGINT) == [after]


def test_noise_is_a_persons_own_where_the_rule_names_one() -> None:
    """Equal salaries of two people move apart, one person's alike, and rows without a person by their value."""
    people = pa.array([1, 1, 2, None, None])
    moved = _mask("number_noise", [50_000] * 5, {}, BIGINT, by=people)
    assert moved[0] == moved[1] != moved[2]
    assert moved[3] == moved[4] == _mask("number_noise", [50_000], {}, BIGINT)[0]


def test_noise_keeps_bounds_scale_and_type() -> None:
    """Bounds of the plan, 127 in a tinyint, cents in money, no noise on what is no number."""
    assert set(_mask("number_noise", range(100), {"absolute": 500, "min": 10, "max": 12.5}, BIGINT)) <= {10, 11, 12}
    assert max(_mask("number_noise", [127] * 3 + [120], {"relative": 1}, TINYINT)) <= 127
    assert all(value.as_tuple().exponent == -2 for value in _mask("number_noise", [Decimal("12.34")], {}, MONEY))
    assert _mask("number_noise", ["NaN", "Infinity"], {}, NUMERIC) == ["NaN", "Infinity"]
    assert len(_mask("number_noise", ["1.500"], {}, NUMERIC)[0]) == 5
    assert _mask("number_noise", [float("inf"), 0.0], {}, FLOAT) == [float("inf"), 0.0]


@given(
    number=st.decimals(-9_000_000, 9_000_000, places=2),
    step=st.sampled_from([Decimal("0.05"), Decimal(1), Decimal(1000)]),
)
def test_rounding_gives_the_nearest_multiple(number: Decimal, step: Decimal) -> None:
    """Halves away from zero, as in school."""
    rounded = _mask("number_round", [number], {"to": step}, MONEY)[0]
    assert rounded % step == 0
    assert abs(rounded - number) <= step / 2


def test_rounding_stays_inside_the_type() -> None:
    """127 in a tinyint rounds to 120, for 130 is none."""
    assert _mask("number_round", [127, -128, 124, 5, -5], {"to": 10}, TINYINT) == [120, -120, 120, 10, -10]
    assert _mask("number_round", [1.24, -7.25], {"to": 0.5}, FLOAT) == [1.0, -7.5]
    assert _mask("number_round", ["7", "1.26"], {"to": Decimal("0.5")}, NUMERIC) == ["7.0", "1.50"]
    assert codes("number_round", BIGINT, {"to": 0.5}) == ["number-step"]


def test_a_bucket_is_named_by_its_lower_edge() -> None:
    """And what lies below the first edge by the first."""
    edges = {"edges": [65, 0, 18]}
    assert _mask("number_bucket", [-5, 0, 17, 18, 64, 65, 120], edges, TINYINT) == [0, 0, 0, 18, 18, 65, 65]
    assert _mask("number_bucket", [17.9, 18.0], edges, FLOAT) == [0.0, 18.0]
    assert _mask("number_bucket", ["17.9", None, "1e2"], edges, NUMERIC)[:2] == ["0.0", None]
    assert _mask(
        "number_bucket", [2**63, 1], {"edges": [0, 2**63]}, subject(Kind.INTEGER, precision=64, unsigned=True)
    ) == [2**63, 0]


@pytest.mark.parametrize("edges", [[0, 200], [0.5]])
def test_edges_that_the_column_cannot_hold_are_refused(edges: list[float]) -> None:
    """Before anything is read."""
    assert codes("number_bucket", TINYINT, {"edges": edges}) == ["number-edge"]


def test_bounds_that_cross_are_refused() -> None:
    """min above max."""
    assert codes("number_noise", BIGINT, {"min": 2, "max": 1}) == ["number-bounds"]


@pytest.mark.parametrize("name", ["number_noise", "pseudonym"])
def test_a_text_in_a_numeric_column_is_refused_without_quoting_it(name: str) -> None:
    """SQLite keeps whatever it is given; passing it on would leak it."""
    with pytest.raises(MaskError, match="is no number") as refused:
        _mask(name, ["1", "Ada"], {}, NUMERIC)
    assert "Ada" not in str(refused.value)
