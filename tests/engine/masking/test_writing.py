"""Digits replaced in place, whatever stands around them."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking import writing
from engine.masking.writing import Digits, replace_digits, writings

texts = st.lists(st.none() | st.text("0059 +-xé٣", max_size=9), max_size=40)


def _turned(digits: Digits, rows: np.ndarray) -> Digits:  # type: ignore[type-arg]
    """Nine's complement, backwards."""
    assert len(digits) == len(rows)
    return (9 - digits)[:, ::-1]


def _expected(text: str | None) -> str | None:
    if text is None:
        return None
    digits = iter([str(9 - int(digit)) for digit in reversed(re.findall("[0-9]", text))])
    return re.sub("[0-9]", lambda _: next(digits), text)


@settings(deadline=None)
@given(texts, st.integers(0, 3), st.booleans())
def test_each_text_gets_its_own_digits_at_their_places(rows: list[str | None], cut: int, looked_up: bool) -> None:
    """Both where texts are gone through by their writings and where each digit's place is looked up."""
    values = pa.array(rows, pa.string())[cut:]
    most, writing.MOST = writing.MOST, 0 if looked_up else writing.MOST
    try:
        assert replace_digits(values, _turned).to_pylist() == [_expected(text) for text in rows[cut:]]
    finally:
        writing.MOST = most


@settings(deadline=None)
@given(texts)
def test_a_pattern_is_asked_of_the_writing_and_answers_for_the_value(rows: list[str | None]) -> None:
    pattern = r"^[0-9]{1,3}[+x]"
    found = writings(pa.array(rows, pa.string())).matching(pattern).tolist()
    assert found == [bool(re.match(pattern, text or "")) for text in rows]


def test_the_cipher_is_called_once_for_each_number_of_digits() -> None:
    seen = []

    def cipher(digits: Digits, rows: np.ndarray) -> Digits:  # type: ignore[type-arg]
        seen.append((digits.shape, sorted(rows.tolist())))
        return digits

    replace_digits(pa.array(["1-2", "12", "a", None, "(34)", "7"]), cipher)
    assert seen == [((1, 1), [5]), ((3, 2), [0, 1, 4])]
