"""What in a column's texts may be a value of another column: whole texts and runs of a few of their pieces, each with its weight.

The weight is how hard it is to meet by chance, in bits (Shannon, Bell System Tech. J. 27, 1948): words of a language about ten each,
digits of long numbers log2(10) each less what such numbers share, short numbers and codes nothing. It is an estimate on the low side,
so that expected counts err on the high one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.traces import SHORTEST, fold_texts

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

WORDS, MIXED, NUMBERS, WHOLE = 3, 5, 9, 8
"""Longest run of pieces: of words (`Juan Carlos Cruz`), of words and a long number, of numbers alone (`DE89 3704 0044 0532 0130 00`),
and of a text taken whole."""
LEAST = 18.0
"""Bits from which a run is looked for."""
WORD, LONG_WORD = 10.0, 20.0
LETTER = 3.4
EMAIL = 60.0
"""Of an address; equal ones are one mailbox."""
RANDOM = 3.0
"""Per sign of a token in which letters and digits take turns."""
DIGIT = float(np.log2(10))
SHARED = 10.0
"""What long numbers have in common: prefixes, years, check digits."""
LONG_NUMBER = 9
"""Digits; shorter ones are counters."""
ENOUGH = 5
"""Numbers whose spread says how dense they lie."""
SURE = 40.0
"""Bits from which one value found is evidence; below, it takes several."""
SEPARATORS = r"""[\s,;|<>()\[\]{}"'=:/?&\\]+"""
EMAIL_PATTERN = r"^[^@]+@[^@]+\.[^@.]+$"
CARD_ADDRESS = r"\b" + "[:-]".join([r"([0-9A-Fa-f]{2})"] * 6) + r"\b"
"""Of a network card: its colons part nothing."""
MONOTONOUS = "^(?:" + "|".join(f"{digit}+" for digit in range(10)) + "|0?123456789[0-9]*)$"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Different spellings (`engine.traces`), and the bits of each."""

    spelt: pa.Array
    bits: Numbers


def candidates(texts: pa.Array) -> Candidates:
    """What to look for in these texts, in no order and perhaps more than once."""
    pieces = _cut(texts)
    found = _joined([*(pieces.runs(length) for length in range(1, NUMBERS + 1)), pieces.whole(texts)])
    telling = pc.and_(
        pc.greater_equal(pc.binary_length(found.spelt), SHORTEST),
        pc.invert(pc.match_substring_regex(found.spelt, MONOTONOUS)),
    )
    return Candidates(found.spelt.filter(telling), found.bits[np.asarray(telling)])


def together(parts: Sequence[Candidates]) -> Candidates:
    """Each spelling once, with the least of its bits; numbers that lie densely say little."""
    found = _joined(parts)
    encoded = found.spelt.dictionary_encode()
    least = np.full(len(encoded.dictionary), np.inf)
    np.minimum.at(least, np.asarray(encoded.indices), found.bits)
    least = np.minimum(least, _spread(encoded.dictionary))
    worth = np.flatnonzero(least >= LEAST)
    return Candidates(encoded.dictionary.take(pa.array(worth)), least[worth])


def _joined(parts: Sequence[Candidates]) -> Candidates:
    spelt = pa.concat_arrays([pa.array([], pa.string()), *(part.spelt for part in parts)])
    return Candidates(spelt, np.concatenate([np.empty(0), *(part.bits for part in parts)]))


def _spread(spelt: pa.Array) -> Numbers:
    """For numbers and codes, the bits of the range over which those of one length are spread; infinite for all others."""
    bits = np.full(len(spelt), np.inf)
    digits = pc.replace_substring_regex(spelt, "[^0-9]+", "")
    lengths = np.asarray(pc.binary_length(digits))
    letters = np.asarray(pc.binary_length(spelt)) - lengths
    for length in np.unique(lengths[(lengths >= LONG_NUMBER) & (letters <= 4)]):
        places = np.flatnonzero((lengths == length) & (letters <= 4))
        if len(places) >= ENOUGH:
            numbers = np.asarray(digits.take(pa.array(places)).cast(pa.float64(), safe=False))
            bits[places] = np.log2(np.ptp(numbers) + 1)
    return bits


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The pieces of all texts, one after the other."""

    spelt: pa.Array
    text: Places
    """Which text each is of."""
    words: Numbers
    """Bits by words."""
    alone: Numbers
    """Bits of e-mail addresses and random tokens, which need no neighbours."""
    digits: Numbers
    """How many."""

    def runs(self, length: int) -> Candidates:
        """Every run of so many pieces that weighs enough."""
        starts = np.arange(max(0, len(self.text) - length + 1))
        starts = starts[self.text[starts] == self.text[starts + length - 1]]
        words, alone, digits = (self._sums(of, starts, length) for of in (self.words, self.alone, self.digits))
        bits = _bits(words, alone, digits)
        longest = np.where(digits < LONG_NUMBER, WORDS, np.where(words > 0, MIXED, NUMBERS))
        worth = (bits >= LEAST) & ((alone == 0) | (length == 1)) & (length <= longest)
        starts = starts[worth]
        parts = [self.spelt.take(pa.array(starts + place)) for place in range(length)]
        joined = parts[0] if length == 1 else pc.binary_join_element_wise(*parts, "")
        return Candidates(joined, bits[worth])

    def whole(self, texts: pa.Array) -> Candidates:
        """Every text of few pieces that weighs enough."""
        pieces = np.bincount(self.text, minlength=len(texts))
        bits = _bits(*(self._of_texts(each, len(texts)) for each in (self.words, self.alone, self.digits)))
        worth = (bits >= LEAST) & (pieces > WORDS) & (pieces <= WHOLE)
        return Candidates(fold_texts(texts.filter(pa.array(worth))), bits[worth])

    def _of_texts(self, values: Numbers, texts: int) -> Numbers:
        return np.bincount(self.text, values, texts).astype(float)

    @staticmethod
    def _sums(values: Numbers, starts: Places, length: int) -> Numbers:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        found: Numbers = sums[starts + length] - sums[starts]
        return found


def _bits(words: Numbers, alone: Numbers, digits: Numbers) -> Numbers:
    """Of runs with so many bits by words and by tokens, and so many digits."""
    numbers = np.where(digits >= LONG_NUMBER, DIGIT * digits - SHARED, np.where(words > 0, 2.0 * digits, 0.0))
    found: Numbers = words + alone + numbers
    return found


def _cut(texts: pa.Array) -> _Pieces:
    """The texts cut at blanks and punctuation; pieces without a letter or digit are left out."""
    lists = pc.split_pattern_regex(pc.replace_substring_regex(texts, CARD_ADDRESS, r"\1\2\3\4\5\6"), SEPARATORS)
    raw, text = lists.flatten(), np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    spelt = fold_texts(raw)
    said = pc.greater(pc.binary_length(spelt), 0)
    raw, spelt, text = raw.filter(said), spelt.filter(said), text[np.asarray(said)]
    digits = _counted(spelt, "[0-9]")
    length = np.asarray(pc.utf8_length(spelt)).astype(float)
    letters = length - digits
    turns = _counted(spelt, "[0-9]+") + _counted(spelt, "[^0-9]+")
    random = (turns >= 5) & (length >= 12)
    email = np.asarray(pc.match_substring_regex(raw, EMAIL_PATTERN))
    word = (digits == 0) & ~email
    words = np.where(word, np.where(letters >= 20, LONG_WORD, np.minimum(WORD, LETTER * letters)), 0.0)
    alone = np.where(email, EMAIL, np.where(random, RANDOM * length, 0.0))
    return _Pieces(spelt, text, words, alone, np.where(alone > 0, 0.0, digits))


def _counted(spelt: pa.Array, pattern: str) -> Numbers:
    counts: Numbers = np.asarray(pc.count_substring_regex(spelt, pattern)).astype(float)
    return counts


def portions(texts: pa.Array, size: int) -> Iterator[pa.Array]:
    """The texts in portions of about `size` bytes, so that their runs stay small in memory."""
    ends = np.cumsum(np.asarray(pc.binary_length(texts)))
    start = 0
    while start < len(texts):
        before = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + size, side="right")))
        yield texts.slice(start, end - start)
        start = end
