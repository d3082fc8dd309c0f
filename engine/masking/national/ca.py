"""Canada: Social Insurance Number."""

from __future__ import annotations

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits
from engine.masking.codepoints import Flags
from engine.masking.credit_card import luhn


def _check(signs: Signs) -> Numbers:
    return luhn(signs[:, :8])


def _given_out(signs: Signs) -> Flags:
    found: Flags = (signs[:, 0] != 0) & (signs[:, 0] != 8)
    return found


SIN = (Scheme(digits(9), tuple(range(8)), (8,), decimal_checks(1), _check, _given_out),)
