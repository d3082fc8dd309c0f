"""What the maskers that choose from lists share: the canonical form that is hashed, keyed choice, fit, style, the locale."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Match
from engine.canonical import canonical_text
from engine.masking import lists
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.charset import in_charset
from engine.masking.columns import over_distinct
from engine.masking.octets import all_ascii, blanks, spaced_evenly
from engine.prf import Words, to_range
from engine.problems import Problem, Severity


class ListMasker(Masker):
    """Base of the maskers whose output comes from our frozen lists of a locale."""

    properties = Properties(overlap="list")

    locale: str | None = None
    """Whose list: `en_US`, `en_GB`, `de_DE`, `fr_FR`, `es_ES`, `it_IT`, `nl_NL`, `pl_PL`, `pt_BR`, `pt_PT`; without it the plan's."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if self.locale is not None and not lists.has_locale(self.locale):
            yield self.problem(
                subject,
                "locale-unknown",
                f"there is no list for the locale {self.locale!r}, so {lists.DEFAULT_LOCALE} would be used.",
                f"Name one of {', '.join(lists.LOCALES)}, or accept this warning.",
                Severity.WARNING,
            )

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        return in_charsets(super().mask(batch, context), context)

    def locale_in(self, context: Context) -> str:
        """The locale of the lists for this run."""
        return lists.locale_of(self.locale or context.locale)


def in_charsets(batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
    """Every column in the character set that it is stored in."""
    pairs = zip(batch.columns, context.subjects, strict=True)
    columns = [in_charset(column, subject.column) for column, subject in pairs]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def expected_among(distinct_source: int, distinct_target: int, size: int) -> float:
    """The most target values that chance puts among the source's, if all of the source's were entries of a list of `size`."""
    return distinct_target * min(1.0, distinct_source / max(size, 1))


INITIALS = 52
"""An initial becomes an initial, with or without its dot."""


def expected_names(distinct_source: int, distinct_target: int, entries: pa.Array, column: Column) -> float:
    """`expected_among` the entries that fit the column; any initial may be another row's."""
    size = len(entries)
    if column.length is not None:
        size = pc.sum(pc.less_equal(pc.utf8_length(entries), column.length)).as_py()
    return expected_among(distinct_source, distinct_target, size) + min(distinct_source, distinct_target, INITIALS)


def by_distinct(values: pa.Array, mask: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`over_distinct` for texts, whatever carries them. A text of blanks stays as it is."""
    return over_distinct(values, lambda distinct: _but_blanks(distinct.cast(pa.string()), mask)).cast(values.type)


def _but_blanks(texts: pa.Array, mask: Callable[[pa.Array], pa.Array]) -> pa.Array:
    blank, masked = blanks(texts), mask(texts)
    return masked if blank is None else pc.if_else(blank, texts, masked)


def blanks_emptied(values: pa.Array, subject: Subject) -> pa.Array:
    """A text of blanks as the empty text, so that nothing of the source is left; a unique column may hold both, and keeps them."""
    blank = None if subject.unique else blanks(values)
    return values if blank is None else pc.if_else(blank, pa.scalar("", values.type), values)


def canonical(values: pa.Array) -> pa.Array:
    """Trimmed, NFC, lower case, single spaces: what is hashed, so that one person masks alike under every collation."""
    trimmed = pc.utf8_trim_whitespace(values)
    # In ASCII there is nothing to normalise, and a column without other white space is spared the regular expression.
    folded = pc.ascii_lower(trimmed) if all_ascii(trimmed) else pc.utf8_lower(pc.utf8_normalize(trimmed, form="NFC"))
    if spaced_evenly(folded):
        return folded
    return pc.replace_substring_regex(folded, pattern=r"\s+", replacement=" ")


def collated(values: pa.Array, column: Column) -> tuple[pa.Array, pa.Array]:
    """For columns that may be unique: the values as the collation sees them save for case, and the form that is hashed.

    What the collation takes for different keeps a different first form; what differs in case only has one second form (see `recase`).
    """
    seen = canonical_text(values, column.folds - {Match.CASE})
    plain = canonical_text(values, column.folds)
    folded = pc.ascii_lower(plain) if all_ascii(plain) else pc.utf8_normalize(pc.utf8_lower(plain), form="NFC")
    return seen, folded if Match.CASE in column.folds else pc.utf8_rtrim_whitespace(folded)


def choose(entries: pa.Array, words: Words, limit: int | None = None) -> pa.Array:
    """One entry per row. Only where the choice is too long another one that fits is taken, so that columns of any width agree
    as far as they can; where none fits, the choice is cut."""
    chosen = entries.take(pa.array(to_range(words[:, 0], len(entries))))
    if limit is None or fits(entries, limit):
        return chosen
    too_long = pc.greater(pc.utf8_length(chosen), limit)
    if not pc.any(too_long).as_py():
        return chosen
    fitting = entries.filter(pc.less_equal(pc.utf8_length(entries), limit))
    if not len(fitting):
        return cut(chosen, limit)
    return pc.if_else(too_long, fitting.take(pa.array(to_range(words[:, 1], len(fitting)))), chosen)


def fits(texts: pa.Array, limit: int | None) -> bool:
    """Has no text more characters than the limit?"""
    return limit is None or (pc.max(pc.utf8_length(texts)).as_py() or 0) <= limit


def cut(values: pa.Array, limit: int | None) -> pa.Array:
    """At most `limit` characters, no blank at the end."""
    if fits(values, limit):
        return values
    short = pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(values, 0, limit))
    return pc.if_else(pc.greater(pc.utf8_length(values), limit), short, values)


def like(originals: pa.Array, chosen: pa.Array) -> pa.Array:
    """The choice in upper or lower case where the original is all upper or all lower case."""
    upper = pc.and_(pc.utf8_is_upper(originals), pc.greater(pc.utf8_length(originals), 1))
    lower = pc.utf8_is_lower(originals)
    some = bool(originals.null_count)  # NULL stays NULL
    cased = pc.if_else(upper, pc.utf8_upper(chosen), chosen) if some or pc.any(upper).as_py() else chosen
    return pc.if_else(lower, pc.utf8_lower(chosen), cased) if some or pc.any(lower).as_py() else cased
