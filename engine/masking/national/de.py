"""Germany: tax identification number (steuerliche Identifikationsnummer)."""

from __future__ import annotations

import numpy as np

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits
from engine.masking.codepoints import Flags


def _tax_check(signs: Signs) -> Numbers:
    """ISO/IEC 7064, MOD 11,10."""
    product = np.full(len(signs), 10, np.int64)
    for place in range(10):
        rest = (product + signs[:, place]) % 10
        product = np.where(rest == 0, 10, rest) * 2 % 11
    check: Numbers = (11 - product) % 10
    return check


def _tax(signs: Signs) -> Flags:
    """Of the first ten digits one stands there two or three times, every other one at most once; the first is not 0."""
    counts = (signs[:, :10, None] == np.arange(10)).sum(axis=1)
    several = counts > 1
    fits: Flags = (several.sum(axis=1) == 1) & (counts.max(axis=1) <= 3) & (signs[:, 0] > 0)
    return fits


IDNR = (Scheme(digits(11), tuple(range(10)), (10,), decimal_checks(1), _tax_check, _tax),)
