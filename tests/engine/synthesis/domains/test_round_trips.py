"""Codes become values and the same codes again, in every kind of domain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.synthesis.domains import Bins, Categories, Integers, Json, Keys, Moments
from engine.synthesis.domains.base import Domain
from engine.synthesis.domains.bins import free_of
from engine.synthesis.domains.scale import number_of, numbers_of, values_of

TYPES = ("int64", "decimal128(9, 2)", "double", "date32[day]", "duration[us]", "timestamp[us]")


@st.composite
def bins(draw: Any) -> Bins:
    """Bins and spikes over a small range, some bins of a single value."""
    name = draw(st.sampled_from(TYPES))
    step = (
        None
        if name == "double"
        else {"decimal128(9, 2)": 0.01, "duration[us]": 1e6, "timestamp[us]": 1e6}.get(name, 1.0)
    )
    edges = sorted(draw(st.sets(st.integers(-500, 5000), min_size=2, max_size=12)))
    spikes = tuple(float(spike) for spike in draw(st.sets(st.integers(-600, 6000), max_size=6)))
    ends = [high - 1.0 if step else float(high) for high in edges[1:]]
    cells = tuple(zip(map(float, edges[:-1]), ends, strict=True))
    kept = tuple(
        (low, high) for low, high in cells if low <= high and free_of(low, high, spikes, step is not None) is not None
    )
    tilts = tuple(draw(st.floats(-1, 1)) for _ in kept)
    return Bins(type=name, bins=kept, spikes=spikes, step=step, tilts=tilts, nullable=draw(st.booleans()))


@st.composite
def domains(draw: Any) -> Domain:
    nullable = draw(st.booleans())
    kind = draw(st.sampled_from(("categories", "integers", "bins", "moments")))
    if kind == "categories":
        return Categories(
            type="string", values=tuple(draw(st.sets(st.text(), min_size=1, max_size=8))), nullable=nullable
        )
    if kind == "integers":
        low, step = draw(st.integers(-99, 99)), draw(st.sampled_from((1.0, 5.0, 0.05)))
        name = "decimal128(9, 2)" if step < 1 else "int64"
        return Integers(type=name, low=low, count=draw(st.integers(1, 256)), step=step, nullable=nullable)
    if kind == "bins":
        found: Bins = draw(bins())
        return found
    days = Integers(type="date32[day]", low=draw(st.integers(-20_000, 20_000)), count=300, nullable=nullable)
    return Moments(type="timestamp[us, tz=UTC]", days=days, nullable=nullable)


def some_codes(domain: Domain, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, part.size, 200) for part in domain.parts], axis=1).astype(np.int32)
    if domain.nullable:
        # A row is NULL in all of its parts or in none.
        null = codes[:, 0] == domain.parts[0].size - 1
        for at, part in enumerate(domain.parts):
            codes[:, at] = np.where(null, part.size - 1, np.minimum(codes[:, at], part.size - 2))
    return codes


@settings(max_examples=150, deadline=None)
@given(domain=domains(), seed=st.integers(0, 2**32))
def test_values_that_are_drawn_for_a_code_have_that_code(domain: Domain, seed: int) -> None:
    codes = some_codes(domain, seed)
    values = domain.decode(codes, np.random.default_rng(seed))
    assert np.array_equal(domain.encode(values), codes)
    assert type(domain).model_validate_json(domain.model_dump_json()) == domain


@settings(max_examples=50, deadline=None)
@given(domain=domains(), seed=st.integers(0, 2**32))
def test_decoding_is_the_same_under_the_same_seed(domain: Domain, seed: int) -> None:
    codes = some_codes(domain, seed)
    first, second = (domain.decode(codes, np.random.default_rng(seed)) for _ in range(2))
    assert first.equals(second)


WILD = {
    "string": ["", "x" * 10_000, "\u0000", "1e999", None],
    "int64": [-(2**63), 2**63 - 1, 0, None],
    "uint64": [2**64 - 1, 0, None],
    "double": [float("nan"), float("inf"), float("-inf"), 1e308, None],
    "date32[day]": [-(2**31), 2**31 - 1, None],
    "timestamp[us]": [-(2**63), 2**63 - 1, None],
    "bool": [True, None],
}


@pytest.mark.parametrize("name", WILD)
@settings(max_examples=30, deadline=None)
@given(domain=domains())
def test_no_value_is_an_error(name: str, domain: Domain) -> None:
    carrier = {"date32[day]": pa.int32(), "timestamp[us]": pa.int64()}.get(name)
    values = (
        pa.array(WILD[name], carrier).cast(pa.date32() if carrier == pa.int32() else pa.timestamp("us"))
        if carrier
        else None
    )
    codes = domain.encode(pa.array(WILD[name], pa.type_for_alias(name)) if values is None else values)
    assert codes.min() >= 0
    assert all(codes[:, at].max() < part.size for at, part in enumerate(domain.parts))


def test_what_is_not_published_becomes_other_and_a_published_value_again() -> None:
    domain = Categories(type="string", values=("a", "b"), other=True, weights=(1000.0, 0.0), nullable=True)
    assert domain.encode(pa.array(["b", "secret", None])).ravel().tolist() == [1, 2, 3]
    drawn = domain.decode(np.full((500, 1), 2, np.int32), np.random.default_rng(1))
    assert set(drawn.to_pylist()) == {"a"}


def test_other_is_drawn_from_the_public_rest() -> None:
    domain = Categories(type="int64", values=(1,), other=True, rest=(7, 8))
    drawn = domain.decode(np.full((100, 1), 1, np.int32), np.random.default_rng(1))
    assert set(drawn.to_pylist()) == {7, 8}


def test_keys_of_two_columns_are_coded_together() -> None:
    keys = Keys(types=("int64", "string"), keys=((1, "a"), (1, "b"), (2, "a")), coded=2, nullable=True)
    codes = keys.encode([pa.array([1, 1, 2, 9, None]), pa.array(["b", "a", "a", "a", "b"])])
    assert codes.ravel().tolist() == [1, 0, 2, 2, 3]
    numbers, texts = keys.decode(codes, np.random.default_rng(1))
    assert (numbers.to_pylist(), texts.to_pylist()) == ([1, 1, 2, 2, None], ["b", "a", "a", "a", None])


def test_documents_are_put_together_of_their_leaves() -> None:
    leaves = (
        Categories(type="string", values=("x", "y"), nullable=True),
        Integers(type="double", low=0, count=10, nullable=True),
    )
    domain = Json(paths=(("a", "b"), ("n",)), leaves=leaves, nullable=True)
    codes = domain.encode(pa.array(['{"a": {"b": "y"}, "n": 3, "z": [1]}', "{}", None, "no document"]))
    values = domain.decode(codes, np.random.default_rng(1)).to_pylist()
    assert values == ['{"a": {"b": "y"}, "n": 3}', "{}", None, "{}"]


@given(number=st.floats(-1e9, 1e9), name=st.sampled_from(TYPES))
def test_a_number_is_itself_again_within_its_precision(number: float, name: str) -> None:
    value = values_of(np.array([number, np.nan]), name)
    again = numbers_of(value)
    precision = {"double": 0.0, "decimal128(9, 2)": 0.005}.get(name, 0.5)
    limit = 9_999_999.99 if name == "decimal128(9, 2)" else 1e9
    assert abs(again[0] - np.clip(number, -limit, limit)) <= precision + 1e-6
    assert value[1].as_py() is None


def test_declared_dates_are_read_as_iso_8601() -> None:
    assert number_of("1970-01-03", "date32[day]") == 2
    assert number_of("1970-01-01T00:00:01", "timestamp[us]") == 1e6
    assert number_of("00:01:00", "duration[us]") == 60e6
