"""Sketches: exact while small, a fair sample beyond, and indifferent to how the values came in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sketches import Sketch, SketchBuilder, overlap

SMALL = 64
hashes = st.lists(st.integers(0, (1 << 64) - 1), max_size=60).map(lambda found: np.array(found, np.uint64))


@given(hashes, hashes)
def test_a_small_sketch_is_the_set_itself(left, right) -> None:  # type: ignore[no-untyped-def]
    one, other = _of(left), _of(right)
    assert one.exact
    assert one.distinct == len(set(left.tolist()))
    assert overlap(one, other).found == len(set(left.tolist()) & set(right.tolist()))


@given(st.lists(hashes, max_size=12), st.randoms())
def test_merging_in_any_order_holds_the_same_sample_below_the_same_limit(parts, random) -> None:  # type: ignore[no-untyped-def]
    together = _of(*parts)
    shuffled = list(parts)
    random.shuffle(shuffled)
    builder = SketchBuilder(SMALL)
    for part in shuffled:
        builder.merge(_of(part))
    merged = builder.sketch()
    limit = min(together.limit, merged.limit)
    assert together.below(limit).hashes.tolist() == merged.below(limit).hashes.tolist()


def test_memory_stays_bounded_and_the_estimate_close() -> None:
    rng = np.random.default_rng(7)
    builder = SketchBuilder(4096)
    for _ in range(40):
        builder.add(rng.integers(0, 1 << 64, 10_000, np.uint64))
    sketch = builder.sketch()
    assert len(sketch.hashes) <= 4096
    assert not sketch.exact
    assert sketch.distinct == pytest.approx(400_000, rel=0.1)


def test_the_overlap_of_two_samples_estimates_that_of_the_columns() -> None:
    rng = np.random.default_rng(8)
    shared, own, other = (rng.integers(0, 1 << 64, 50_000, np.uint64) for _ in range(3))
    found = overlap(_of(shared, own, capacity=4096), _of(shared, other, capacity=2048))
    assert found.found == pytest.approx(50_000, rel=0.15)
    assert overlap(_of(own, capacity=4096), _of(other, capacity=4096)).counted == 0


def test_doubled_values_count_once_even_when_sampled() -> None:
    values = np.random.default_rng(9).integers(0, 1 << 64, 1000, np.uint64)
    assert (
        _of(values, values, values, capacity=SMALL).hashes.tolist()
        == _of(values, capacity=SMALL).below(_of(values, values, values, capacity=SMALL).limit).hashes.tolist()
    )


@given(st.lists(st.integers(0, 3) | st.integers((1 << 63) - 2, (1 << 63) + 2) | st.integers(0, (1 << 64) - 1)))
def test_hashes_are_held_in_order_and_once(found) -> None:  # type: ignore[no-untyped-def]
    """Also those that agree in their upper half."""
    assert _of(np.array(found, np.uint64)).hashes.tolist() == sorted(set(found))


def test_an_empty_sketch_overlaps_nothing() -> None:
    assert overlap(Sketch(), _of(np.array([1], np.uint64))).found == 0


def _of(*parts: np.ndarray, capacity: int = 1 << 12) -> Sketch:  # type: ignore[type-arg]
    builder = SketchBuilder(capacity)
    for part in parts:
        builder.add(part)
    return builder.sketch()
