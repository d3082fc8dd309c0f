"""Text keys: a keyed bijection that keeps length, separators, and where digits and letters stand.

What a text keeps is decided by the text alone, by its mode:

- *plain*: each digit becomes a digit and each letter a letter of the same case (`AB-1234`, `ALFKI`, `4711`);
- *hex*: twelve or more hexadecimal digits of one case, letters and digits mixed, stay so;
- *mixed*: twelve or more letters and digits that change place too often for their places to mean anything (and would be a
  fingerprint if kept) become others of the same alphabet.

A bijection of the mode's alphabet is walked until the result is of the same mode, so the whole is a bijection of texts. Texts with
halves above 2^56 (about 24 letters) get pseudo-random letters of the same mode instead: 95 bits or more keep them apart.
Case is kept beside the bijection, so texts that differ only in case mask alike, whether or not the database tells them apart.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.fpe import TABLE, Permutation, feistel_pairs, rounds
from engine.keys import DomainKey
from engine.masking.codepoints import Codes, Flags, Letters, Places, letters_of, texts_of
from engine.prf import Words, to_range

SEPARATORS = string.punctuation + " "
PLAIN, HEX, ALNUM, BASE62 = range(4)
_RADIX = np.array([0, 16, 36, 62], np.uint64)
MIXED = 12
"""Letters and digits from which on their places may change."""
_MANY_CHANGES = 6
_HALF_BITS = 56.0

_ALPHABET = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8).astype(np.uint32)
_NUMERAL = np.zeros(128, np.uint64)
_NUMERAL[_ALPHABET] = np.arange(62, dtype=np.uint64)
_ACTIVE = np.zeros(128, np.bool_)
_ACTIVE[_ALPHABET] = True
_KNOWN = _ACTIVE.copy()
_KNOWN[[ord(sign) for sign in SEPARATORS]] = True
_CASE = np.uint32(0x20)


def in_alphabet(letters: Letters) -> Flags:
    """For each text: ASCII letters, digits and separators only?"""
    return ~letters.any(~_flag(_KNOWN, letters.codes))


def permute_texts(texts: pa.Array, key: DomainKey, *, fold_case: bool) -> pa.Array:
    """The image of each text; none is NULL and all are `in_alphabet`. Separators and empty texts stay."""
    letters = letters_of(texts)
    codes = letters.codes.copy()
    tags = key.cmac(texts_of(Letters(_lower(codes), letters.offsets)), "text")
    skeletons = key.cmac(texts_of(Letters(_skeleton(codes), letters.offsets)), "skeleton")[:, 0] >> np.uint64(8)
    for rows, places in letters.groups(_flag(_ACTIVE, codes)):
        codes[places] = _Group(key, skeletons[rows], tags[rows], fold_case).mask(codes[places])
    return texts_of(Letters(codes, letters.offsets))


@dataclass(frozen=True)
class _Group:
    """Texts with equally many letters and digits."""

    key: DomainKey
    skeletons: Words
    tags: Words
    fold_case: bool

    def mask(self, codes: Codes) -> Codes:
        modes = _modes(codes, self.fold_case)
        radices, numerals = _radices(codes, modes), _numerals(codes, modes)
        tweaks = (self.skeletons ^ modes.astype(np.uint64)) & np.uint64((1 << 56) - 1)
        half = codes.shape[1] // 2
        bits = np.log2(radices.astype(np.float64))
        short = (bits[:, :half].sum(axis=1) <= _HALF_BITS) & (bits[:, half:].sum(axis=1) <= _HALF_BITS)
        out = np.empty_like(codes)
        if not short.all():
            drawn = to_range(self.key.words(self.tags[~short], codes.shape[1], "text"), radices[~short])
            out[~short] = _letters(drawn, codes[~short], modes[~short])
        waiting = np.flatnonzero(short)
        while len(waiting):
            numerals[waiting] = permute_numerals(self.key, tweaks[waiting], numerals[waiting], radices[waiting])
            out[waiting] = _letters(numerals[waiting], codes[waiting], modes[waiting])
            waiting = waiting[_modes(out[waiting], self.fold_case) != modes[waiting]]
        return out


def permute_numerals(key: DomainKey, tweaks: Words, numerals: Words, radices: Words) -> Words:
    """A bijection of each row's numerals, each position with a radix of its own; rows of one tweak share one bijection.

    The product of the radices of either half is at most 2^56.
    """
    half = numerals.shape[1] // 2
    a, b = _product(radices[:, :half]), _product(radices[:, half:])
    left, right = _number(numerals[:, :half], radices[:, :half]), _number(numerals[:, half:], radices[:, half:])
    size = a.astype(np.float64) * b.astype(np.float64)
    secret = key.secret("text")
    for rows in _same_rounds(size):
        left[rows], right[rows] = feistel_pairs(
            secret, tweaks[rows], left[rows], right[rows], (a[rows], b[rows]), rounds(int(size[rows[0]]))
        )
    _permute_small(key, tweaks, left, right, b, size)
    return np.concatenate([_digits(left, radices[:, :half]), _digits(right, radices[:, half:])], axis=1)


def _same_rounds(size: npt.NDArray[np.float64]) -> list[Places]:
    groups = (np.flatnonzero((size > TABLE) & (size < 1e6)), np.flatnonzero(size >= 1e6))
    return [rows for rows in groups if len(rows)]


def _permute_small(key: DomainKey, tweaks: Words, left: Words, right: Words, b: Words, size: Any) -> None:
    # One table per skeleton: the few shapes that codes of four characters have.
    small = size <= TABLE
    for tweak in np.unique(tweaks[small]):
        rows = np.flatnonzero(small & (tweaks == tweak))
        table = Permutation(key.secret(f"text/{int(tweak)}"), int(size[rows[0]]))
        image = table.apply(left[rows] * b[rows] + right[rows])
        left[rows], right[rows] = image // b[rows], image % b[rows]


def _modes(codes: Codes, fold_case: bool) -> npt.NDArray[np.int64]:
    if codes.shape[1] < MIXED:
        return np.full(len(codes), PLAIN)
    digit = codes <= ord("9")
    upper = (codes >= ord("A")) & (codes <= ord("Z")) & (not fold_case)
    lower = ~digit & ~upper
    both_cases = upper.any(axis=1) & lower.any(axis=1)
    mixed = digit.any(axis=1) & ~digit.all(axis=1)
    hexadecimal = mixed & ~both_cases & (digit | (_lower(codes) <= ord("f"))).all(axis=1)
    kinds = digit.astype(np.int8) + 2 * upper.astype(np.int8)
    busy = mixed & ((np.diff(kinds, axis=1) != 0).sum(axis=1) > _MANY_CHANGES)
    return np.where(hexadecimal, HEX, np.where(~busy, PLAIN, np.where(both_cases, BASE62, ALNUM)))


def _radices(codes: Codes, modes: npt.NDArray[np.int64]) -> Words:
    plain = np.where(codes <= ord("9"), np.uint64(10), np.uint64(26))
    return np.where((modes == PLAIN)[:, None], plain, _RADIX[modes][:, None])


def _numerals(codes: Codes, modes: npt.NDArray[np.int64]) -> Words:
    folded = np.where((modes == BASE62)[:, None], codes, _lower(codes))
    numerals = _NUMERAL[folded]
    letters = (modes == PLAIN)[:, None] & (codes > ord("9"))
    return np.where(letters, numerals - np.uint64(10), numerals)


def _letters(numerals: Words, like: Codes, modes: npt.NDArray[np.int64]) -> Codes:
    """The inverse of `_numerals`, in the case that `like` has: letter by letter in plain texts, as a whole in others."""
    plain = (modes == PLAIN)[:, None]
    shifted = np.where(plain & (like > ord("9")), numerals + np.uint64(10), numerals)
    codes = _ALPHABET[shifted]
    upper = (like >= ord("A")) & (like <= ord("Z"))
    lower = like >= ord("a")
    whole = (upper.any(axis=1) & ~lower.any(axis=1) & (modes != BASE62))[:, None]
    raised = (np.where(plain, upper, whole)) & (codes >= ord("a"))
    return np.where(raised, codes ^ _CASE, codes)


def _skeleton(codes: Codes) -> Codes:
    active = _flag(_ACTIVE, codes)
    return np.where(active, np.where(codes <= ord("9"), np.uint32(ord("0")), np.uint32(ord("a"))), codes)


def _lower(codes: Codes) -> Codes:
    return np.where((codes >= ord("A")) & (codes <= ord("Z")), codes ^ _CASE, codes)


def _flag(table: Flags, codes: Codes) -> Flags:
    return table[np.minimum(codes, 127)] & (codes < 128)


def _product(radices: Words) -> Words:
    product: Words = np.prod(radices, axis=1, dtype=np.uint64)
    return product


def _number(numerals: Words, radices: Words) -> Words:
    number = np.zeros(len(numerals), np.uint64)
    for column in range(numerals.shape[1]):
        number = number * radices[:, column] + numerals[:, column]
    return number


def _digits(number: Words, radices: Words) -> Words:
    out = np.empty_like(radices)
    for column in range(radices.shape[1] - 1, -1, -1):
        out[:, column] = number % radices[:, column]
        number = number // radices[:, column]
    return out
