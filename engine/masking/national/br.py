"""Brazil: CPF number."""

from __future__ import annotations

import numpy as np

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits, weighted


def _check(signs: Signs) -> Numbers:
    first = -weighted(signs, range(10, 1, -1)) % 11 % 10
    both = np.concatenate([signs[:, :9], first[:, None]], axis=1)
    return first * 10 + -weighted(both, range(11, 1, -1)) % 11 % 10


CPF = (Scheme(digits(11), tuple(range(9)), (9, 10), decimal_checks(2), _check),)
