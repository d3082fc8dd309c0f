"""Number plates of vehicles by others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pyarrow as pa

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.checked_code import ALPHABET, Scheme, Signs, mask_codes
from engine.masking.codepoints import Flags
from engine.masking.columns import over_distinct
from engine.masking.places import country_of_locale
from engine.problems import Problem

_LETTERS = {
    "DE": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ES": "BCDFGHJKLMNPRSTVWXYZ",
    "FR": "ABCDEFGHJKLMNPQRSTVWXYZ",
    "GB": "ABCDEFGHJKLMNOPRSTUVWXY",
    "IT": "ABCDEFGHJKLMNPRSTVWXYZ",
    "NL": "BDFGHJKLMNPRSTVXZ",
    "PL": "ABCDEFGHIJKLMNOPRSTUVWXYZ",
    "US": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
"""Country -> the letters that its plates use."""
_GERMAN = " ".join(
    "A" * place + "A" * letters + "9" * count for place in (1, 2, 3) for letters in (1, 2) for count in (1, 2, 3, 4)
)
_FORMS = {
    "DE": _GERMAN,
    "ES": "9999AAA",
    "FR": "AA999AA",
    "GB": "AA99AAA A999AAA AAA999A",
    "IT": "AA999AA",
    "NL": "AA9999 9999AA 99AA99 AA99AA AAAA99 99AAAA 99AAA9 9AAA99 AA999A A999AA AAA99A 9AA999 999AA9",
    "PL": "AA99999 AA9999A AA999AA AA9A999 AA9AA99 AAA9AAA AAA99AA AAA9A99 AAA99A9 AAA9AA9 AAAAA99 AAA99999 AAA9999A AAA999AA",
    "US": "AAA9999 AAA999 9AAA999 999AAA AAA99A9 AA99999 9999AA",
}
"""Country -> how its plates are written: A for a letter, 9 for a digit."""


class LicencePlate(Masker):
    """Each number plate by another of the same country's form: letters that its plates use for letters, digits for digits.

    Distinct plates stay distinct; blanks and hyphens stay. A masked plate may by chance be somebody's. What is no plate of the country
    is masked as `pseudonym` would.
    """

    name = "licence_plate"
    title = "Number plate of a vehicle"
    domain = "licence_plate"
    properties = Properties(bijective=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"country": "DE"})

    country: str | None = None
    """`DE`, `ES`, `FR`, `GB`, `IT`, `NL`, `PL`, `US`; without it that of the plan's locale."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if self.country is not None and self.country.upper() not in _FORMS:
            reason = f"The plates of {self.country!r} are not known."
            yield self.problem(
                subject, "plate-country", reason, f"Name one of {', '.join(_FORMS)}, or mask it with `pseudonym`."
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        country = (self.country or country_of_locale(context.locale)).upper()
        schemes = plate_schemes(country)
        return over_distinct(values, lambda distinct: mask_codes(distinct, schemes, context))


def plate_schemes(country: str) -> list[Scheme]:
    """How the plates of a country are written; of one that is not known those of the United States."""
    country = country if country in _FORMS else "US"
    used = np.array([ALPHABET.index(letter) for letter in _LETTERS[country]], np.int64)

    def issued(signs: Signs) -> Flags:
        found: Flags = np.all((signs < 10) | np.isin(signs, used), axis=1)
        return found

    letter = f"[{_LETTERS[country]}]"
    forms = dict.fromkeys(_FORMS[country].split())
    return [
        Scheme(tuple(letter if sign == "A" else sign for sign in form), tuple(range(len(form))), issued=issued)
        for form in forms
    ]
