"""Telephone numbers."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking.phone_ranges import ranges
from tests.engine.masking.one_column import codes, mask

WRITTEN = ["+1 (415) 555-2671", "(415) 555-2671", "415-555-2671", "4155552671", "1-415-555-2671", "001 415 555 2671"]


def skeleton(text: str) -> str:
    return re.sub(r"[a-z]", "a", re.sub(r"\d", "9", text))


def test_one_number_masks_alike_in_every_writing_and_keeps_the_writing() -> None:
    masked = mask("phone", WRITTEN)
    assert [skeleton(text) for text in masked] == [skeleton(text) for text in WRITTEN]
    assert len({re.sub(r"\D", "", text)[-10:] for text in masked}) == 1


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "IN", "AU", "CH", "JP", "MX"])
@pytest.mark.parametrize("type_", [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE])
def test_a_valid_number_becomes_a_valid_one_of_its_kind(region: str, type_: int) -> None:
    number = phonenumbers.example_number_for_type(region, type_)
    written = [
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
    ]
    masked = [phonenumbers.parse(text, region) for text in mask("phone", written, {"region": region})]
    assert masked[0] == masked[1]
    assert masked[0] != number
    assert phonenumbers.is_valid_number(masked[0])
    assert masked[0].country_code == number.country_code


def test_nearly_every_number_of_the_frozen_ranges_is_valid() -> None:
    """The ranges were found by samples: a hole of few numbers may be in them."""
    valid = total = 0
    for (code, length), kinds in ranges().items():
        for found in kinds.values():
            for rank in range(0, found.size, max(1, found.size // 7)):
                number = phonenumbers.PhoneNumber(country_code=code, national_number=rank)
                text = f"+{code}{int(found.number(_words(rank))[0]):0{length}}"
                number = phonenumbers.parse(text, None)
                total += 1
                valid += phonenumbers.is_valid_number(number)
    assert valid / total > 0.97


def _words(rank: int):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.array([rank], np.uint64)


def test_what_is_no_number_is_never_passed_through() -> None:
    odd = ["911", "12345", "call Mary", "1-800-FLOWERS", "00000000000000000000000000", "٠١٢٣٤٥٦٧"]
    masked = mask("phone", odd)
    assert all(before != after and len(before) == len(after) for before, after in zip(odd, masked, strict=True))
    assert mask("phone", [None, "", " "]) == [None, "", ""]


def test_an_extension_is_masked_by_itself() -> None:
    number, extended = mask("phone", ["415-555-2671", "415-555-2671 x123"])
    assert re.fullmatch(re.escape(number) + r" x\d{3}", extended)


@settings(deadline=None)
@given(st.lists(st.text("0123456789 +-()axt.", min_size=1, max_size=16), unique=True, max_size=60))
def test_distinct_numbers_stay_distinct(numbers: list[str]) -> None:
    numbers = [number for number in numbers if number.strip()]
    masked = mask("phone", numbers)
    assert len(set(masked)) == len(numbers)
    assert [skeleton(text) for text in masked] == [skeleton(text) for text in numbers]


def test_all_numbers_of_four_digits_are_permuted() -> None:
    numbers = [f"{number:04}" for number in range(10_000)]
    assert sorted(mask("phone", numbers)) == numbers


def test_an_unknown_region_is_a_problem() -> None:
    from tests.engine.masking.one_column import subject

    assert codes("phone", subject(), {"region": "XX"}) == ["phone-region"]
