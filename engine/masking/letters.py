"""Letters by other letters at the same places, distinct texts staying distinct: for what stands where numbers should."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.keys import DomainKey
from engine.masking.octets import all_ascii, any_letter

CHUNK = 13
"""Letters that are permuted together: 26^13 < 2^64."""


def other_letters(texts: pa.Array, key: DomainKey, refused: re.Pattern[str]) -> pa.Array:
    """Latin letters by Latin ones of the same case, letters and numerals of other scripts by any of them, such that nothing comes
    out that `refused` finds, as it finds nothing in the texts. A loop over the distinct values that have any letters: few in a
    column of numbers."""
    if all_ascii(texts) and not any_letter(texts):
        return texts
    lettered = pc.match_substring_regex(texts, r"[A-Za-z]|[^\x00-\x7F]").fill_null(False)
    if not pc.any(lettered).as_py():
        return texts
    changed = [_foreign(_walked(text, key, refused), key) for text in texts.filter(lettered).to_pylist()]
    return pc.replace_with_mask(texts, lettered, pa.array(changed, pa.string()))


def _walked(text: str, key: DomainKey, refused: re.Pattern[str]) -> str:
    """The permutation, applied again until the result is one of the texts that are permuted."""
    text = _latin(text, key)
    while refused.search(text):
        text = _latin(text, key)
    return text


def _latin(text: str, key: DomainKey) -> str:
    places = [place for place, letter in enumerate(text) if letter.isascii() and letter.isalpha()]
    out = list(text)
    for start in range(0, len(places), CHUNK):
        some = places[start : start + CHUNK]
        number = 0
        for place in some:
            number = number * 26 + ord(text[place].lower()) - 97
        permutation = key.permutation(26 ** len(some), f"letters/{len(places)}/{start}")
        number = int(permutation.apply(np.array([number], np.uint64))[0])
        for place in reversed(some):
            number, letter = divmod(number, 26)
            out[place] = chr(letter + (65 if text[place].isupper() else 97))
    return "".join(out)


def _foreign(text: str, key: DomainKey) -> str:
    if text.isascii():
        return text
    alphabet, index = _alphabet()
    permutation = key.permutation(len(alphabet), "foreign letters")
    return "".join(
        alphabet[int(permutation.apply(np.array([index[letter]], np.uint64))[0])] if letter in index else letter
        for letter in text
    )


@cache
def _alphabet() -> tuple[str, dict[str, int]]:
    """Letters and numerals of all scripts but digits: the code points themselves, as Unicode 15 has them."""
    ranges = ((0xAA, 0x2FF), (0x370, 0x1FFF), (0x2C00, 0xD7FF), (0xF900, 0xFFFF))
    letters = "".join(chr(point) for first, last in ranges for point in range(first, last + 1))
    letters = "".join(letter for letter in letters if letter.isalnum() and not letter.isdecimal())
    return letters, {letter: place for place, letter in enumerate(letters)}
