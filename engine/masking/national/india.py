"""India: Aadhaar number."""

from __future__ import annotations

import numpy as np
from stdnum import verhoeff

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits
from engine.masking.codepoints import Flags

_TIMES = np.array(verhoeff._multiplication_table, np.int64)
_MOVES = np.array(verhoeff._permutation_table, np.int64)
_INVERSE = np.array([int(np.flatnonzero(row == 0)[0]) for row in _TIMES], np.int64)


def _check(signs: Signs) -> Numbers:
    """Verhoeff's check digit (Error Detecting Decimal Codes, 1969)."""
    check = np.zeros(len(signs), np.int64)
    for turn, place in enumerate(range(10, -1, -1), start=1):
        check = _TIMES[check, _MOVES[turn % 8, signs[:, place]]]
    return _INVERSE[check]


def _given_out(signs: Signs) -> Flags:
    """None begins with 0 or 1, and none reads the same backwards."""
    whole = np.concatenate([signs[:, :11], _check(signs)[:, None]], axis=1)
    found: Flags = (signs[:, 0] >= 2) & np.any(whole != whole[:, ::-1], axis=1)
    return found


AADHAAR = (Scheme(digits(12), tuple(range(11)), (11,), decimal_checks(1), _check, _given_out),)
