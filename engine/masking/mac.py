"""Hardware addresses of network cards by others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Kind, Match
from engine.canonical import canonical_text
from engine.fpe import to_numerals
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.checked_code import in_one_case, pseudonyms_of_none
from engine.masking.codepoints import Letters, letters_of, texts_of
from engine.masking.columns import over_distinct
from engine.masking.network_key import permute_cards
from engine.prf import Words
from engine.problems import Problem

_TWO, _FOUR = "[0-9A-F]{2}", "[0-9A-F]{4}"
_WRITINGS = (
    *(rf"{_TWO}(?:{sign}{_TWO}){{5}}(?:(?:{sign}{_TWO}){{2}})?" for sign in (":", "-", "")),
    rf"{_FOUR}(?:\.{_FOUR}){{2,3}}",
)
_CARD = f"^(?:{'|'.join(_WRITINGS)})$"
_NATIVE = frozenset({"macaddr", "macaddr8"})
_VENDOR = 24
"""Bits that name the maker."""
_SIGNS = np.frombuffer(b"0123456789abcdef", np.uint8).astype(np.uint32)


class Mac(Masker):
    """Each MAC address (EUI-48, EUI-64) by another in the same writing; distinct ones stay distinct.

    The two bits that say "group" and "given locally" stay; with `keep_vendor` the maker stays too, and a rare make can give its owner
    away. What is no such address is masked as `pseudonym`.
    """

    name = "mac"
    title = "Hardware address of a network card"
    domain = "mac"
    kinds = frozenset({Kind.TEXT, Kind.OTHER})
    properties = Properties(bijective=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"keep_vendor": True})

    keep_vendor: bool = False
    """Keep the first three octets, which name the maker."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.column.kind is Kind.OTHER and subject.column.native.casefold() not in _NATIVE:
            reason = f"mac masks texts and macaddr, and this column is {subject.column.native}."
            yield self.problem(
                subject, "mask-kind", reason, "Choose a mask for this type; `lookalike plan` proposes one."
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda distinct: self._mask(distinct, context))

    def _mask(self, values: pa.Array, context: Context) -> pa.Array:
        values = canonical_text(values, context.subject.column.folds - {Match.CASE})
        lower = pc.ascii_lower(values)
        found = pc.match_substring_regex(pc.ascii_upper(values), _CARD)
        card = pc.and_(in_one_case(values, context.subject.column.folds), found)
        others = pseudonyms_of_none(values.filter(pc.invert(card)), _CARD, context)
        out = pc.replace_with_mask(values, pc.invert(card), others)
        image = self._cards(lower.filter(card), context.key)
        written = pc.if_else(pc.equal(values.filter(card), lower.filter(card)), image, pc.ascii_upper(image))
        return pc.replace_with_mask(out, card, written)

    def _cards(self, texts: pa.Array, key: DomainKey) -> pa.Array:
        letters = letters_of(texts)
        codes = letters.codes.copy()
        hexadecimal = (codes >= ord("0")) & (codes <= ord("9")) | (codes >= ord("a"))
        for _, places in letters.groups(hexadecimal):
            found = codes[places].astype(np.int64)
            numerals = np.where(found >= ord("a"), found - ord("a") + 10, found - ord("0")).astype(np.uint64)
            width = 4 * places.shape[1]
            number = np.zeros(len(numerals), np.uint64)
            for place in range(places.shape[1]):
                number = (number << np.uint64(4)) | numerals[:, place]
            codes[places] = _SIGNS[to_numerals(self._numbers(number, width, key), 16, places.shape[1])]
        return texts_of(Letters(codes, letters.offsets)).cast(texts.type)

    def _numbers(self, numbers: Words, width: int, key: DomainKey) -> Words:
        """A bijection of the numbers with these bits that leaves the two said bits, or the maker, as they are."""
        if not self.keep_vendor:
            return permute_cards(numbers, width, key)
        serials = 1 << (width - _VENDOR)
        inside = np.uint64(serials - 1)
        return (numbers & ~inside) | key.permutation(serials, f"serial/{width}").apply(numbers & inside)
