"""France: social security number (numéro d'inscription au répertoire)."""

from __future__ import annotations

import numpy as np

from engine.masking.checked_code import Numbers, Scheme, Signs, digits, number_at
from engine.masking.codepoints import Flags

_A, _B = 10, 11
_CHECKS = tuple(f"{97 - rest:02d}" for rest in range(97))


def _check(signs: Signs) -> Numbers:
    """The number modulo 97; Corsica's 2A counts as 19, 2B as 18."""
    plain = signs.copy()
    for letter, digit in ((_A, 9), (_B, 8)):
        rows = signs[:, 6] == letter
        plain[rows, 5], plain[rows, 6] = 1, digit
    rest: Numbers = number_at(plain, 0, 13) % 97
    return rest


def _given_out(signs: Signs) -> Flags:
    """Sex 1 or 2 (7 and 8 while it is provisional), a month or the codes of an unknown one, a department."""
    month = number_at(signs, 3, 5)
    known = ((month >= 1) & (month <= 12)) | (month == 20) | ((month >= 30) & (month <= 42)) | (month >= 50)
    corsica = (signs[:, 5] == 2) & ((signs[:, 6] == _A) | (signs[:, 6] == _B))
    department = number_at(signs, 5, 7)
    place = np.where(signs[:, 6] > 9, corsica, (department > 0) & (department != 20) & (department != 96))
    found: Flags = np.isin(signs[:, 0], (1, 2, 7, 8)) & known & place & (number_at(signs, 10, 13) > 0)
    return found


_BODY = tuple(range(13))
_KEY = ("[0-9]", "[0-9]")
NIR = (
    Scheme((*digits(6), "X", *digits(6), *_KEY), _BODY, (13, 14), _CHECKS, _check, _given_out),
    Scheme((*digits(6), "X", *digits(6)), _BODY, issued=_given_out),
)
"""With its key and without."""
