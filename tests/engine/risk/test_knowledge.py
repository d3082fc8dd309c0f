"""What somebody knows roughly is the same for all who know it as roughly."""

from __future__ import annotations

import numpy as np
import pytest

from engine.risk.knowledge import months, rounded


def test_numbers_are_rounded_by_their_size_and_days_by_their_month() -> None:
    assert rounded(np.array([1234.0, 0.01267, -98.7, 0, 5])).tolist() == pytest.approx([1200, 0.013, -99, 0, 5])
    days = np.array(["1970-01-31", "1970-02-01", "1969-12-31"], "datetime64[D]").astype(float)
    assert months(days).tolist() == [0, 1, -1]
    assert np.isnan(months(np.array([np.nan]))).all()
