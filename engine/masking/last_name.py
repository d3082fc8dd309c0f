"""Last names by other last names."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, choose, cut, expected_names, fits, like
from engine.masking.first_name import bare, initials_kept, per_word
from engine.masking.octets import any_of

PARTICLES = pa.array(
    "al bin da das de degli dei del della den der di do dos du el ibn la las le los ten ter van vom von y zu zum zur 't".split()
)
"""Small words before a name that are dropped: `van der Berg` and `Berg` mask alike, wherever the words stand."""


class LastName(ListMasker):
    """Another last name from a frozen list.

    Each word of a double name is masked by itself and particles (`van`, `de la`) are dropped, so columns of full names agree. It does
    not hide how often a name occurs, nor that two rows share one. Distinct names may become one.
    """

    name = "last_name"
    title = "Last name"
    domain = "last_name"
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "nl_NL"})

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        locale = lists.locale_of(self.locale or lists.DEFAULT_LOCALE)
        return expected_names(distinct_source, distinct_target, lists.load(f"last.{locale}"), subject.column)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        locale, limit = self.locale_in(context), context.subject.column.length
        return by_distinct(values, lambda names: last_names(names, context.key, locale, limit))


def last_names(names: pa.Array, key: DomainKey, locale: str, limit: int | None = None) -> pa.Array:
    """The masked form of each name, word by word; one name only where all would be too long."""
    plain = without_particles(names)
    masked = per_word(plain, lambda words: _single(words, key, locale, None))
    if not fits(masked, limit):
        masked = pc.if_else(pc.greater(pc.utf8_length(masked), limit), _single(plain, key, locale, limit), masked)
    return cut(like(names, masked), limit)


def without_particles(names: pa.Array) -> pa.Array:
    """The name without `van`, `de`...; a name of nothing else stays."""
    if not any_of(names, " \t\n\f\r"):
        return names
    split = pc.split_pattern_regex(canonical(names).fill_null(""), pattern=" ")
    kept = pc.invert(pc.is_in(split.values, value_set=PARTICLES))
    counts = pa.array(kept).cast(pa.int32())
    sums = pc.cumulative_sum(pa.concat_arrays([pa.array([0], pa.int32()), counts]))
    offsets = sums.take(split.offsets)
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, split.values.filter(kept)), " ")
    return pc.if_else(pc.or_(pc.is_null(names), pc.equal(joined, "")), names, joined)


def _single(words: pa.Array, key: DomainKey, locale: str, limit: int | None) -> pa.Array:
    plain = bare(words)
    return initials_kept(words, plain, choose(lists.load(f"last.{locale}"), key.cmac(plain), limit))
