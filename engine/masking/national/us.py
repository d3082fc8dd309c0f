"""United States: Social Security number, Employer Identification Number, National Provider Identifier."""

from __future__ import annotations

from functools import cache

import numpy as np
from stdnum.exceptions import ValidationError
from stdnum.us import ein

from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits, number_at
from engine.masking.codepoints import Flags
from engine.masking.credit_card import luhn

_ADVERTISED = (78_05_1120, 457_55_5462, 219_09_9999)
"""Numbers that were printed in advertisements, and are nobody's since."""


def _social_security(signs: Signs) -> Flags:
    area = number_at(signs, 0, 3)
    unused = (area == 0) | (area == 666) | (area >= 900) | np.isin(number_at(signs, 0, 9), _ADVERTISED)
    issued: Flags = ~unused & (number_at(signs, 3, 5) > 0) & (number_at(signs, 5, 9) > 0)
    return issued


@cache
def _prefixes() -> Flags:
    """Which of the hundred first two digits the Internal Revenue Service gives out."""
    return np.array([_known(f"{prefix:02d}0000000") for prefix in range(100)])


def _known(number: str) -> bool:
    try:
        return bool(ein.get_campus(number))
    except ValidationError:
        return False


def _employer(signs: Signs) -> Flags:
    return _prefixes()[number_at(signs, 0, 2)]


def _provider(signs: Signs) -> Flags:
    known: Flags = np.isin(signs[:, 0], (1, 2))
    return known


def _provider_check(signs: Signs) -> Numbers:
    """Luhn, over the number behind 80840 (45 CFR 162.406)."""
    prefix = np.broadcast_to(np.array([8, 0, 8, 4, 0]), (len(signs), 5))
    return luhn(np.concatenate([prefix, signs[:, :9]], axis=1))


SSN = (Scheme(digits(9), tuple(range(9)), issued=_social_security),)
EIN = (Scheme(digits(9), tuple(range(9)), issued=_employer),)
NPI = (Scheme(digits(10), tuple(range(9)), (9,), decimal_checks(1), _provider_check, _provider),)
