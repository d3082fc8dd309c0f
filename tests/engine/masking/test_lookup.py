"""Replacement from a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.schema import Kind
from engine.masking import make_masker
from engine.masking.base import MaskError
from tests.engine.masking.one_column import codes, mask, subject


@pytest.fixture
def colours(tmp_path: Path) -> str:
    file = tmp_path / "colours.csv"
    file.write_text('from,to\nred,blue\n"a, b",green\n', encoding="utf-8")
    return str(file)


def test_values_become_what_the_file_says(colours: str) -> None:
    assert mask("lookup", ["red", "a, b", None, "red"], {"file": colours}) == ["blue", "green", None, "blue"]


def test_what_the_file_does_not_have_is_never_passed_on(colours: str) -> None:
    assert mask("lookup", ["pink"], {"file": colours, "missing": "null"}) == [None]
    token = mask("lookup", ["pink", "pink"], {"file": colours}, about=subject(length=10))
    assert token[0] == token[1] != "pink"
    assert len(token[0]) == 10
    with pytest.raises(MaskError, match="a value is not in") as error:
        mask("lookup", ["pink"], {"file": colours, "missing": "error"})
    assert "pink" not in str(error.value)


def test_a_changed_file_is_another_plan(colours: str) -> None:
    first = make_masker("lookup", {"file": colours})
    Path(colours).write_text("red,black\n", encoding="utf-8")
    assert make_masker("lookup", {"file": colours}) != first
    with pytest.raises(ValidationError, match="has changed"):
        make_masker("lookup", first.model_dump())


@pytest.mark.parametrize(
    ("text", "sentence"), [("a,b,c\n", "two columns"), ("a,b\na,c\n", "names a value twice"), (None, "cannot be read")]
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, text: str | None, sentence: str) -> None:
    file = tmp_path / "bad.csv"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match=sentence):
        make_masker("lookup", {"file": str(file)})


def test_a_file_that_does_not_fit_the_column_is_a_problem(colours: str) -> None:
    assert codes("lookup", subject(length=3), {"file": colours}) == ["mask-length"]
    assert codes("lookup", subject(nullable=False), {"file": colours, "missing": "null"}) == ["mask-null"]
    assert codes("lookup", subject(Kind.ENUM, enum=("blue", "red")), {"file": colours}) == ["mask-enum"]
