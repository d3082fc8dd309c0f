"""Vehicle identification numbers by others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa

from engine.masking.base import Context, Masker, Properties
from engine.masking.checked_code import ALPHABET, Numbers, Scheme, Signs, mask_codes
from engine.masking.codepoints import Flags
from engine.masking.columns import over_distinct

_SIGN = "[A-HJ-NPR-Z0-9]"
_CHECK = 8
_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], np.int64)
_VALUES = np.array([*range(10), *(int(digit) for digit in "12345678012345070923456789")], np.int64)
"""Of A to Z; I, O and Q are not used."""
_UNUSED = [ALPHABET.index(letter) for letter in "IOQ"]


class Vin(Masker):
    """Each vehicle identification number (ISO 3779) by another with a valid check digit (49 CFR 565.15) where it had one.

    Distinct numbers stay distinct; letters stay letters and digits digits. The manufacturer and the sign of the model year stay: a
    rare make can give its owner away. What is no such number is masked as `pseudonym`.
    """

    name = "vin"
    title = "Vehicle identification number"
    domain = "vin"
    properties = Properties(bijective=True, keeps_checksum=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"keep_maker": False})

    keep_maker: bool = True
    """Keep the first three signs, the manufacturer, and the tenth, the model year."""

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        kept = (0, 1, 2, 9) if self.keep_maker else ()
        body = tuple(place for place in range(17) if place not in (_CHECK, *kept))
        checked = tuple("[0-9X]" if place == _CHECK else _SIGN for place in range(17))
        schemes = (
            Scheme(checked, body, (_CHECK,), tuple("0123456789X"), _expected, _used),
            # Outside North America the ninth sign is the maker's own.
            Scheme((_SIGN,) * 17, (*body, _CHECK), issued=_unchecked),
        )
        return over_distinct(values, lambda distinct: mask_codes(distinct, schemes, context))


def _expected(signs: Signs) -> Numbers:
    rest: Numbers = _VALUES[signs] @ _WEIGHTS % 11
    return rest


def _used(signs: Signs) -> Flags:
    used: Flags = np.all(~np.isin(signs, _UNUSED), axis=1)
    return used


def _unchecked(signs: Signs) -> Flags:
    """With a letter that is no check, so that none becomes a number of the first scheme."""
    found: Flags = _used(signs) & (signs[:, _CHECK] != ALPHABET.index("X"))
    return found
