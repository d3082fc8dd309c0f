"""Towns by other towns."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, choose, expected_among, like
from engine.masking.places import cities_of, countries, country_of_locale


class City(ListMasker):
    """Another real town of the country.

    Which country: that of the locale, or what a column of the row says (`country = "Country"`). Postcode and state of other columns
    do not follow; the mask `address` keeps them together. It does not hide how often a town occurs.
    """

    name = "city"
    title = "City"
    domain = "city"
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "de_DE"})

    country: str | None = None
    """A column of the row that names the country, in two or three letters or in words."""

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return (self.country,) if self.country else ()

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        size = len(cities_of(country_of_locale(lists.locale_of(self.locale or lists.DEFAULT_LOCALE))))
        return expected_among(distinct_source, distinct_target, min(size, 12) if self.country else size)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        limit, home = context.subject.column.length, country_of_locale(self.locale_in(context))
        stated = context.row.get(self.country) if self.country else None
        if stated is None:
            return by_distinct(values, lambda towns: cities(towns, context.key, home, limit))
        encoded = stated.cast(pa.string()).dictionary_encode()
        of_row = pa.array(countries(encoded.dictionary, home), pa.string()).take(encoded.indices).fill_null(home)
        masked = values
        for country in pc.unique(of_row).to_pylist():
            rows = pc.equal(of_row, country)
            some = by_distinct(values.filter(rows), partial(cities, key=context.key, country=country, limit=limit))
            masked = pc.replace_with_mask(masked, rows, some)
        return masked


def cities(towns: pa.Array, key: DomainKey, country: str, limit: int | None = None) -> pa.Array:
    """Another town of the country for each."""
    return like(towns, choose(cities_of(country), key.cmac(canonical(towns)), limit))
