"""Keys by other keys of the same form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Kind, Match
from engine.canonical import canonical_text
from engine.domains import integer_bits
from engine.keys import DomainKey
from engine.masking.array_key import element_of, permute_arrays
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.bit_key import permute_bits, permute_sets
from engine.masking.bounded_key import bounded_size, permute_within
from engine.masking.charset import encoding_of
from engine.masking.codepoints import letters_of
from engine.masking.columns import over_distinct
from engine.masking.date_key import NEAR, permute_dates, permute_times
from engine.masking.float_key import permute_floats
from engine.masking.fraction_key import permute_fractions
from engine.masking.integer_key import base_band, permute_integers
from engine.masking.keyed_token import SHORTEST, base32
from engine.masking.letter_key import any_moves, as_compared, permute_letters
from engine.masking.network_key import are_addresses, is_network, permute_networks
from engine.masking.octet_key import UUID_TEXT, permute_binaries, permute_uuid_texts, permute_uuids
from engine.masking.range_key import is_range, permute_ranges
from engine.masking.text_key import in_alphabet, permute_texts
from engine.masking.units import decimals, from_units, units_of
from engine.problems import Problem

_ENDLESS = 1 << 30
_LABELS = 63
"""Of a SET: the sets of 64 would be as many as a word can count, and MySQL has no more than 64."""
_SHORTEST = 12
"""Characters of a token in a narrow column: 60 bits keep a million values apart with a chance of one in two million."""


class Pseudonym(Masker):
    """Each key by another of the same form, distinct keys by distinct ones: a keyed permutation, the same in every table and database.

    Whole numbers stay in their band of sizes and digits behind a point become others, floats stay between the same powers of two,
    texts keep length, separators and the places of digits and letters, UUIDs their version, binary keys their length, dates their
    band of years, times of day whether they are midnight; enum labels change places, sets of labels become others. Bits keep their
    number, network addresses the size of their network, ranges their width, arrays their dimensions, with a pseudonym for each
    element. Texts in other scripts change letter by letter within their script; long ones become tokens. 0, empty texts, infinity and
    the zero date stay. It hides who is who, not how often a key occurs; whoever holds the key can still test guesses, and a key of few
    characters can only become another of few.
    """

    name = "pseudonym"
    title = "Another key of the same form"
    properties = Properties(bijective=True)
    kinds = frozenset(
        {
            Kind.INTEGER,
            Kind.DECIMAL,
            Kind.TEXT,
            Kind.ENUM,
            Kind.UUID,
            Kind.BINARY,
            Kind.FLOAT,
            Kind.DATE,
            Kind.TIME,
            Kind.TIMESTAMP,
            Kind.TIMESTAMPTZ,
            Kind.BIT,
            Kind.ARRAY,
            Kind.OTHER,
        }
    )
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        column = subject.column
        if column.kind is Kind.ARRAY and element_of(column) is None:
            reason = f"The elements of {column.native} have no pseudonyms."
            yield self.problem(
                subject, "mask-kind", reason, "Mask it with `null` or `constant`, or keep it with a reason."
            )
        if column.kind is Kind.OTHER and _other(column) is None:
            reason = f"There is no pseudonym of the type {column.native}."
            yield self.problem(
                subject, "mask-kind", reason, "Mask it with `null` or `constant`, or keep it with a reason."
            )
        if _is_set(column) and len(column.enum) > _LABELS:
            reason = f"A SET of more than {_LABELS} labels has more values than a pseudonym reaches."
            yield self.problem(subject, "pseudonym-set", reason, "Mask it with `category` or `constant`.")

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        size = _domain_size(subject)
        return None if size is None else distinct_source * distinct_target / size

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        column = context.subject.column
        mask = _mask_bounded if column.range is not None else _BY_KIND[column.kind]
        return over_distinct(values, lambda distinct: mask(distinct, context))


def _domain_size(subject: Subject) -> float | None:
    column = subject.column
    if column.range is not None:
        return bounded_size(column)
    if (bits := integer_bits(column)) is not None:
        return len(base_band(bits))
    if column.kind is Kind.BIT and column.length is not None:
        return math.pow(2.0, column.length)
    sizes: dict[Kind, float] = {
        Kind.ENUM: math.pow(2.0, len(column.enum)) if _is_set(column) else max(len(column.enum), 1),
        Kind.UUID: 2.0**122,
        **dict.fromkeys((Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ), NEAR[1] - NEAR[0]),
    }
    return sizes.get(column.kind)


def _mask_numbers(values: pa.Array, context: Context) -> pa.Array:
    agreed = context.spec.bits if context.spec is not None else None
    bits = agreed or integer_bits(context.subject.column) or 64
    if pa.types.is_string(values.type):
        return _mask_number_texts(values, bits, context)
    return from_units(permute_integers(units_of(values), bits, context.key), values)


def _mask_number_texts(values: pa.Array, bits: int, context: Context) -> pa.Array:
    # A DECIMAL without precision travels as text, which no kernel computes with; only distinct values come here.
    numbers = [number for number in decimals(values, context.subject) if number is not None]
    wholes = [int(number) if number.is_finite() else 0 for number in numbers]
    image = permute_integers(np.array(wholes, dtype="O"), bits, context.key)
    fractions = [f"{number:f}".partition(".")[2].rstrip("0") if number.is_finite() else "" for number in numbers]
    told = [row for row, fraction in enumerate(fractions) if fraction]
    others = permute_fractions([fractions[row] for row in told], context.subject.column.scale, context.key)
    for row, fraction in zip(told, others, strict=True):
        fractions[row] = fraction
    return pa.array(list(map(_joined, numbers, image, fractions)), values.type)


def _joined(number: Decimal, image: int, fraction: str) -> str:
    """The whole part with the fraction; the sign stays, and so do NaN and the infinities."""
    if not number.is_finite():
        return str(number)
    return f"{'-' if number < 0 else ''}{abs(image)}.{fraction}" if fraction else str(image)


def _mask_texts(values: pa.Array, context: Context) -> pa.Array:
    return pseudonymise_texts(values, context.key, context.subject)


def pseudonymise_texts(values: pa.Array, key: DomainKey, subject: Subject) -> pa.Array:
    """Texts, none NULL, by other texts of the same form: UUIDs by UUIDs, and texts outside the alphabet by tokens."""
    folds = subject.column.folds
    plain = canonical_text(values, folds - {Match.CASE})
    uuids = pc.match_substring_regex(plain, UUID_TEXT)
    # A ligature without its accents is two letters, which may be one too many.
    fits = pc.less_equal(pc.utf8_length(plain), subject.column.length or _ENDLESS)
    known = pc.and_(pa.array(in_alphabet(letters_of(plain)), pa.bool_()), fits)
    ordinary, outside = pc.and_not(known, uuids), pc.invert(known)
    out = pc.replace_with_mask(plain, uuids, permute_uuid_texts(plain.filter(uuids), key))
    permuted = permute_texts(plain.filter(ordinary), key, fold_case=Match.CASE in folds)
    out = pc.replace_with_mask(out, ordinary, permuted.cast(plain.type))
    return pc.replace_with_mask(out, outside, _other_script(values.filter(outside), key, subject))


def _other_script(texts: pa.Array, key: DomainKey, subject: Subject) -> pa.Array:
    """A token for a text that is as long as one, so that it fits wherever the text did; a shorter text letter by letter.

    By the text alone, not by its column: the columns of a key may differ in length.
    """
    compared = as_compared(texts, subject.column.folds, encoding_of(subject.column))
    length, moves = subject.column.length or SHORTEST, pa.array(any_moves(compared, subject.column.folds), pa.bool_())
    long = pc.greater_equal(pc.utf8_length(compared), SHORTEST)
    if length >= SHORTEST:
        long = pc.or_(long, pc.invert(moves))
    out = permute_letters(compared, key, subject.column.folds)
    return pc.replace_with_mask(out, long, tokens(texts.filter(long), key, subject))


def walked(values: pa.Array, within: Callable[[pa.Array], pa.Array], key: DomainKey, subject: Subject) -> pa.Array:
    """Pseudonyms of texts, walked on until each is `within` again, as the texts themselves are: so they meet no other text's image."""
    out = pseudonymise_texts(values, key, subject)
    while len(out) and pc.any(outside := pc.invert(within(out))).as_py():
        out = pc.replace_with_mask(out, outside, pseudonymise_texts(out.filter(outside), key, subject))
    return out


