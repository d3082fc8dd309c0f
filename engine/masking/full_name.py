"""Full names, part by part in the domains of first and last names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context, Subject
from engine.masking.choose import ListMasker, by_distinct, canonical, cut, expected_among, fits, like
from engine.masking.first_name import first_names
from engine.masking.last_name import PARTICLES, last_names
from engine.masking.octets import spaced_evenly
from engine.problems import Problem

FIRST, LAST, KEPT, DROPPED = 0, 1, 2, 3
TITLES = pa.array(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev fr hon capt cpt col gen lt maj sgt herr frau hr fr dipl-ing ing m mme "
    "mlle sr sra srta don doña dott dott.ssa sig sig.ra signora dhr mevr mw pan pani and und et e & + or".split()
)
"""Words that stay: titles, and what joins two names."""
SUFFIXES = pa.array("jr sr ii iii iv v phd md dds dvm esq mba msc bsc rn cpa jd ma ba".split())

Roles = npt.NDArray[np.int8]


class FullName(ListMasker):
    """Another full name: each part as the columns of first and last names would mask it.

    Understands "First Last", "Last, First", titles, initials, middle names, particles, double names and suffixes. Titles and suffixes
    stay. It does not hide how often a name occurs; distinct names may become one.
    """

    name = "full_name"
    title = "Full name, agreeing with first and last names"
    domain = "full_name"
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"locale": "fr_FR"})

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.column.length is not None and subject.column.length < 5:
            yield self.problem(
                subject,
                "mask-length",
                f"a full name does not fit into {subject.column.length} characters.",
                'Use `mask = "first_name"`, or `null`.',
            )

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        size = len(lists.load(f"last.{lists.locale_of(self.locale or lists.DEFAULT_LOCALE)}"))
        return expected_among(distinct_source, distinct_target, size * 100)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        locale, limit = self.locale_in(context), context.subject.column.length
        first, last = context.domain("first_name"), context.domain("last_name")
        return by_distinct(values, lambda names: full_names(names, first, last, locale, limit))


def full_names(names: pa.Array, first: DomainKey, last: DomainKey, locale: str, limit: int | None = None) -> pa.Array:
    """The masked form of each name; where it is too long, without middle names, at last cut."""
    spaced = pc.utf8_trim_whitespace(names).fill_null("")
    if not spaced_evenly(spaced):
        spaced = pc.replace_substring_regex(spaced, pattern=r"\s+", replacement=" ")
    split = pc.split_pattern(spaced, " ")
    words, owners = split.values, np.repeat(np.arange(len(names)), np.diff(split.offsets.to_numpy()))
    comma = pc.ends_with(words, ",")
    bare = pc.utf8_rtrim(words, characters=",")
    roles = _roles(bare, owners, comma.to_numpy(zero_copy_only=False))
    masked = _mask_words(bare, roles, first, last, locale)
    if pc.any(comma).as_py():
        masked = pc.binary_join_element_wise(masked, pc.if_else(comma, ",", ""), "")
    out = _joined(masked, owners, roles != DROPPED, len(names))
    if not fits(out, limit):
        outer = _outer(owners, roles)
        out = pc.if_else(pc.greater(pc.utf8_length(out), limit), _joined(masked, owners, outer, len(names)), out)
    return pc.if_else(pc.is_null(names), None, cut(like(names, out), limit))


def _roles(words: pa.Array, owners: npt.NDArray[np.int64], comma: npt.NDArray[np.bool_]) -> Roles:
    """What each word is, by its place among the words of its name."""
    found = pc.utf8_rtrim(canonical(words), characters=".").dictionary_encode()
    plain, at = found.dictionary, found.indices.to_numpy()
    kept = _is_in(plain, TITLES)[at] | (_is_in(plain, SUFFIXES)[at] & ~_starts(owners))
    # "M. Dupont" is Monsieur, "John M. Smith" an initial; "Fr" and "Don" may be names: a title stands first.
    kept &= ~_is_in(plain, pa.array(["m", "e", "don", "v", "ma", "ba"]))[at] | _starts(owners)
    roles = np.where(kept, KEPT, FIRST).astype(np.int8)
    particle = _is_in(plain, PARTICLES)[at] & ~kept
    names = roles == FIRST
    before = _before_comma(owners, comma & names, names)
    # "Al Pacino" begins with a name, "de la Cruz, Juan" and "van der Berg" with a particle.
    lower = pc.utf8_is_lower(words).to_numpy(zero_copy_only=False)
    roles[particle & (~_starts(owners) | before | lower)] = DROPPED
    names = roles == FIRST
    before &= names
    last = _last_of_each(owners, names) & ~np.isin(owners, owners[before])
    surname = (_is_in(plain, _known("last")) & ~_is_in(plain, _known("first")))[at] & ~_first_of_each(owners, names)
    follows = np.append(owners[1:] == owners[:-1], False) & np.append(last[1:], False)
    roles[names & (before | last | (surname & follows))] = LAST
    single = names & (np.bincount(owners, names, int(owners[-1]) + 1 if len(owners) else 0)[owners] == 1)
    titled = np.zeros(len(owners), bool)
    titled[1:] = (roles[:-1] == KEPT) & (owners[1:] == owners[:-1])
    roles[single & ~titled & _is_in(plain, _known("first"))[at]] = FIRST
    # A particle that no last name follows is a name of its own.
    alone = (roles == DROPPED) & ~np.isin(owners, owners[roles == LAST])
    roles[alone] = LAST
    return roles


def _before_comma(
    owners: npt.NDArray[np.int64], comma: npt.NDArray[np.bool_], names: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Name words up to the first comma that other name words follow: the last name of "Last, First"."""
    positions = np.arange(len(owners))
    total = int(owners[-1]) + 1 if len(owners) else 0
    first_comma = np.full(total, -1)
    first_comma[owners[comma][::-1]] = positions[comma][::-1]
    last_name_word = np.full(total, -1)
    last_name_word[owners[names]] = positions[names]
    turned = (first_comma >= 0) & (last_name_word > first_comma)
    return names & turned[owners] & (positions <= first_comma[owners])


