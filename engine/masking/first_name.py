"""First names by other first names, of the same usual gender."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, choose, cut, expected_names, fits, like
from engine.masking.octets import all_framed, any_of, any_single, spaced_evenly
from engine.prf import Words, to_range

FEMALE, MALE, EITHER = 0, 1, 2
GENDERS = dict.fromkeys(
    ("f", "female", "w", "weiblich", "woman", "frau", "femme", "mujer", "femenino", "femminile", "k"), FEMALE
)
GENDERS |= dict.fromkeys(
    ("m", "male", "man", "mann", "männlich", "homme", "hombre", "masculino", "maschile", "masculin"), MALE
)
"""What a gender column may say, in lower case; anything else is read as either."""

Genders = npt.NDArray[np.int8]


class FirstName(ListMasker):
    """Another first name from a frozen list, of the gender that the name usually has.

    Each word of "Mary Ann" and each part of "Jean-Pierre" is masked by itself, so columns of full names agree; an initial becomes an
    initial. It does not hide how often a name occurs: the commonest name is still the commonest, under another name. Distinct names
    may become one.
    """

    name = "first_name"
    title = "First name, gender kept"
    domain = "first_name"
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "de_DE"})

    gender: str | None = None
    """A column of the row that says the gender; without it the name's own usual gender counts."""

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return (self.gender,) if self.gender else ()

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        locale = lists.locale_of(self.locale or lists.DEFAULT_LOCALE)
        return expected_names(distinct_source, distinct_target, entries(locale)[FEMALE], subject.column)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        locale, limit = self.locale_in(context), context.subject.column.length
        stated = context.row.get(self.gender) if self.gender else None
        if stated is None:
            return by_distinct(values, lambda names: first_names(names, context.key, locale, limit))
        told = _stated(stated)
        masked = values
        for gender in (FEMALE, MALE, EITHER):
            of_gender = by_distinct(
                values, _of_gender(context.key, locale, limit, gender if gender != EITHER else None)
            )
            masked = pc.if_else(pa.array(told == gender), of_gender, masked)
        return masked


def _of_gender(key: DomainKey, locale: str, limit: int | None, gender: int | None) -> Callable[[pa.Array], pa.Array]:
    return lambda names: first_names(names, key, locale, limit, gender)


def _stated(column: pa.Array) -> Genders:
    encoded = column.cast(pa.string()).dictionary_encode()
    codes = [GENDERS.get(text, EITHER) for text in canonical(encoded.dictionary).to_pylist()]
    told: Genders = np.array([*codes, EITHER], np.int8)[
        encoded.indices.fill_null(len(codes)).to_numpy(zero_copy_only=False)
    ]
    return told


def first_names(
    names: pa.Array, key: DomainKey, locale: str, limit: int | None = None, gender: int | None = None
) -> pa.Array:
    """The masked form of each name, word by word; shortened to its first word where all would be too long."""
    masked = per_word(names, lambda words: _single(words, key, locale, None, gender))
    if not fits(masked, limit):
        first = pc.list_element(pc.split_pattern_regex(canonical(names), pattern="[ -]"), 0)
        masked = pc.if_else(
            pc.greater(pc.utf8_length(masked), limit), _single(first, key, locale, limit, gender), masked
        )
    return cut(like(names, masked), limit)


def per_word(names: pa.Array, mask: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Mask the words between blanks and hyphens one by one and put them together again."""

    def between_hyphens(words: pa.Array) -> pa.Array:
        return _parts(words, "-", lambda parts: by_distinct(parts, mask))

    trimmed = pc.utf8_trim_whitespace(names)
    if not spaced_evenly(trimmed):
        trimmed = pc.replace_substring_regex(trimmed, pattern=r"\s+", replacement=" ")
    return _parts(trimmed, " ", between_hyphens)


def _parts(values: pa.Array, separator: str, mask: Callable[[pa.Array], pa.Array]) -> pa.Array:
    if not any_of(values, separator):
        return mask(values)
    split = pc.split_pattern(values.fill_null(""), separator)
    joined = pc.binary_join(pa.ListArray.from_arrays(split.offsets, mask(split.values)), separator)
    return pc.if_else(pc.is_null(values), None, joined)


def _single(words: pa.Array, key: DomainKey, locale: str, limit: int | None, gender: int | None) -> pa.Array:
    """The masked form of single words; of an initial ("J.", "J") an initial."""
    plain = bare(words)
    tags = key.cmac(plain)
    usual = usual_genders(plain, locale) if gender is None else np.full(len(words), gender, np.int8)
    if limit is None:
        names, starts, sizes = _one_list(locale)
        chosen = names.take(pa.array(starts[usual] + to_range(tags[:, 0], sizes[usual])))
    else:
        chosen = choose(entries(locale)[EITHER], tags, limit)
        for each in (FEMALE, MALE):
            chosen = pc.if_else(pa.array(usual == each), choose(entries(locale)[each], tags, limit), chosen)
    return initials_kept(words, plain, chosen)


def bare(words: pa.Array) -> pa.Array:
    """The canonical form without signs around it."""
    plain = canonical(words)
    if all_framed(plain):
        return plain
    return pc.replace_substring_regex(plain, pattern=r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$", replacement="")


def initials_kept(words: pa.Array, plain: pa.Array, chosen: pa.Array) -> pa.Array:
    """The choice; where the word is an initial ("J.", "J"), that of the choice."""
    if not any_single(plain):
        return chosen
    initial = pc.match_substring_regex(plain, r"^\p{Latin}$")
    dot = pc.if_else(pc.ends_with(words, "."), ".", "")
    return pc.if_else(initial, pc.binary_join_element_wise(pc.utf8_slice_codeunits(chosen, 0, 1), dot, ""), chosen)


def usual_genders(plain: pa.Array, locale: str) -> Genders:
    """The gender of each canonical name by the lists: those of the locale first, then those of all locales."""
    out = np.full(len(plain), EITHER, np.int8)
    plain = pc.utf8_rtrim(plain, characters="0123456789")  # made data has "Leonie332"
    for female, male in (_known(None), _known(locale)):
        is_female = pc.is_in(plain, value_set=female).to_numpy(zero_copy_only=False)
        is_male = pc.is_in(plain, value_set=male).to_numpy(zero_copy_only=False)
        out[is_female & ~is_male] = FEMALE
        out[is_male & ~is_female] = MALE
        out[is_male & is_female] = EITHER
    return out


@cache
def entries(locale: str) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The locale's female and male names, and both."""
    female, male = lists.load(f"first_female.{locale}"), lists.load(f"first_male.{locale}")
    return female, male, pc.unique(pa.concat_arrays([female, male]))


@cache
def _one_list(locale: str) -> tuple[pa.Array, Words, Words]:
    """The lists of `entries` one behind the other, where each begins, and how long it is."""
    lists_ = entries(locale)
    sizes = np.array([len(names) for names in lists_], np.uint64)
    return pa.concat_arrays(lists_), np.cumsum(sizes) - sizes, sizes


@cache
def _known(locale: str | None) -> tuple[pa.Array, pa.Array]:
    """Canonical female and male names of one locale, or of all."""
    locales = lists.LOCALES if locale is None else (locale,)
    female = pa.concat_arrays([lists.load(f"first_female.{each}") for each in locales])
    male = pa.concat_arrays([lists.load(f"first_male.{each}") for each in locales])
    return pc.unique(pc.utf8_lower(female)), pc.unique(pc.utf8_lower(male))
