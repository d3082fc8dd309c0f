"""What is asked of a column's bytes is true of its values, however the array is cut."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking.choose import by_distinct, canonical
from engine.masking.octets import all_ascii, any_letter, any_of, blanks, spaced_evenly

columns = st.lists(st.none() | st.text(" \t\n\x0b\x1f\u00a0\u2003aZ5-é", max_size=5), max_size=12)


@settings(deadline=None)
@given(columns, st.integers(0, 3))
def test_the_answers_are_those_of_the_texts(rows: list[str | None], cut: int) -> None:
    column = pa.array(rows, pa.string())[cut:]
    texts = [text for text in rows[cut:] if text is not None]
    assert all_ascii(column) == all(text.isascii() for text in texts)
    assert any_letter(column) == any(letter in "aZ" for text in texts for letter in text)
    assert any_of(column, "-5") == any(letter in "-5" for text in texts for letter in text)
    if spaced_evenly(column):
        assert pc.replace_substring_regex(column, pattern=r"\s+", replacement=" ").equals(column)


@settings(deadline=None)
@given(columns, st.integers(0, 3))
def test_blanks_are_found_as_trimming_finds_them(rows: list[str | None], cut: int) -> None:
    column = pa.array(rows, pa.string())[cut:]
    expected = pc.equal(pc.utf8_trim_whitespace(column), "")
    found = blanks(column)
    assert not pc.any(expected, min_count=0).as_py() if found is None else found.equals(expected)


@settings(deadline=None)
@given(columns)
def test_the_canonical_form_does_not_hang_on_the_neighbours(rows: list[str | None]) -> None:
    """A column of plain ASCII takes the short way, one with a single other letter the long one."""
    alone = [canonical(pa.array([text], pa.string()))[0].as_py() for text in rows]
    assert canonical(pa.array(rows, pa.string())).to_pylist() == alone


@settings(deadline=None)
@given(columns, st.sampled_from([0, 1100]))
def test_each_value_is_masked_once_or_by_itself_with_one_result(rows: list[str | None], more: int) -> None:
    """Columns that repeat themselves and columns of distinct values; blanks and NULL stay."""
    values = pa.array([*rows, *map(str, range(more))], pa.string())
    masked = by_distinct(values, lambda texts: pc.binary_join_element_wise("<", texts, ""))
    kept = [
        text is None or not text.strip() or pc.utf8_is_space(pa.scalar(text)).as_py() for text in values.to_pylist()
    ]
    expected = [t if keep else f"<{t}" for t, keep in zip(values.to_pylist(), kept, strict=True)]
    assert masked.to_pylist() == expected
