"""United Kingdom: National Insurance number, NHS number."""

from __future__ import annotations

import numpy as np

from engine.masking.checked_code import ALPHABET, Numbers, Scheme, Signs, decimal_checks, digits, weighted
from engine.masking.codepoints import Flags

_PREFIXES = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def _places(letters: str) -> list[int]:
    return [ALPHABET.index(letter) for letter in letters]


def _insurance(signs: Signs) -> Flags:
    """The rules of HM Revenue and Customs' manual NIM39110."""
    first, second = signs[:, 0], signs[:, 1]
    refused = np.isin(first, _places("DFIQUV")) | np.isin(second, _places("DFIOQUV"))
    for prefix in _PREFIXES:
        refused |= (first == ALPHABET.index(prefix[0])) & (second == ALPHABET.index(prefix[1]))
    return ~refused & np.isin(signs[:, 8], _places("ABCD"))


def _health_rest(signs: Signs) -> Numbers:
    return -weighted(signs, range(10, 1, -1)) % 11


def _health_check(signs: Signs) -> Numbers:
    return _health_rest(signs) % 10


def _health(signs: Signs) -> Flags:
    """A number whose check would be 10 is not given out."""
    return _health_rest(signs) < 10


NINO = (Scheme(("A", "A", *digits(6), "A"), tuple(range(9)), issued=_insurance),)
NHS = (Scheme(digits(10), tuple(range(9)), (9,), decimal_checks(1), _health_check, _health),)
