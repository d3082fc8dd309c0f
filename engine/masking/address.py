"""Addresses over several columns: one real place per address, so that town, state, postcode and country agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, canonical, cut, expected_among, in_charsets, like
from engine.masking.columns import words_by_person
from engine.masking.places import Places, countries, country_of_locale, fill_postcodes, places_of
from engine.masking.street import house_numbers, street_lines_of
from engine.prf import Words, to_range
from engine.problems import Problem

LOCALE_OF_COUNTRY = {locale.partition("_")[2]: locale for locale in lists.LOCALES}
LOCALE_OF_COUNTRY |= {"AT": "de_DE", "CH": "de_DE", "BE": "nl_NL", "LU": "fr_FR", "MX": "es_ES", "AR": "es_ES", "CL": "es_ES",
                      "CO": "es_ES", "PE": "es_ES", "VE": "es_ES", "IE": "en_GB", "AU": "en_GB", "NZ": "en_GB"}  # fmt: skip
"""Whose street names an address in a country gets; elsewhere those of the rule's or plan's locale."""


class Address(ListMasker):
    """Another address in the same country: a town with its own state and the beginning of its own postcode, a street, a number.

    Roles: street, street2, city, district, state, postcode, country. One rule names the columns; equal addresses become equal ones,
    or all addresses of one person (`by`) do. The country stays as it is, and so does whether a part is NULL or empty. Of most
    countries only the largest towns are known. Distinct addresses may become one; a real address may come out by chance.
    """

    name = "address"
    title = "Address over several columns, parts consistent"
    domain = "address"
    roles = ("street", "street2", "city", "district", "state", "postcode", "country")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "fr_FR"})

    country: str | None = None
    """A column of the row, not masked by this rule, that names the country; without it and without a role `country` the locale's."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.role is not None and subject.role not in self.roles:
            yield self.problem(
                subject,
                "mask-role",
                f"an address has no part {subject.role!r}.",
                f"Give `roles` from {', '.join(self.roles)}, one per column.",
            )

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return (self.country,) if self.country else ()

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Flats, towns, states and postcodes come from short lists, so that most of them may be found again; a country is kept."""
        if subject.role == "street":
            return expected_among(distinct_source, distinct_target, len(lists.load(f"street.{lists.DEFAULT_LOCALE}")))
        return float(distinct_target)

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        columns = {subject.role or "street": batch.column(index) for index, subject in enumerate(context.subjects)}
        chosen, where = self._places(columns, context)
        out = []
        for subject, values in zip(context.subjects, batch.columns, strict=True):
            masked = self._part(subject.role or "street", values, chosen, where, subject.column.length)
            blank = pc.equal(pc.utf8_trim_whitespace(values), "")
            out.append(pc.if_else(pc.is_null(values), None, pc.if_else(blank, values, masked)).cast(values.type))
        return in_charsets(pa.RecordBatch.from_arrays(out, schema=batch.schema), context)

    def _places(self, columns: dict[str, pa.Array], context: Context) -> tuple[Places, _Where]:
        """The place of each row, and what else its parts are made of."""
        tags = _tags(columns, context)
        home = country_of_locale(self.locale_in(context))
        stated = columns.get("country", context.row.get(self.country) if self.country else None)
        of_row = np.full(len(tags), home, object)
        if stated is not None:
            encoded = stated.cast(pa.string()).dictionary_encode()
            codes = np.array([*countries(encoded.dictionary, home), home], object)
            of_row = codes[encoded.indices.fill_null(len(encoded.dictionary)).to_numpy()]
        return _chosen(tags, of_row), _Where(tags, of_row, self.locale_in(context))

    def _part(self, role: str, values: pa.Array, chosen: Places, where: _Where, limit: int | None) -> pa.Array:
        if role == "country":
            return values
        if role == "postcode":
            return _postcodes(values, chosen, where, limit)
        if role == "street":
            return where.streets(values, limit)
        if role == "street2":
            return like(values, cut(pc.binary_join_element_wise("Apt", house_numbers(where.tags[:, ::-1]), " "), limit))
        if role == "state":
            return _states(values, chosen, limit)
        return like(values, cut(chosen.city if role == "city" else _or_city(chosen.state, chosen), limit))


class _Where:
    """Tags and country of each row."""

    def __init__(self, tags: Words, countries: npt.NDArray[np.object_], locale: str) -> None:
        self.tags, self.countries, self.locale = tags, countries, locale

    def streets(self, values: pa.Array, limit: int | None) -> pa.Array:
        out = np.full(len(values), None, object)
        locales = np.array([LOCALE_OF_COUNTRY.get(country, self.locale) for country in self.countries], object)
        for locale in np.unique(locales.astype(str)):
            rows = np.flatnonzero(locales == locale)
            some = street_lines_of(values.take(pa.array(rows)), self.tags[rows], locale, limit)
            out[rows] = some.to_numpy(zero_copy_only=False)
        return pa.array(out, pa.string())


def _tags(columns: dict[str, pa.Array], context: Context) -> Words:
    """One pair of words per address, or per person where the rule names a person key and the row has one."""
    parts = [canonical(columns[role].cast(pa.string()).fill_null("")) for role in sorted(columns) if role != "country"]
    parts = parts or [canonical(columns["country"].cast(pa.string()).fill_null(""))]
    return words_by_person(pc.binary_join_element_wise(*parts, "\x1f"), context, "address")


def _chosen(tags: Words, of_row: npt.NDArray[np.object_]) -> Places:
    """One place of its country for each row."""
    out = {name: np.full(len(tags), "", object) for name in ("state", "code", "city", "postcode")}
    for country in np.unique(of_row.astype(str)):
        rows = np.flatnonzero(of_row == country)
        places = places_of(country)
        at = pa.array(to_range(tags[rows, 0], len(places)))
        for name, column in out.items():
            column[rows] = getattr(places, name).take(at).to_numpy(zero_copy_only=False)
    return Places(**{name: pa.array(column, pa.string()) for name, column in out.items()})


def _or_city(states: pa.Array, chosen: Places) -> pa.Array:
    """The state, or the town where no state is known."""
    return pc.if_else(pc.equal(states, ""), chosen.city, states)


def _states(values: pa.Array, chosen: Places, limit: int | None) -> pa.Array:
    """States by name or by code, as the original is written."""
    coded = pc.and_(pc.less_equal(pc.utf8_length(values), 3), pc.not_equal(chosen.code, ""))
    states = _or_city(chosen.state, chosen)
    if limit is not None:
        too_long = pc.and_(pc.greater(pc.utf8_length(states), limit), pc.not_equal(chosen.code, ""))
        coded = pc.or_(coded, too_long)
    return cut(pc.if_else(coded, chosen.code, like(values, states)), limit)


def _postcodes(values: pa.Array, chosen: Places, where: _Where, limit: int | None) -> pa.Array:
    """The place's postcode; where none is known, digits for digits and letters for letters."""
    own = pc.replace_substring_regex(values, pattern="[0-9]", replacement="#")
    own = pc.replace_substring_regex(own, pattern=r"\p{L}", replacement="^").fill_null("")
    filled = fill_postcodes(pc.if_else(pc.equal(chosen.postcode, ""), own, chosen.postcode), where.tags[:, ::-1])
    tight = pc.replace_substring_regex(filled, pattern=r"[\s-]", replacement="")
    return cut(pc.if_else(pc.match_substring_regex(values, r"[\s-]"), filled, tight), limit)
