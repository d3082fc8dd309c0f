"""Device numbers of mobile telephones (IMEI) by others."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from engine.masking.base import Context, Masker, Properties
from engine.masking.checked_code import Numbers, Scheme, Signs, decimal_checks, digits, mask_codes
from engine.masking.columns import over_distinct
from engine.masking.credit_card import luhn


class Imei(Masker):
    """Each IMEI by another with a valid check digit (Luhn) where it had one, with 14, 15 or 16 digits as before.

    Distinct numbers stay distinct. The first eight digits name the model of the device, and they stay: a rare model can give its
    owner away, and a model has a million serial numbers, so a masked one may be somebody's. What is no IMEI is masked as `pseudonym`.
    """

    name = "imei"
    title = "IMEI with a valid check digit"
    domain = "imei"
    properties = Properties(bijective=True, keeps_checksum=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"keep_model": False})

    keep_model: bool = True
    """Keep the first eight digits, the type allocation code."""

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        body = tuple(range(8 if self.keep_model else 0, 14))
        schemes = (
            Scheme(digits(15), body, (14,), decimal_checks(1), _check),
            Scheme(digits(14), body),
            Scheme(digits(16), body),
        )
        return over_distinct(values, lambda distinct: mask_codes(distinct, schemes, context))


def _check(signs: Signs) -> Numbers:
    return luhn(signs[:, :14])
