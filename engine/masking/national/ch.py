"""Switzerland: social security number (AHV)."""

from __future__ import annotations

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits, weighted


def _check(signs: Signs) -> Numbers:
    """The check digit of EAN-13."""
    return -weighted(signs, (1, 3) * 6) % 10


AHV = (Scheme(("7", "5", "6", *digits(10)), tuple(range(3, 12)), (12,), decimal_checks(1), _check),)
