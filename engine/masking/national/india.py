"""India: Aadhaar number."""

from __future__ import annotations

from functools import reduce

import numpy as np

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits
from engine.masking.codepoints import Flags

_LEFT, _RIGHT = np.divmod(np.arange(100).reshape(10, 10), 10)
_TURNED = np.where(_LEFT < 5, _LEFT + _RIGHT, _LEFT - _RIGHT) % 5
_TIMES = _TURNED + 5 * ((_LEFT < 5) ^ (_RIGHT < 5))
"""The symmetries of the pentagon: 0 to 4 turn it, 5 to 9 turn it over."""
_MOVE = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4], np.int64)
_MOVES = np.array([reduce(lambda places, _: _MOVE[places], range(turn), np.arange(10)) for turn in range(8)], np.int64)
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
