"""Countries by other countries, written the same way."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.charset import in_charset
from engine.masking.choose import by_distinct, canonical, choose, expected_among, like
from engine.masking.places import countries

FORMS = {2: "alpha2", 3: "alpha3"}


class Country(Masker):
    """Another country: in two letters, three letters or its English name, as the original is written.

    The same country in any writing becomes the same country. Which towns and postcodes other columns hold does not follow; the mask
    `address` keeps them together. Distinct countries may become one.
    """

    name = "country"
    title = "Country"
    domain = "country"
    properties = Properties(overlap="list")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        return expected_among(distinct_source, distinct_target, len(lists.table("country")))

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        limit = context.subject.column.length
        masked = by_distinct(values, lambda names: other_countries(names, context.key, limit))
        return in_charset(masked, context.subject.column)


def other_countries(names: pa.Array, key: DomainKey, limit: int | None = None) -> pa.Array:
    """Another country for each, in two or three letters where the original has so many."""
    table = lists.table("country")
    known = pa.array(countries(names, ""), pa.string())
    tags = key.cmac(pc.if_else(pc.equal(known, ""), canonical(names), known))
    length = pc.utf8_length(pc.utf8_trim_whitespace(names))
    out = choose(table["name"].combine_chunks(), tags, limit)
    for size, form in FORMS.items():
        out = pc.if_else(pc.equal(length, size), choose(table[form].combine_chunks(), tags, limit), out)
    return pc.if_else(pc.is_null(names), None, like(names, out))
