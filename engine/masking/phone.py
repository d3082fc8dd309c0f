"""Telephone numbers by other valid ones of the country, in the same writing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.fpe import to_number, to_numerals
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.charset import encoding_of, in_charset
from engine.masking.choose import blanks_emptied, by_distinct, expected_among
from engine.masking.codes import ascii_digits, digits_of_script
from engine.masking.letters import other_letters
from engine.masking.phone_ranges import country_codes, ranges, regions, trunk_of
from engine.masking.places import country_of_locale
from engine.masking.writing import Digits, Writings, replace_digits, writings
from engine.prf import Words
from engine.problems import Problem

EXTENSION = r"(?i)(?:\s*(?:ext(?:ension|n)?\.?|;ext=|x|#)\s*:?\s*[0-9]{1,7})+$"
SHORTEST = 7
"""Signs of a number that somebody can be called by; extensions and odd words have fewer."""
LONGEST = 18
"""Digits that are permuted as one number; of longer values each 18 digits by themselves."""

Rows = npt.NDArray[np.intp]
Found = npt.NDArray[np.bool_]


class Phone(Masker):
    """Another telephone number: valid for the country, of the same kind (mobile, fixed), with as many digits, written the same way.

    The country is told by +, by 00, or by `region`. Numbers are permuted by the key, so distinct numbers stay distinct and one number
    masks alike in every writing. What is no valid number becomes another that is none, digit for digit, and letters become other
    letters. A masked number may by chance be somebody's: there are no reserved ones in most countries. The country code is kept.
    """

    name = "phone"
    title = "Telephone number, valid for its country"
    domain = "phone"
    properties = Properties(
        bijective=True, keeps_length=True, keeps_format=True, overlap="dense", shortest_told=SHORTEST
    )
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"region": "DE"})

    region: str | None = None
    """The country of numbers without a country code, in two letters; without it that of the plan's locale."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if self.region is not None and self.region.upper() not in regions():
            yield self.problem(
                subject,
                "phone-region",
                f"the numbers of the region {self.region!r} are not known.",
                f"Name one of {', '.join(regions())}, or leave `region` out.",
            )

    def bijective_on(self, subject: Subject) -> bool:
        """Letters of another character set could be replaced by one and the same."""
        return encoding_of(subject.column) is None

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        # Seven digits and more: chance puts one of the target's among the source's hardly ever.
        return expected_among(distinct_source, distinct_target, 10 ** min(subject.column.length or 7, 7))

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        region = (self.region or country_of_locale(context.locale)).upper()
        home = regions().get(region, (1, "1"))[0]
        values = blanks_emptied(values, context.subject)
        masked = by_distinct(values, lambda numbers: phones(numbers, context.key, home))
        return in_charset(masked, context.subject.column)


def phones(numbers: pa.Array, key: DomainKey, home: int) -> pa.Array:
    """Another number for each, its extension masked by itself."""
    plain = ascii_digits(numbers)
    written = writings(plain)
    extended = written.matching(EXTENSION)
    if extended.any():
        rows = pa.array(extended)
        masked = pc.replace_with_mask(plain, rows, _extended(plain.filter(rows), key, home))
        others = writings(plain.filter(pc.invert(rows)))
        masked = pc.replace_with_mask(masked, pc.invert(rows), _main(others, key, home))
    else:
        masked = _main(written, key, home)
    return digits_of_script(masked, numbers, plain)


def _main(written: Writings, key: DomainKey, home: int) -> pa.Array:
    """Of numbers without an extension."""
    international = written.matching(r"^\s*[(]?\+")
    masked = written.replace(lambda digits, rows: _masked(digits, international[rows], key, home))
    return other_letters(masked, key, re.compile(EXTENSION))


def _extended(plain: pa.Array, key: DomainKey, home: int) -> pa.Array:
    main = pc.replace_substring_regex(plain, pattern=EXTENSION, replacement="")
    short = key.child("extension")
    extension = replace_digits(_behind(plain, main), lambda digits, rows: _permuted(digits, short))
    return pc.binary_join_element_wise(_main(writings(main), key, home), extension, "")


