"""How many rows of one parent are used, where a noisy histogram decides."""

from __future__ import annotations

import numpy as np
import pytest

from engine.privacy.asked import _bound, _scale
from engine.privacy.number_domains import in_cells


@pytest.mark.parametrize("scale", [15.0, 30.0, 120.0])
def test_noise_alone_does_not_raise_a_bound_far_above_the_rows_there_are(scale: float) -> None:
    rng, edges = np.random.default_rng(1), _scale(1000)
    counts = in_cells(np.minimum(rng.poisson(3.0, 17_000), 10).astype(float), edges)
    bounds = [_bound(edges, counts + rng.normal(0, scale, len(counts)), scale) for _ in range(200)]
    assert np.quantile(bounds, 0.02) >= 5
    assert np.quantile(bounds, 0.98) <= 11


def test_without_noise_the_bound_cuts_no_row() -> None:
    edges = _scale(1000)
    counts = in_cells(np.array([0.0, 3.0, 13.0]), edges)
    assert _bound(edges, counts, 0.0) == 13
    assert _bound(edges, np.zeros(len(counts)), 0.0) == 1
