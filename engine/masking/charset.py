"""Masked texts in the character set of their column, where that is not Unicode."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column
from engine.canonical import map_distinct

ENCODINGS = {
    "ascii": "ascii", "latin1": "cp1252", "latin2": "iso8859_2", "latin5": "iso8859_9", "latin7": "iso8859_13", "cp1250": "cp1250",
    "cp1251": "cp1251", "cp1256": "cp1256", "cp1257": "cp1257", "cp850": "cp850", "cp852": "cp852", "greek": "iso8859_7",
    "hebrew": "iso8859_8", "koi8r": "koi8_r", "koi8u": "koi8_u", "macroman": "mac_roman",
}  # fmt: skip
"""The beginning of a collation's name in MySQL -> Python's encoding (its latin1 is cp1252)."""
PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "æ": "a", "œ": "o", "ß": "s", "’": "'"}
)
"""Letters that have no accent to take off, one for one so that lengths stay."""


def encoding_of(column: Column) -> str | None:
    """The column's character set; None where it is Unicode, or not known."""
    return ENCODINGS.get((column.collation or "").partition("_")[0])


def in_charset(texts: pa.Array, column: Column) -> pa.Array:
    """Letters that the column's character set lacks without their accents, at last as `x`: a loader would refuse the row."""
    encoding = encoding_of(column)
    if encoding is None or pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        return texts
    return map_distinct(texts, lambda text: "".join(_fitted(letter, encoding) for letter in text))


def _fitted(letter: str, encoding: str) -> str:
    for candidate in (letter, letter.translate(PLAIN), unicodedata.normalize("NFKD", letter)[0]):
        try:
            candidate.encode(encoding)
        except UnicodeEncodeError:
            continue
        return candidate
    return "x"