def _behind(whole: pa.Array, beginning: pa.Array) -> pa.Array:
    """What stands behind the beginning of each value: a loop, for Arrow slices all rows at one place, over few distinct values."""
    pairs = zip(whole.to_pylist(), pc.utf8_length(beginning).to_pylist(), strict=True)
    return pa.array([text[length:] for text, length in pairs], pa.string())


def _masked(digits: Digits, international: Found, key: DomainKey, home: int) -> Digits:
    """All values of one number of digits: those of each reading (country code, national number) by the permutation of its range."""
    out = digits.copy()
    left = np.ones(len(digits), bool)
    for start, code, rows in _readings(digits, international, home):
        rows = rows[left[rows]]
        for kind, valid in ranges().get((code, digits.shape[1] - start), {}).items():
            inside, ranks = valid.rank(to_number(digits[rows, start:], 10))
            at = rows[inside]
            if len(at):
                permutation = key.permutation(valid.size, f"{code}/{digits.shape[1] - start}/{kind}")
                out[at, start:] = to_numerals(valid.number(permutation.apply(ranks)), 10, digits.shape[1] - start)
                left[at] = False
    rest = np.flatnonzero(left)
    if len(rest):
        out[rest] = _invalid(digits[rest], international[rest], key, home)
    return out


def _readings(digits: Digits, international: Found, home: int) -> Iterator[tuple[int, int, Rows]]:
    """Where the national number begins, its country code, and the rows that may be read so; the first valid reading counts."""
    outside = np.flatnonzero(~international)
    yield 0, home, outside
    trunk = trunk_of(home)
    if trunk and digits.shape[1] > 1:
        yield 1, home, outside[digits[outside, 0] == int(trunk)]
    dialled = outside[(digits[outside, :2] == 0).all(axis=1)] if digits.shape[1] > 2 else outside[:0]
    for rows, start in ((np.flatnonzero(international), 0), (dialled, 2)):
        yield from _by_country_code(digits, rows, start)


def _by_country_code(digits: Digits, rows: Rows, start: int) -> Iterator[tuple[int, int, Rows]]:
    for width in (1, 2, 3):
        if digits.shape[1] <= start + width or not len(rows):
            return
        codes = to_number(digits[rows, start : start + width], 10)
        for code in np.unique(codes):
            if int(code) in country_codes() and len(str(int(code))) == width:
                these = rows[codes == code]
                yield start + width, int(code), these
                # +44 (0)20 ...: the digit for calls within the country, written all the same
                trunk = trunk_of(int(code))
                if trunk and digits.shape[1] > start + width + 1:
                    yield start + width + 1, int(code), these[digits[these, start + width] == int(trunk)]


def _invalid(digits: Digits, international: Found, key: DomainKey, home: int) -> Digits:
    """Digits for digits, such that no valid number comes out and distinct stay distinct: the permutation is walked on until the
    result is invalid again."""
    out = _permuted(digits, key)
    valid = np.flatnonzero(_is_valid(out, international, home))
    while len(valid):
        out[valid] = _permuted(out[valid], key)
        valid = valid[_is_valid(out[valid], international[valid], home)]
    return out


def _is_valid(digits: Digits, international: Found, home: int) -> Found:
    found = np.zeros(len(digits), bool)
    for start, code, rows in _readings(digits, international, home):
        for valid in ranges().get((code, digits.shape[1] - start), {}).values():
            found[rows] |= valid.rank(to_number(digits[rows, start:], 10))[0]
    return found


def _permuted(digits: Digits, key: DomainKey) -> Digits:
    """Each value by a permutation of all values with so many digits; very long ones in parts."""
    parts = []
    for start in range(0, digits.shape[1], LONGEST):
        part = digits[:, start : start + LONGEST]
        size = 10 ** part.shape[1]
        permuted = key.permutation(size, f"{digits.shape[1]}/{start}").apply(_whole(part))
        parts.append(to_numerals(permuted, 10, part.shape[1]))
    return np.concatenate(parts, axis=1).astype(np.uint8)


def _whole(digits: Digits) -> Words:
    number = np.zeros(len(digits), np.uint64)
    for column in range(digits.shape[1]):
        number = number * np.uint64(10) + digits[:, column]
    return number
