"""Streets with their house numbers by other streets."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Properties, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, choose, cut, like
from engine.masking.codes import ascii_digits
from engine.masking.columns import keep_null
from engine.masking.writing import writings
from engine.prf import Words, to_range

_NUMBERS = pa.array([str(number) for number in range(1001)], pa.string())


class Street(ListMasker):
    """Another street of the locale's country, with another house number where the original has one, at the same end.

    Flat, floor and what else stands in the line are dropped. Distinct streets may become one. The mask `address` keeps street, town
    and postcode of a row together.
    """

    name = "street"
    title = "Street and house number"
    domain = "street"
    properties = Properties(overlap="list")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "de_DE"})

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        # A thousand house numbers per street: two addresses are rarely one; streets without a number are a list.
        size = len(lists.load(f"street.{lists.locale_of(self.locale or lists.DEFAULT_LOCALE)}"))
        return distinct_target * min(1.0, distinct_source / size)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        locale, limit = self.locale_in(context), context.subject.column.length
        return by_distinct(values, lambda streets: street_lines(streets, context.key, locale, limit))


def street_lines(streets: pa.Array, key: DomainKey, locale: str, limit: int | None = None) -> pa.Array:
    """Another street and number for each."""
    plain = canonical(ascii_digits(streets))
    return _lines(streets, plain, key.cmac(plain), locale, limit)


def street_lines_of(streets: pa.Array, tags: Words, locale: str, limit: int | None = None) -> pa.Array:
    """A street chosen by the tags, its number at the end where the original has it."""
    return _lines(streets, canonical(ascii_digits(streets)), tags, locale, limit)


def _lines(streets: pa.Array, plain: pa.Array, tags: Words, locale: str, limit: int | None) -> pa.Array:
    written = writings(plain)
    leading = written.matching(r"^(no\.? ?|nr\.? ?|#)?[0-9]+[a-z]?[ ,/-]")
    trailing = ~leading & written.matching("[0-9]")
    names = choose(lists.load(f"street.{locale}"), tags, None if limit is None else max(1, limit - 5))
    numbers = house_numbers(tags)
    lines = names
    if trailing.any():
        comma = ", " if locale in ("pt_BR", "pt_PT", "es_ES") else " "
        lines = pc.if_else(pa.array(trailing), pc.binary_join_element_wise(names, numbers, comma), lines)
    if leading.any():
        lines = pc.if_else(pa.array(leading), pc.binary_join_element_wise(numbers, names, " "), lines)
    return keep_null(cut(like(streets, lines), limit), streets)


def house_numbers(tags: Words) -> pa.Array:
    """House numbers from 1 to 999, low ones more often, as streets have them."""
    high = to_range(tags[:, 1], 999) + 1
    ceiling = to_range(tags[:, 1] * 0x9E3779B97F4A7C15, 999) + 1
    return _NUMBERS.take(pa.array((high * ceiling) // 999 + 1))
