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
from engine.masking.places import country_of_locale, fill_postcodes, places_of


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
    joined = pc.replace_substring_regex(canonical(ascii_digits(codes)), pattern=r"[\s-]", replacement="")
    filling = key.cmac(joined, "fill")
    listed = places_of(country).postcode
    chosen = fill_postcodes(choose(listed, key.cmac(joined), limit), filling)
    tight = pc.replace_substring_regex(chosen, pattern=r"[\s-]", replacement="")
    chosen = pc.if_else(pc.match_substring_regex(codes, r"[\s-]"), chosen, tight)
    of_country = pc.is_in(_shape(joined), value_set=_forms(country))
    masked = pc.if_else(of_country, chosen, fill_postcodes(_shape(ascii_digits(codes)), filling))
    return pc.if_else(pc.is_null(codes), None, pc.if_else(pc.utf8_is_lower(codes), pc.utf8_lower(masked), masked))


def _shape(codes: pa.Array) -> pa.Array:
    """# for a digit or its place, ^ for a letter or its place, the rest as it is."""
    digits = pc.replace_substring_regex(codes, pattern=r"[0-9]", replacement="#")
    return pc.replace_substring_regex(digits, pattern=r"[\p{L}@]", replacement="^")


@cache
def _forms(country: str) -> pa.Array:
    """The forms of a country's postcodes, without blanks and hyphens."""
    joined = pc.replace_substring_regex(places_of(country).postcode, pattern=r"[\s-]", replacement="")
    return pc.unique(_shape(joined))
