"""Replacement from a file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
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


def test_a_value_of_the_file_may_have_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text('red,"first line\nsecond line"\nblue\u2028,green\n', encoding="utf-8")
    assert mask("lookup", ["red", "blue\u2028"], {"file": str(file)}) == ["first line\nsecond line", "green"]


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


@pytest.fixture
def cities(tmp_path: Path) -> str:
    file = tmp_path / "cities.csv"
    file.write_text("country,zip,city\nDE,1,Berlin\nFR,2,Paris\nDE,1,Potsdam\nDE,3,Bonn\n", encoding="utf-8")
    return str(file)


def looked_up(file: str, values: list[str | None], keys: pa.Array, place: str = "row", **options: str) -> list[str]:
    return mask(
        "lookup",
        values,
        {"file": file, "key": "zip", "match": "zip", "take": "city", **options},
        **{place: {"zip": keys}},
    )


def test_another_column_of_the_row_is_looked_up(cities: str) -> None:
    values = [f"city {number}" for number in range(40)]
    found = looked_up(cities, values, pa.array([1] * 40))
    assert set(found) == {"Berlin", "Potsdam"}
    assert found == looked_up(cities, values, pa.array(["1"] * 40), place="given")
    assert looked_up(cities, ["x", "y", None], pa.array([2, 3, 2])) == ["Paris", "Bonn", None]


def test_the_masked_key_is_taken_before_the_source(cities: str) -> None:
    options = {"file": cities, "key": "zip", "match": "zip", "take": "city"}
    assert mask("lookup", ["x"], options, row={"zip": pa.array([3])}, given={"zip": pa.array([2])}) == ["Paris"]


def test_a_key_without_a_line_is_treated_as_said(cities: str) -> None:
    keys = pa.array([9, None, 2])
    assert looked_up(cities, ["x", "y", "z"], keys, missing="null") == [None, None, "Paris"]
    assert set(looked_up(cities, ["x", "y", "z"], keys, missing="any")) <= {"Berlin", "Paris", "Potsdam", "Bonn"}
    assert not {"x", "y", None} & set(looked_up(cities, ["x", "y", "z"], keys))
    with pytest.raises(MaskError):
        looked_up(cities, ["x"], pa.array([9]), missing="error")


def test_a_lookup_by_another_column_reads_it_and_is_no_mask_of_keys(cities: str) -> None:
    options = {"file": cities, "key": "zip", "match": "zip", "take": "city"}
    assert make_masker("lookup", options).reads_columns(subject()) == ("zip",)
    assert codes("lookup", subject(key=True), options) == ["mask-not-unique"]
    for headings, sentence in (({"match": "zip"}, "both or none"), ({"match": "zip", "take": "town"}, "does not name")):
        with pytest.raises(ValidationError, match=sentence):
            make_masker("lookup", {"file": cities, "key": "zip", **headings})
