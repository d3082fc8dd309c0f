"""Italy: tax code (codice fiscale)."""

from __future__ import annotations

import numpy as np

from engine.masking.checked_code import ALPHABET, Numbers, Scheme, Signs, digits, number_at
from engine.masking.codepoints import Flags

_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
_ODD_VALUES = np.array([*_ODD[:10], *_ODD], np.int64)
_EVEN_VALUES = np.array([*range(10), *range(26)], np.int64)
_MONTHS = np.array([ALPHABET.index(letter) for letter in "ABCDEHLMPRST"], np.int64)
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_CHECKS = tuple(ALPHABET[10:])


def _check(signs: Signs) -> Numbers:
    """Ministerial decree of 23 December 1976: every other sign counts by a table of its own."""
    total: Numbers = _ODD_VALUES[signs[:, 0:15:2]].sum(axis=1) + _EVEN_VALUES[signs[:, 1:15:2]].sum(axis=1)
    return total % 26


def _born(signs: Signs) -> Flags:
    """A month and a day of it (women's days are 40 higher); 29 February in a leap year."""
    month = np.searchsorted(_MONTHS, signs[:, 8])
    named = np.isin(signs[:, 8], _MONTHS)
    number = number_at(signs, 9, 11)
    day = number - 40 * (number > 40)
    leap = number_at(signs, 6, 8) % 4 == 0
    longest = _DAYS[np.minimum(month, 11)] + (leap & (month == 1))
    found: Flags = named & (number <= 71) & (day >= 1) & (day <= longest)
    return found


CODICE_FISCALE = (
    Scheme(
        (*("A",) * 6, *digits(2), "A", *digits(2), "A", *digits(3), "A"),
        tuple(range(15)),
        (15,),
        _CHECKS,
        _check,
        _born,
    ),
)
