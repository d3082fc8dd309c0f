"""Netherlands: citizen service number (burgerservicenummer)."""

from __future__ import annotations

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits, number_at, weighted
from engine.masking.codepoints import Flags


def _rest(signs: Signs) -> Numbers:
    return weighted(signs, range(9, 1, -1)) % 11


def _check(signs: Signs) -> Numbers:
    """The eleven test."""
    return _rest(signs) % 10


def _given_out(signs: Signs) -> Flags:
    return (_rest(signs) < 10) & (number_at(signs, 0, 8) > 0)


BSN = (Scheme(digits(9), tuple(range(8)), (8,), decimal_checks(1), _check, _given_out),)
