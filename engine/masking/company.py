"""Companies by made ones."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, choose, cut, expected_among, like
from engine.masking.columns import keep_null
from engine.masking.octets import any_of
from engine.prf import Words

TRADES = pa.array([
    "Analytics", "Associates", "Bakery", "Brands", "Builders", "Capital", "Clinic", "Consulting", "Design", "Dynamics", "Electric",
    "Energy", "Engineering", "Export", "Foods", "Freight", "Furniture", "Health", "Holdings", "Imports", "Industries", "Instruments",
    "Interiors", "Labs", "Logistics", "Marine", "Materials", "Media", "Motors", "Networks", "Optics", "Packaging", "Partners",
    "Pharma", "Press", "Printing", "Research", "Security", "Services", "Software", "Solutions", "Stores", "Studios", "Supplies",
    "Systems", "Technologies", "Telecom", "Textiles", "Tools", "Trading", "Transport", "Travel", "Ventures", "Works",
])  # fmt: skip
FORMS = {
    "inc": "Inc.", "llc": "LLC", "ltd": "Ltd", "limited": "Limited", "corp": "Corp.", "corporation": "Corporation", "co": "Co.",
    "plc": "PLC", "llp": "LLP", "gmbh": "GmbH", "ag": "AG", "kg": "KG", "se": "SE", "ug": "UG", "sa": "S.A.", "sarl": "SARL",
    "sas": "SAS", "srl": "S.r.l.", "spa": "S.p.A.", "sl": "S.L.", "bv": "B.V.", "nv": "N.V.", "ltda": "Ltda", "ab": "AB", "as": "AS",
    "oy": "Oy", "aps": "ApS", "pty": "Pty",
}  # fmt: skip
"""The last word of a company's name that stays, as it is written by us."""
KINDS = {
    "group": "Group",
    "foundation": "Foundation",
    "hospital": "Hospital",
    "clinic": "Clinic",
    "university": "University",
    "bank": "Bank",
}
"""The same for words that stand for the trade."""


class Company(ListMasker):
    """A made company: a word or a name, a trade, and the legal form of the original.

    A real company may bear that name by chance. Distinct companies may become one.
    """

    name = "company"
    title = "Company, legal form kept"
    domain = "company"
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        locale = lists.locale_of(self.locale or lists.DEFAULT_LOCALE)
        size = (len(lists.load("company_word")) + len(lists.load(f"last.{locale}"))) * len(TRADES)
        return expected_among(distinct_source, distinct_target, size)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        locale, limit = self.locale_in(context), context.subject.column.length
        return by_distinct(values, lambda names: companies(names, context.key, locale, limit))


def companies(names: pa.Array, key: DomainKey, locale: str, limit: int | None = None) -> pa.Array:
    """A made company for each; only its first word where all would be too long."""
    plain = canonical(names)
    stem = pc.replace_substring_regex(plain, pattern=r"[.,]", replacement="") if any_of(plain, ".,") else plain
    front, last = _last_word(stem)
    form = pc.if_else(pc.equal(stem, last), None, _translated(last, FORMS | KINDS))
    bare = pc.if_else(pc.is_null(form), stem, front)
    tags = key.cmac(bare)
    head, body = _heads(tags, locale, None), choose(TRADES, key.cmac(bare, "trade"))
    body = pc.if_else(pc.is_null(_translated(last, KINDS)), body, None)
    full = pc.binary_join_element_wise(head, body, form, " ", null_handling="skip")
    if limit is not None:
        short = pc.binary_join_element_wise(head, form, " ", null_handling="skip")
        full = pc.if_else(pc.greater(pc.utf8_length(full), limit), short, full)
        full = pc.if_else(pc.greater(pc.utf8_length(full), limit), _heads(tags, locale, limit), full)
    return keep_null(cut(like(names, full), limit), names)


def _last_word(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """What stands before the last blank, and what behind; twice the whole text where there is none."""
    split = pc.split_pattern(texts.fill_null(""), " ", max_splits=1, reverse=True)
    offsets = split.offsets
    return split.values.take(offsets[:-1]), split.values.take(pc.subtract(offsets[1:], 1))


def _heads(tags: Words, locale: str, limit: int | None) -> pa.Array:
    words = pa.concat_arrays([lists.load("company_word"), lists.load(f"last.{locale}")])
    return choose(words, tags, limit)


def _translated(words: pa.Array, dictionary: dict[str, str]) -> pa.Array:
    found = pc.index_in(words, value_set=pa.array(list(dictionary)))
    return pa.array(list(dictionary.values())).take(found)