def _mask_words(words: pa.Array, roles: Roles, first: DomainKey, last: DomainKey, locale: str) -> pa.Array:
    is_first, is_last = pa.array(roles == FIRST), pa.array(roles == LAST)
    of_first = by_distinct(words.filter(is_first), lambda names: first_names(names, first, locale))
    of_last = by_distinct(words.filter(is_last), lambda names: last_names(names, last, locale))
    return pc.replace_with_mask(pc.replace_with_mask(words, is_first, of_first), is_last, of_last)


def _outer(owners: npt.NDArray[np.int64], roles: Roles) -> npt.NDArray[np.bool_]:
    """The first and the last name word of each name."""
    names = (roles == FIRST) | (roles == LAST)
    return _first_of_each(owners, names) | _last_of_each(owners, names)


def _joined(words: pa.Array, owners: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_], rows: int) -> pa.Array:
    counts = np.bincount(owners[kept], minlength=rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    return pc.binary_join(pa.ListArray.from_arrays(offsets, words.filter(pa.array(kept))), " ")


def _first_of_each(owners: npt.NDArray[np.int64], marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    out = np.zeros(len(owners), bool)
    places = np.flatnonzero(marked)
    out[places[_starts(owners[places])]] = True
    return out


def _last_of_each(owners: npt.NDArray[np.int64], marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return _first_of_each(owners[::-1], marked[::-1])[::-1]


def _starts(owners: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.append(True, owners[1:] != owners[:-1])[: len(owners)]


def _is_in(words: pa.Array, listed: pa.Array) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = pc.is_in(words, value_set=listed).to_numpy(zero_copy_only=False)
    return found


@cache
def _known(part: str) -> pa.Array:
    """The first or last names of all locales, canonical."""
    names = [lists.load(file.removesuffix(".txt")) for file in lists.manifest()["lists"] if file.startswith(part)]
    return pc.unique(pc.utf8_lower(pa.concat_arrays(names)))
