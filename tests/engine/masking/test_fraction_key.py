"""What stands behind the point of a masked number tells nothing of what stood there, and keeps numbers apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.schema import Kind
from engine.masking.fraction_key import permute_fractions
from tests.engine.masking.one_column import KEY, OTHER_KEY, mask, subject

DIGITS = st.from_regex(r"[0-9]{0,29}[1-9]", fullmatch=True)


@given(st.lists(DIGITS, unique=True, max_size=30), st.sampled_from([None, 2, 9, 30]))
def test_distinct_fractions_stay_distinct_and_within_the_scale(fractions: list[str], scale: int | None) -> None:
    image = permute_fractions(fractions, scale, KEY.domain("d"))
    assert len(set(image)) == len(fractions)
    assert all(text.isdigit() and text[-1] != "0" for text in image)
    for before, after in zip(fractions, image, strict=True):
        assert len(before) > (scale or 0) or len(after) <= (scale or 9 * -(-len(before) // 9))
        assert permute_fractions([before], scale, KEY.domain("d")) == [after]


def test_all_fractions_of_two_digits_are_a_permutation() -> None:
    fractions = [f"{number:02d}".rstrip("0") for number in range(1, 100)]
    assert sorted(permute_fractions(fractions, 2, KEY.domain("d"))) == sorted(fractions)
    assert permute_fractions(fractions, 2, KEY.domain("d")) != permute_fractions(fractions, 2, OTHER_KEY.domain("d"))


@pytest.mark.parametrize("declared", [{}, {"precision": 65, "scale": 30}])
def test_the_pseudonym_of_a_number_below_one_is_another_number(declared: dict[str, int]) -> None:
    """Once only the whole part was masked, and 0.000003 stayed what it was."""
    numbers = ["0.000003", "-0.5", "0.25", "12.25", "-12.25", "0", "7"]
    image = mask("pseudonym", numbers, about=subject(Kind.DECIMAL, **declared))
    assert not set(image) & set(numbers[:5])
    assert len({float(number) for number in image}) == len(numbers)
    assert [number.startswith("-") for number in image] == [number.startswith("-") for number in numbers]
    assert image[5] == "0"
    assert "." not in image[6]