def has_room_for_token(column: Column) -> bool:
    return (column.length or SHORTEST) >= _SHORTEST


def tokens(texts: pa.Array, key: DomainKey, subject: Subject) -> pa.Array:
    """A token for each text, where its form cannot be kept. Raises MaskError where the column is too short for one."""
    length = subject.column.length or SHORTEST
    if len(texts) and not has_room_for_token(subject.column):
        raise MaskError(
            subject,
            "mask-alphabet",
            f"A value has characters outside the mask's alphabet, and no token of {_SHORTEST} characters fits the column.",
            "Choose another mask, or widen the column.",
        )
    return base32(key.cmac(canonical_text(texts, subject.column.folds), "token"), min(SHORTEST, length)).cast(
        texts.type
    )


def _mask_labels(values: pa.Array, context: Context) -> pa.Array:
    if _is_set(context.subject.column):
        return permute_sets(values, context.subject.column.enum, context.key)
    labels = pa.array(context.subject.column.enum, values.type)
    if not len(labels):
        return _mask_texts(values, context)
    places = pc.index_in(values, labels)
    image = context.key.permutation(len(labels), "enum").apply(places.fill_null(0).to_numpy().astype(np.uint64))
    # What is no label (MySQL's empty error value) stays.
    return pc.if_else(places.is_valid(), labels.take(pa.array(image)), values)


