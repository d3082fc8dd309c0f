"""Card and account numbers keep their check digits, their issuer or country, and stay distinct."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum import luhn as stdnum_luhn

from connectors.schema import Match
from engine.masking.credit_card import luhn
from tests.engine.masking.one_column import mask, subject

CARDS = ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "6304000000000000", "4222222222222"]
IBANS = {
    "DE": "DE89370400440532013000",
    "GB": "GB82WEST12345698765432",
    "FR": "FR1420041010050500013M02606",
    "MT": "MT84MALT011000012345MTLCAST001S",
    "NO": "NO9386011117947",
    "BR": "BR1800360305000010009795493C1",
}


@settings(deadline=None, max_examples=60)
@given(digits=st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_the_check_digit_is_luhns(digits: list[int]) -> None:
    """As another library computes it."""
    assert str(luhn(np.array([digits]))[0]) == stdnum_luhn.calc_check_digit("".join(map(str, digits)))


def test_cards_keep_issuer_length_and_separators_and_are_valid() -> None:
    """Each stays a card number of its bank."""
    for before, after in zip(CARDS, mask("credit_card", CARDS), strict=True):
        digits = after.replace(" ", "").replace("-", "")
        assert stdnum_luhn.is_valid(digits) == stdnum_luhn.is_valid(before.replace(" ", "").replace("-", ""))
        assert digits[:6] == before.replace(" ", "").replace("-", "")[:6]
        assert [sign for sign in after if not sign.isdigit()] == [sign for sign in before if not sign.isdigit()]
        assert after != before


def test_cards_stay_distinct_even_those_with_a_wrong_check_digit() -> None:
    """Ten thousand accounts of one issuer, and all ten last digits of some."""
    cards = [f"411111{number:09d}0" for number in range(10_000)] + [f"555555000000000{digit}" for digit in range(1, 10)]
    assert len(set(mask("credit_card", cards))) == len(cards)


def test_the_issuer_goes_too_where_the_plan_says_so() -> None:
    """keep_issuer = 0 keeps nothing but form."""
    assert (
        len(
            {
                card[:6]
                for card in mask("credit_card", [f"411111{number:09d}0" for number in range(50)], {"keep_issuer": 0})
            }
        )
        > 40
    )


@pytest.mark.parametrize("number", IBANS.values(), ids=IBANS)
def test_ibans_keep_their_country_and_form_and_are_valid(number: str) -> None:
    """With and without blanks, in capitals and small letters; national check digits are not claimed."""
    after = mask("iban", [number])[0]
    assert stdnum_iban.is_valid(after, check_country=False)
    assert after[:2] == number[:2]
    assert after != number
    assert [sign.isdigit() for sign in after] == [sign.isdigit() for sign in number]
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    assert mask("iban", [spaced])[0].replace(" ", "") == after
    assert mask("iban", [number.lower()]) == [after.lower()]


def test_ibans_stay_distinct_even_those_with_wrong_check_digits() -> None:
    """All 97 check numbers of one account, and a thousand accounts."""
    numbers = [f"DE{check:02d}370400440532013000" for check in range(2, 99)]
    numbers += [f"DE12{number:018d}" for number in range(1000)]
    assert len(set(mask("iban", numbers))) == len(numbers)


def test_texts_that_are_no_iban_meet_none() -> None:
    """All hundred spellings of the check digits, in capitals, in small letters and in mixed case; 00, 01 and 99 are no IBAN's, and the
    pseudonym of such a text is none either."""
    short = [f"NO{check:02d}{number:011d}" for check in (0, 1, 99) for number in range(2000)]
    assert not [text for text in mask("iban", short) if 2 <= int(text[2:4]) <= 98 and text[:2].isalpha()]
    spellings = [f"{country}{check:02d}370400440532013000" for country in ("DE", "de", "De") for check in range(100)]
    assert len(set(mask("iban", spellings))) == len(spellings)
    folded = mask(
        "iban", ["De89370400440532013000", "DE89370400440532013000"], about=subject(folds=frozenset({Match.CASE}))
    )
    assert folded[0] == folded[1]


def test_what_is_no_such_number_is_masked_all_the_same() -> None:
    """Nothing passes because it looks wrong."""
    for name in ("credit_card", "iban"):
        after = mask(name, ["1234 5678", "see the file", "DE00 bad"], about=subject(folds=frozenset({Match.PAD})))
        assert not set(after) & {"1234 5678", "see the file", "DE00 bad"}
