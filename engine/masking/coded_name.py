"""Names with a code, `ada.jones.k3x...`: what user names and e-mail addresses have in common."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking import lists
from engine.masking.base import Context
from engine.masking.codes import code
from engine.masking.columns import words_by_person
from engine.masking.octets import octets_of
from engine.prf import Words, to_range

CODE = 16
"""Characters of the code: 80 bits, so that of a million values two become one with p < 10^-12 (n^2 / 2^81)."""
NAME = 8
"""Longest first and last name in it."""


def coded_names(names: pa.Array, tags: Words, limit: int | None) -> pa.Array:
    """`names.code`; the code alone, at last shortened, where that is too long."""
    full = pc.binary_join_element_wise(names, code(tags, CODE), ".")
    if limit is None:
        return full
    short = pc.less_equal(pc.utf8_length(full), limit)
    if pc.all(short, min_count=0).as_py():
        return full
    return pc.if_else(short, full, code(tags, max(1, min(CODE, limit))))


def recase(seen: pa.Array, canonical: pa.Array, local: pa.Array, key: DomainKey) -> pa.Array:
    """`local` in the case of the original's part before the @, so that values which differ only in case keep differing only in
    case: equal under a case-insensitive collation, distinct under a case-sensitive one. Other spellings than lower, UPPER and
    Title case get a case of their own, by a hash of the exact original."""
    plain = pc.equal(seen, canonical)
    if pc.all(plain).as_py() is not False:
        return local
    other = pc.invert(plain).fill_null(False)
    spelt = _recased(seen.filter(other), canonical.filter(other), local.filter(other), key)
    return pc.replace_with_mask(local, other, spelt)


def _recased(seen: pa.Array, canonical: pa.Array, local: pa.Array, key: DomainKey) -> pa.Array:
    """Of values that are not in lower case alone."""
    names = pc.replace_substring_regex(canonical, pattern="@.*$", replacement="")
    domain = pc.replace_substring_regex(canonical, pattern="^[^@]*", replacement="")
    is_upper = pc.equal(seen, pc.binary_join_element_wise(pc.utf8_upper(names), domain, ""))
    is_title = pc.equal(seen, pc.binary_join_element_wise(pc.utf8_title(names), domain, ""))
    out = pc.if_else(is_upper, pc.utf8_upper(local), pc.if_else(is_title, pc.utf8_title(local), local))
    other = pc.invert(pc.or_(is_upper, is_title))
    if not pc.any(other).as_py():
        return out
    return pc.replace_with_mask(out, other, _odd_case(local.filter(other), key.cmac(seen.filter(other), "case")))


def _odd_case(local: pa.Array, tags: Words) -> pa.Array:
    """Letters in upper case where the tag's bits say so: that of the 128 with the letter's place, none beyond. All is ASCII."""
    offsets, data = octets_of(local)
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=1))
    bits = np.unpackbits(tags[:, ::-1].astype("<u8").view(np.uint8), axis=1, count=longest, bitorder="little")
    shift = np.repeat(np.arange(len(local)) * longest - offsets[:-1], lengths)
    said = bits.ravel()[np.arange(len(data)) + shift]
    spelt = data - np.uint8(32) * (said & ((data - np.uint8(ord("a"))) < 26))
    return pa.StringArray.from_buffers(len(local), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(spelt))


def made_names(tags: Words, locale: str) -> pa.Array:
    """`first.last` in plain ASCII, chosen by the tags."""
    first, last = _short_names(locale)
    return pc.binary_join_element_wise(
        first.take(pa.array(to_range(tags[:, 0], len(first)))),
        last.take(pa.array(to_range(tags[:, 1], len(last)))),
        ".",
    )


def person_names(values: pa.Array, context: Context, locale: str) -> pa.Array:
    """One made name per person key; of its own value where a row has no person."""
    return made_names(words_by_person(values, context, "email name"), locale)


def given_names(context: Context) -> pa.Array:
    """`first.last` from the masked columns that `from` names, in plain ASCII; `x` where a row has none."""
    parts = [plain_ascii(column.cast(pa.string()).fill_null("")) for column in context.given.values()]
    joined = pc.binary_join_element_wise(*[pc.utf8_slice_codeunits(part, 0, 12) for part in parts], ".")
    tidy = pc.utf8_trim(pc.replace_substring_regex(joined, pattern=r"\.+", replacement="."), characters=".")
    return pc.if_else(pc.equal(tidy, ""), "x", tidy)


def plain_ascii(texts: pa.Array) -> pa.Array:
    """Lower-case ASCII letters and digits, dots between words; accents dropped."""
    folded = pc.utf8_normalize(pc.utf8_lower(texts), form="NFKD")
    for letter, plain in (("ł", "l"), ("ß", "ss"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"), ("đ", "d"), ("ı", "i")):
        folded = pc.replace_substring(folded, letter, plain)
    dotted = pc.replace_substring_regex(folded, pattern=r"[\s_.-]+", replacement=".")
    return pc.replace_substring_regex(dotted, pattern=r"[^a-z0-9.]", replacement="")


@cache
def _short_names(locale: str) -> tuple[pa.Array, pa.Array]:
    """First and last names of at most `NAME` letters, in plain ASCII."""
    first = pa.concat_arrays([lists.load(f"first_{sex}.{locale}") for sex in ("female", "male")])
    short = []
    for names in (first, lists.load(f"last.{locale}")):
        plain = pc.unique(pc.replace_substring(plain_ascii(names), ".", ""))
        kept = plain.filter(pc.and_(pc.less_equal(pc.utf8_length(plain), NAME), pc.greater(pc.utf8_length(plain), 1)))
        short.append(kept.take(pc.sort_indices(kept)))
    return short[0], short[1]
