"""The canonical form of values before they meet a key: what the database takes for equal becomes the same bytes.

Whole numbers of every type are their decimal digits, decimals lose trailing zeros, so that 5, 5.00 and the text "5" agree; dates
are days and timestamps microseconds since 1970; texts follow the folds of their column's collation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Set
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Match

CANONICAL_VERSION = 1

EXACT = Context(prec=200_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""For decimals of any database: the ordinary context rounds to 28 digits."""


def canonical(values: pa.Array) -> pa.Array:
    """Values of any carrier as string or binary of one form. NULL stays NULL. Texts are passed on: see `canonical_text`."""
    type_ = values.type
    if pa.types.is_string(type_) or pa.types.is_binary(type_) or pa.types.is_fixed_size_binary(type_):
        return values
    if pa.types.is_large_string(type_) or pa.types.is_large_binary(type_):
        return values
    if pa.types.is_boolean(type_):
        return pc.if_else(values, pa.scalar("1"), pa.scalar("0"))
    if pa.types.is_decimal(type_):
        return _decimal(values)
    if pa.types.is_floating(type_):
        whole = pc.add(values, 0.0)  # -0.0 equals 0.0 in every database
        return whole.cast(pa.string())
    if pa.types.is_date32(type_):
        return values.cast(pa.int32()).cast(pa.string())
    if pa.types.is_timestamp(type_) or pa.types.is_duration(type_):
        return values.cast(pa.int64()).cast(pa.string())
    return values.cast(pa.string())


def canonical_text(values: pa.Array, folds: Set[Match]) -> pa.Array:
    """Texts as their column's collation sees them: without trailing spaces, case, accents, whatever it ignores.

    Case is Unicode case folding and accents are combining marks after NFKD: a collation of a few languages goes further
    (Swedish sorts W with V), which equality hardly ever meets. Without folds no normal form is taken: such columns compare bytes.
    """
    folded = values
    if folds & {Match.CASE, Match.ACCENT}:
        if not pc.all(pc.string_is_ascii(values), min_count=0).as_py():
            folded = map_distinct(values, lambda text: _fold(text, folds))
        elif Match.CASE in folds:
            folded = pc.ascii_lower(values)
    # Last, for a letter can lose its accent to a blank.
    return pc.utf8_rtrim(folded, " ") if Match.PAD in folds else folded


def map_distinct(values: pa.Array, function: Callable[[str], str]) -> pa.Array:
    """A Python function of each distinct text, where no kernel knows the rule. NULL stays NULL."""
    encoded = values.dictionary_encode()
    mapped = pa.array([function(text) for text in encoded.dictionary.to_pylist()], values.type)
    return mapped.take(encoded.indices)


def _fold(text: str, folds: Set[Match]) -> str:
    if Match.ACCENT in folds:
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return text.casefold() if Match.CASE in folds else text


def _decimal(values: pa.Array) -> pa.Array:
    text = values.cast(pa.string())
    if pc.any(pc.match_substring(text, "E")).as_py():
        return map_distinct(text, lambda number: _plain(Decimal(number)))
    if values.type.scale <= 0:
        return text
    return pc.replace_substring_regex(pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), "."), r"^-?$|^-0$", "0")


def _plain(number: Decimal) -> str:
    return f"{number.normalize(EXACT):f}" if number else "0"
