"""Text keys in any script: a keyed bijection that keeps length, and at each place the class of the letter.

A class is the letters of one category and block that the same older character sets hold, so that the image fits any column that the
text fits. Under a collation that ignores case or accents only the letters that it tells apart change, to one another. What is in no
class (spaces, control characters, punctuation of ASCII) stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Match
from engine.canonical import map_distinct
from engine.keys import DomainKey
from engine.masking.codepoints import Codes, Flags, Letters, letters_of, texts_of
from engine.masking.text_key import permute_numerals
from engine.prf import Words, to_range

_CHARACTER_SETS = ("latin-1", "iso8859-2", "cp1252", "cp1251", "iso8859-7")
_WHOLE_BLOCKS = ((0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x1F300, 0x1F6FF))
"""Han, Hangul and pictographs; other letters are in blocks of 256."""
_HALF_BITS = 56.0


def as_compared(texts: pa.Array, folds: Set[Match], encoding: str | None = None) -> pa.Array:
    """The texts as their collation sees them, yet never longer than they are, and in the column's character set: letter by letter,
    where a full folding expands some."""
    if not folds & {Match.CASE, Match.ACCENT}:
        return pc.utf8_rtrim(texts, " ") if Match.PAD in folds else texts
    folded = map_distinct(texts, lambda text: "".join(_folded(letter, frozenset(folds), encoding) for letter in text))
    return pc.utf8_rtrim(folded, " ") if Match.PAD in folds else folded


def permute_letters(texts: pa.Array, key: DomainKey, folds: Set[Match]) -> pa.Array:
    """The image of each text, none NULL and all `as_compared`: of the same length, and distinct from the others under `folds`."""
    letters = letters_of(texts)
    codes, classes = letters.codes.copy(), _classes(letters.codes, frozenset(folds & {Match.CASE, Match.ACCENT}))
    tags = key.cmac(texts_of(letters), "letters")
    skeletons = key.cmac(texts_of(Letters(classes.first, letters.offsets)), "letter classes")[:, 0] >> np.uint64(8)
    for rows, places in letters.groups(classes.active):
        radices, numerals = classes.sizes[places], classes.numerals[places]
        image = _permuted(key, skeletons[rows], tags[rows], numerals, radices)
        codes[places] = classes.members[classes.starts[places] + image.astype(np.int64)]
    return texts_of(Letters(codes, letters.offsets)).cast(texts.type)


def any_moves(texts: pa.Array, folds: Set[Match]) -> Flags:
    """For each text: does it hold a letter that can become another?"""
    letters = letters_of(texts)
    return letters.any(_classes(letters.codes, frozenset(folds & {Match.CASE, Match.ACCENT})).active)


@cache
def _folded(letter: str, folds: frozenset[Match], encoding: str | None) -> str:
    if Match.ACCENT in folds:
        bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
        bare = unicodedata.normalize("NFC", bare)
        letter = bare if len(bare) <= 1 and _holds(encoding, bare) else letter
    lower = letter.lower() if Match.CASE in folds else letter
    return lower if len(lower) == 1 and _holds(encoding, lower) else letter


def _holds(encoding: str | None, letter: str) -> bool:
    """Latin-1 has the micro sign, and not the Greek letter that it folds to."""
    return encoding is None or bool(letter.encode(encoding, "ignore")) or not letter


def _permuted(key: DomainKey, tweaks: Words, tags: Words, numerals: Words, radices: Words) -> Words:
    half = numerals.shape[1] // 2
    bits = np.log2(radices.astype(np.float64))
    short = (bits[:, :half].sum(axis=1) <= _HALF_BITS) & (bits[:, half:].sum(axis=1) <= _HALF_BITS)
    out = np.empty_like(numerals)
    if not short.all():
        out[~short] = to_range(key.words(tags[~short], numerals.shape[1], "letters"), radices[~short])
    if short.any():
        out[short] = permute_numerals(key, tweaks[short], numerals[short], radices[short])
    return out


@dataclass(frozen=True)
class _Classes:
    """For each letter of a column: its class, as a part of `members`, and its place in it."""

    active: Flags
    first: Codes
    """The first letter of its class; a letter of no class is its own."""
    starts: npt.NDArray[np.int64]
    sizes: Words
    numerals: Words
    members: Codes


def _classes(codes: Codes, folds: frozenset[Match]) -> _Classes:
    # A Python loop over the distinct letters, whose classes are made once.
    distinct, places = np.unique(codes, return_inverse=True)
    known = [_class_of(int(code), folds) for code in distinct]
    parts: dict[tuple[int, ...], int] = {}
    total = 0
    for members in known:
        if members not in parts:
            parts[members], total = total, total + len(members)
    return _Classes(
        active=np.array([len(members) > 1 for members in known], np.bool_)[places],
        first=np.array([members[0] for members in known], np.uint32)[places],
        starts=np.array([parts[members] for members in known], np.int64)[places],
        sizes=np.array([len(members) for members in known], np.uint64)[places],
        numerals=np.array([m.index(int(c)) for c, m in zip(distinct, known, strict=True)], np.uint64)[places],
        members=np.array([code for members in parts for code in members], np.uint32),
    )


def _class_of(code: int, folds: frozenset[Match]) -> tuple[int, ...]:
    low, high = next((block for block in _WHOLE_BLOCKS if block[0] <= code <= block[1]), (code & ~0xFF, code | 0xFF))
    members = _block(low, high, folds).get(_kind(code), ()) if _moves(code, folds) else ()
    return members or (code,)


@cache
def _block(low: int, high: int, folds: frozenset[Match]) -> dict[tuple[object, ...], tuple[int, ...]]:
    found: dict[tuple[object, ...], list[int]] = {}
    for code in range(low, high + 1):
        if _moves(code, folds):
            found.setdefault(_kind(code), []).append(code)
    return {kind: tuple(members) for kind, members in found.items()}


@cache
def _kind(code: int) -> tuple[object, ...]:
    letter = chr(code)
    held = tuple(len(letter.encode(name, "ignore")) for name in _CHARACTER_SETS)
    return (unicodedata.category(letter), code < 0x80, *held)


def _moves(code: int, folds: frozenset[Match]) -> bool:
    """May this letter become another? Under folds only one that no collation is known to take for another of its class."""
    letter = chr(code)
    category = unicodedata.category(letter)
    if category in ("Lm", "Cc", "Cf", "Cs", "Co", "Cn") or category[0] in "ZM" or (code < 0x80 and category[0] in "PS"):
        return False
    if not folds:
        return True
    plain = code <= 0xFFFF and category in ("Ll", "Lo", "Lu", "Nd")
    whole = unicodedata.normalize("NFKD", letter) == letter or code in range(0xAC00, 0xD7A4)
    lower = Match.CASE not in folds or letter.lower() == letter
    return (
        plain and whole and lower and " SMALL " not in unicodedata.name(letter, " SMALL ").replace("SMALL LETTER", "")
    )
