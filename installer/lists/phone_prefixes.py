"""Ranges of telephone numbers in which every number is valid, found by asking `phonenumbers` (Apache-2.0) about samples.

Frozen, because its metadata changes with every release and masked numbers must not.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

REGIONS = (
    "US GB DE FR ES IT NL PL PT BR CA AU AT CH BE IE SE DK NO FI CZ SK HU RO BG GR HR SI RS UA RU TR IL AE SA EG ZA NG KE MA "
    "IN PK BD LK CN HK TW JP KR SG MY TH VN ID PH NZ MX AR CL CO PE VE EC UY LU EE LV LT IS"
).split()
SAMPLES = 24
DEEPEST = 6
"""Longest prefix looked at, in digits."""
KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed",
}


def regions() -> Iterator[tuple[str, ...]]:
    """Region, country code, and the digit dialled before a national number."""
    for region in sorted(REGIONS):
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        yield region, str(metadata.country_code), metadata.national_prefix or ""


def rows() -> Iterator[tuple[str, ...]]:
    """Country code, length of the national number, kind of line, first and last number; the ranges of one length never overlap."""
    for code in sorted({int(code) for _, code, _ in regions()}):
        region = phonenumbers.region_code_for_country_code(code)
        lengths = phonenumbers.PhoneMetadata.metadata_for_region(region).general_desc.possible_length
        for length in lengths:
            if 7 <= length <= 11:
                dice = random.Random(f"{code}/{length}")
                for kind, low, high in _joined(length, _below(code, length, "", dice)):
                    yield str(code), str(length), kind, f"{low:0{length}}", f"{high:0{length}}"


def _below(code: int, length: int, prefix: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    found = {_kind(code, prefix + "".join(dice.choices("0123456789", k=length - len(prefix)))) for _ in range(SAMPLES)}
    if found == {None} and len(prefix) >= 3:
        return
    if len(found) == 1 and None not in found:
        yield str(*found), prefix
    elif len(prefix) < min(DEEPEST, length - 4):
        for digit in "0123456789":
            yield from _below(code, length, prefix + digit, dice)


def _kind(code: int, national: str) -> str | None:
    """The kind of line; None for an invalid number. Leading zeros are part of an Italian number, elsewhere no number has them."""
    if national.startswith("0") and code != 39:
        return None
    number = PhoneNumber(country_code=code, national_number=int(national))
    if national.startswith("0"):
        number.italian_leading_zero = True
        number.number_of_leading_zeros = len(national) - len(national.lstrip("0"))
    if not phonenumbers.is_valid_number(number):
        return None
    return KINDS.get(phonenumbers.number_type(number), "other")


def _joined(length: int, found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int, int]]:
    """Prefixes as ranges; neighbours of one kind are one."""
    ranges = sorted((kind, int(prefix.ljust(length, "0")), int(prefix.ljust(length, "9"))) for kind, prefix in found)
    kind, low, high = ranges[0] if ranges else ("", 0, -1)
    for next_kind, next_low, next_high in ranges[1:]:
        if (next_kind, next_low) == (kind, high + 1):
            high = next_high
        else:
            yield kind, low, high
            kind, low, high = next_kind, next_low, next_high
    if kind:
        yield kind, low, high