def _is_set(column: Column) -> bool:
    return column.kind is Kind.ENUM and column.native.lower().startswith("set")


def _mask_bounded(values: pa.Array, context: Context) -> pa.Array:
    return permute_within(values, context.subject.column, context.key)


def _mask_arrays(values: pa.Array, context: Context) -> pa.Array:
    element = element_of(context.subject.column)
    if element is None:
        raise MaskError(context.subject, "mask-kind", "Its elements have no pseudonym.", "Choose another mask.")
    inner = replace(context, subjects=(replace(context.subject, column=element),))
    return permute_arrays(values, element, lambda elements: Pseudonym().mask_column(elements, inner))


def _other(column: Column) -> Callable[[pa.Array, Context], pa.Array] | None:
    """The mask of a type that is carried as the database's own text; None where there is none."""
    if is_network(column):
        return _mask_networks
    if is_range(column):
        return lambda values, context: permute_ranges(values, context.key, context.subject.column)
    return _mask_texts if column.native.casefold() == "ltree" else None


def _mask_networks(values: pa.Array, context: Context) -> pa.Array:
    known = are_addresses(values)
    addresses = permute_networks(values.filter(known), context.key, context.subject.column)
    out = pc.replace_with_mask(values, known, addresses)
    return pc.replace_with_mask(out, pc.invert(known), _mask_texts(values.filter(pc.invert(known)), context))


def _mask_others(values: pa.Array, context: Context) -> pa.Array:
    mask = _other(context.subject.column)
    if mask is None:
        raise MaskError(context.subject, "mask-kind", "This type has no pseudonym.", "Choose another mask.")
    return mask(values, context)


_BY_KIND: dict[Kind, Callable[[pa.Array, Context], pa.Array]] = {
    Kind.INTEGER: _mask_numbers,
    Kind.DECIMAL: _mask_numbers,
    Kind.TEXT: _mask_texts,
    Kind.ENUM: _mask_labels,
    Kind.UUID: lambda values, context: permute_uuids(values, context.key),
    Kind.BINARY: lambda values, context: permute_binaries(values, context.key),
    Kind.FLOAT: lambda values, context: permute_floats(values, context.key),
    Kind.DATE: permute_dates,
    Kind.TIME: lambda values, context: permute_times(values, context.key),
    Kind.TIMESTAMP: permute_dates,
    Kind.TIMESTAMPTZ: permute_dates,
    Kind.BIT: lambda values, context: permute_bits(values, context.key),
    Kind.ARRAY: _mask_arrays,
    Kind.OTHER: _mask_others,
}
