"""Poland: PESEL number."""

from __future__ import annotations

import numpy as np

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits, number_at, weighted
from engine.masking.codepoints import Flags

_CENTURIES = np.array([1900, 2000, 2100, 2200, 1800], np.int64)
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


def _check(signs: Signs) -> Numbers:
    return -weighted(signs, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10


def _born(signs: Signs) -> Flags:
    """A day of the calendar; the century is added to the month."""
    coded, day = number_at(signs, 2, 4), number_at(signs, 4, 6)
    year, month = number_at(signs, 0, 2) + _CENTURIES[coded // 20], coded % 20
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _DAYS[np.clip(month, 1, 12) - 1] + (leap & (month == 2))
    found: Flags = (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    return found


PESEL = (Scheme(digits(11), tuple(range(10)), (10,), decimal_checks(1), _check, _born),)
