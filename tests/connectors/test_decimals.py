"""Decimals are written with the digits of their scale, and read back as the same numbers."""

from decimal import Decimal

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decimals import plain_text

NUMBERS = st.integers(-(10**38) + 1, 10**38 - 1) | st.integers(-1000, 1000)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.none() | NUMBERS, max_size=20), st.integers(0, 38))
def test_no_decimal_is_written_with_an_exponent(units: list[int | None], scale: int) -> None:
    numbers = [None if unit is None else Decimal(f"{unit}E-{scale}") for unit in units]
    array = pa.array(numbers, pa.decimal128(38, scale))
    text = plain_text(array).to_pylist()
    assert not any("E" in found for found in text if found is not None)
    assert [None if found is None else Decimal(found) for found in text] == array.to_pylist()
    assert all(len(found.partition(".")[2]) == scale for found in text if found is not None)
