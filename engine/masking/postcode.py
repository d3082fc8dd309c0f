"""Postcodes by other postcodes."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, choose, expected_among
from engine.masking.codes import ascii_digits
from engine.masking.octets import any_of
from engine.masking.places import country_of_locale, fill_postcodes, places_of
from engine.masking.writing import writings

_BREAKS = " -\t\n\f\r"
"""What a postcode may be broken with."""


class Postcode(ListMasker):
    """Another postcode: one that begins as a real one does where the form is that of the locale's country, else letters for letters
    and digits for digits.

    Town and state of other columns do not follow; the mask `address` keeps them together. Distinct postcodes may become one.
    """

    name = "postcode"
    title = "Postcode"
    domain = "postcode"
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "en_GB"})

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        country = country_of_locale(lists.locale_of(self.locale or lists.DEFAULT_LOCALE))
        return expected_among(distinct_source, distinct_target, len(places_of(country)))

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        country = country_of_locale(self.locale_in(context))
        return by_distinct(values, lambda codes: postcodes(codes, context.key, country, context.subject.column.length))


def postcodes(codes: pa.Array, key: DomainKey, country: str, limit: int | None = None) -> pa.Array:
    """Another postcode for each: of the country where it has the country's form, else of its own."""
    plain = ascii_digits(codes)
    joined = _tight(canonical(plain))
    filling = key.cmac(joined, "fill")
    listed = places_of(country).postcode
    chosen = fill_postcodes(choose(listed, key.cmac(joined), limit), filling)
    if any_of(codes, _BREAKS):
        chosen = pc.if_else(pc.match_substring_regex(codes, r"[\s-]"), chosen, _tight(chosen))
    else:
        chosen = _tight(chosen)
    of_country = pc.is_in(_shape(joined), value_set=_forms(country))
    if not pc.all(of_country, min_count=0).as_py():
        chosen = pc.if_else(of_country, chosen, fill_postcodes(_shape(plain), filling))
    return pc.if_else(pc.is_null(codes), None, pc.if_else(pc.utf8_is_lower(codes), pc.utf8_lower(chosen), chosen))


def _tight(codes: pa.Array) -> pa.Array:
    """Without blanks and hyphens."""
    return pc.replace_substring_regex(codes, pattern=r"[\s-]", replacement="") if any_of(codes, _BREAKS) else codes


def _shape(codes: pa.Array) -> pa.Array:
    """# for a digit or its place, ^ for a letter or its place, the rest as it is. Asked of each writing of digits once."""
    written = writings(codes)
    digits = pc.replace_substring_regex(written.forms, pattern=r"[0-9]", replacement="#")
    forms = pc.replace_substring_regex(digits, pattern=r"[\p{L}@]", replacement="^")
    return forms.take(pa.array(written.of, mask=written.of < 0))


@cache
def _forms(country: str) -> pa.Array:
    """The forms of a country's postcodes, without blanks and hyphens."""
    return pc.unique(_shape(_tight(places_of(country).postcode)))
