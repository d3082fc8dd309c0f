"""Texts encrypted within their own alphabet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Match
from engine.canonical import canonical_text
from engine.fpe import MINIMUM, to_number, to_numerals
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.codepoints import Codes, Letters, letters_of, texts_of
from engine.masking.columns import over_distinct
from engine.masking.pseudonym import has_room_for_token, tokens, walked
from engine.problems import Problem

ASCII = 128
_DIGITS, _LOWER = "0123456789", "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = {
    "digits": _DIGITS,
    "lower": _LOWER,
    "upper": _LOWER.upper(),
    "letters": _LOWER + _LOWER.upper(),
    "hex": _DIGITS + "abcdef",
    "lower_digits": _DIGITS + _LOWER,
    "upper_digits": _DIGITS + _LOWER.upper(),
    "letters_digits": _DIGITS + _LOWER + _LOWER.upper(),
}


class Fpe(Masker):
    """Each text encrypted by FF1 (NIST SP 800-38G) into another of the same length over the same alphabet.

    Distinct texts stay distinct. Below a million possible texts of a length a keyed permutation of them takes FF1's place. A text with
    other characters than the alphabet and the separators becomes a token, or its pseudonym where the column is too short for one.
    Separators and length stay visible.
    """

    name = "fpe"
    title = "Format-preserving encryption (FF1)"
    properties = Properties(bijective=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {},
        {"alphabet": "letters_digits"},
        {"alphabet": "01", "separators": ""},
    )

    alphabet: str = "digits"
    """`digits`, `lower`, `upper`, `letters`, `hex`, `lower_digits`, `upper_digits`, `letters_digits`, or the characters themselves."""
    separators: str = " -_./:()+"
    """Characters that stay where they are."""

    @property
    def characters(self) -> str:
        return ALPHABETS.get(self.alphabet, self.alphabet)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        letters, column = self.characters, subject.column
        if len(letters) < 2 or len(set(letters)) < len(letters) or set(letters) & set(self.separators):
            reason = "The alphabet needs two characters or more, each once, and none of them a separator."
            yield self.problem(subject, "fpe-alphabet", reason, "Correct `alphabet` or `separators`.")
        if len(set(canonical_text(pa.array(list(letters), pa.string()), column.folds).to_pylist())) < len(set(letters)):
            reason = "The column's collation takes some letters of the alphabet for the same, so distinct texts could collide."
            yield self.problem(subject, "fpe-collation", reason, "Choose an alphabet of one case, without accents.")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda distinct: self._encrypt(distinct, context))

    def _encrypt(self, values: pa.Array, context: Context) -> pa.Array:
        plain = self._in_case(canonical_text(values, context.subject.column.folds - {Match.CASE}), context.subject)
        letters = letters_of(plain)
        numerals = _numerals(letters.codes, self.characters)
        outside = self._outside(plain)
        codes, alphabet = letters.codes.copy(), np.array([ord(letter) for letter in self.characters], np.uint32)
        for _, places in letters.groups(numerals >= 0):
            codes[places] = alphabet[encrypt_numerals(numerals[places], len(alphabet), context.key, "fpe")]
        encrypted = texts_of(Letters(codes, letters.offsets)).cast(plain.type)
        return pc.replace_with_mask(encrypted, outside, self._others(plain.filter(outside), context))

    def _others(self, texts: pa.Array, context: Context) -> pa.Array:
        """Tokens; where the column has no room for one, pseudonyms that have other characters too."""
        if has_room_for_token(context.subject.column):
            return tokens(texts, context.key, context.subject)
        return walked(texts, self._outside, context.key, context.subject)

    def _outside(self, texts: pa.Array) -> pa.Array:
        """Which texts have other characters than the alphabet and the separators?"""
        letters = letters_of(texts)
        known = _numerals(letters.codes, self.characters + self.separators) >= 0
        return pa.array(letters.any(~known), pa.bool_())

    def _in_case(self, texts: pa.Array, subject: Subject) -> pa.Array:
        """Where the collation ignores case, and the alphabet has only one, all letters in that one."""
        if Match.CASE not in subject.column.folds:
            return texts
        return pc.utf8_upper(texts) if self.characters == self.characters.upper() else pc.utf8_lower(texts)


def encrypt_numerals(numerals: npt.NDArray[np.int64], radix: int, key: DomainKey, label: str) -> npt.NDArray[np.int64]:
    """A bijection of each length of numerals: FF1, or below its smallest domain a keyed permutation."""
    length = numerals.shape[1]
    if radix**length >= MINIMUM:
        return key.ff1(radix, label).encrypt(numerals)
    permutation = key.permutation(radix**length, f"{label}/{length}")
    return to_numerals(permutation.apply(to_number(numerals, radix)), radix, length).astype(np.int64)


def _numerals(codes: Codes, alphabet: str) -> npt.NDArray[np.int64]:
    """The place of each letter in the alphabet; -1 for letters outside."""
    signs = np.array([ord(letter) for letter in alphabet], np.uint32)
    if signs.max(initial=0) < ASCII:
        places = np.full(ASCII + 1, -1, np.int64)
        places[signs] = np.arange(len(signs))
        return places[np.minimum(codes, ASCII)]
    order = np.argsort(signs)
    place = np.minimum(np.searchsorted(signs[order], codes), len(signs) - 1)
    return np.where(signs[order][place] == codes, order[place], -1)
