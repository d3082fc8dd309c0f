"""Masked texts in columns that are not Unicode."""

from __future__ import annotations

import pyarrow as pa
import pytest

from engine.masking.charset import in_charset
from tests.engine.masking.one_column import mask, subject


@pytest.mark.parametrize(
    ("collation", "expected"),
    [
        ("latin1_swedish_ci", "Lódz Zoë x"),
        ("ascii_general_ci", "Lodz Zoe x"),
        ("latin2_general_ci", "Łódź Zoë x"),
        ("utf8mb4_general_ci", "Łódź Zoë 中"),
        (None, "Łódź Zoë 中"),
    ],
)
def test_letters_that_a_column_cannot_hold_lose_their_accents(collation: str | None, expected: str) -> None:
    about = subject(collation=collation)
    assert in_charset(pa.array(["Łódź Zoë 中", None]), about.column).to_pylist() == [expected, None]


def test_polish_names_load_into_a_latin1_column() -> None:
    about = subject(collation="latin1_swedish_ci")
    names = [f"Name{number}" for number in range(300)]
    for masker in ("last_name", "city", "street"):
        for text in mask(masker, names, {"locale": "pl_PL"}, about=about):
            text.encode("cp1252")
