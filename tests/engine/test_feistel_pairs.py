"""A row of a Feistel network is encrypted by its own moduli, whatever other rows the batch holds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.fpe import feistel_pairs

KEY = bytes(range(32))
MODULI = st.sampled_from([10, 36**3, 1 << 32, (1 << 32) + 15, 36**10, 1 << 56])


@given(st.lists(st.tuples(MODULI, MODULI), min_size=1, max_size=8))
def test_a_row_becomes_the_same_alone_and_in_company(moduli: list[tuple[int, int]]) -> None:
    a, b = (np.array(column, np.uint64) for column in zip(*moduli, strict=True))
    left, right, tweak = a // np.uint64(3), b // np.uint64(2), np.arange(len(a), dtype=np.uint64)
    together = feistel_pairs(KEY, tweak, left, right, (a, b), 10)
    for row in range(len(a)):
        one = slice(row, row + 1)
        alone = feistel_pairs(KEY, tweak[one], left[one], right[one], (a[one], b[one]), 10)
        assert [int(part[0]) for part in alone] == [int(part[row]) for part in together]
