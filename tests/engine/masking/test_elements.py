"""Lists inside one cell, element by element."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.masking import make_masker
from engine.masking.array_text import is_element, pieces, plain, quoted
from engine.masking.base import MaskError, Subject
from tests.engine.masking.one_column import codes, mask, subject

TEXTS = subject(Kind.ARRAY, element="text")


def elements(values: list[Any], of: Any, element: str = "text", **options: Any) -> list[Any]:
    return mask("elements", values, {"of": of, **options}, about=subject(Kind.ARRAY, element=element))


def test_elements_agree_with_columns_and_dimensions_bounds_and_null_stay() -> None:
    first, second = mask("email", ["a@b.org", 'x "y"@c.org'])
    (result,) = elements([r'[2:3][0:1]={{a@b.org,NULL},{"x \"y\"@c.org",""}}'], "email")
    assert result == f'[2:3][0:1]={{{{{quoted(first)},NULL}},{{{quoted(second)},""}}}}'
    assert elements(["{}", None], "email") == ["{}", None]


@pytest.mark.parametrize(
    ("element", "text", "of", "expected"),
    [
        ("integer", "{51234,NULL,-7}", {"mask": "number_round", "to": 1000}, '{"51000",NULL,"0"}'),
        ("numeric(8,2)", "{51234.56}", {"mask": "number_round", "to": 1000}, '{"51000.00"}'),
        ("boolean", "{t,f}", {"mask": "constant", "value": True}, '{"t","t"}'),
        ("date", '{infinity,2024-05-06,"0044-03-15 BC"}', "date_band", None),
        ("uuid", "{c0ffee00-0000-4000-8000-000000000001}", "pseudonym", None),
        ("timestamp(3) with time zone", '{"2024-01-02 03:04:05.6+02"}', "date_shift", None),
        ("character varying(9)", '{"a rather long text"}', "token", None),
    ],
)
def test_elements_are_masked_as_values_of_their_type(element: str, text: str, of: Any, expected: str | None) -> None:
    (result,) = elements([text], of, element)
    assert expected is None or result == expected
    assert result != text
    if "infinity" in text:
        assert result.startswith("{infinity,")
        assert result.endswith(",NULL}"), "a date before Christ is somebody's"


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)))
def test_an_array_is_cut_into_its_elements(values: list[str | None]) -> None:
    text = "[-1:7]={" + ",".join(map(quoted, values)) + "}"
    bounds, cut = pieces(text)
    assert bounds + "".join(cut) == text
    assert [plain(piece) for piece in cut if is_element(piece)] == [value for value in values if value is not None]


@given(st.lists(st.text("abc@ .-", min_size=1, max_size=5), max_size=4))
def test_no_element_survives_and_the_number_of_them_does(values: list[str]) -> None:
    (result,) = mask("elements", [";".join(values)], {"of": "token", "separator": ";"})
    if ";".join(values).strip():
        assert len(result.split(";")) == max(len(values), 1)
        assert not {value.strip() for value in values} - {""} & {value.strip() for value in result.split(";")} - {""}


def test_a_text_with_a_separator_keeps_blanks_behind_it_and_agrees_with_columns() -> None:
    one, two = mask("email", ["a@b.org", "d@e.org"])
    assert mask("elements", ["a@b.org; d@e.org;", None, ""], {"of": "email", "separator": ";"}) == [
        f"{one}; {two};",
        None,
        "",
    ]


def test_numbers_in_a_text_agree_with_columns_of_numbers() -> None:
    of = {"mask": "pseudonym", "domain": "person_c"}
    found = mask("pseudonym", [17, 4], about=subject(Kind.INTEGER, precision=64), type_=pa.int64())
    assert mask("elements", ["17, 4"], {"of": of, "separator": ",", "type": "integer"}) == [f"{found[0]}, {found[1]}"]
    with pytest.raises(MaskError, match="no whole number") as error:
        mask("elements", ["17,Ada"], {"of": of, "separator": ",", "type": "integer"})
    assert "Ada" not in str(error.value)


@pytest.mark.parametrize("element", ["[abc", "[1:2]=x", "nul", "a=b", "(x"])
def test_elements_that_look_like_something_else_do_not_pass(element: str) -> None:
    assert element not in elements([f"{{{element},{element}}}"], "token")[0]


def test_a_list_that_gets_too_long_loses_whole_elements() -> None:
    about = subject(length=60)
    (result,) = mask("elements", ["a@b.c;d@e.f;g@h.i;x@y.z"], {"of": "email", "separator": ";"}, about=about)
    assert len(result) <= 60
    assert result == mask("email", ["a@b.c"])[0]


def test_a_text_without_separator_is_a_json_array() -> None:
    (result,) = mask("elements", ['["a@b.org", null]'], {"of": "email"})
    assert json.loads(result) == [mask("email", ["a@b.org"])[0], None]


def test_what_does_not_fit_is_a_problem_before_the_run() -> None:
    assert codes("elements", TEXTS, {"of": "email"}) == []
    assert codes("elements", TEXTS, {"of": "email", "separator": ";"}) == ["elements-separator"]
    assert codes("elements", subject(Kind.ARRAY, element="integer"), {"of": "email"}) == ["mask-kind"]
    assert codes("elements", TEXTS, {"of": "address"}) == ["mask-inside"]
    narrow = Subject(TableName("t"), Column("c", "character varying(9)[]", Kind.ARRAY, element="character varying"))
    assert codes("elements", narrow, {"of": "token"}) == ["token-length"]
    assert codes("elements", subject(Kind.ARRAY, element="box"), {"of": "token"}) == ["mask-kind"]
    for of, sentence in (("nope", "there is no mask"), ("keep", "with the reason")):
        with pytest.raises(ValueError, match=sentence):
            make_masker("elements", {"of": of})


def test_what_is_no_number_stays_among_masked_numbers() -> None:
    for element in ("numeric(10,2)", "numeric", "double precision"):
        (result,) = elements(["{1500.25,NaN,2800.00}"], "number_noise", element)
        first, nan, last = result.strip("{}").replace('"', "").split(",")
        assert nan.lower() == "nan"
        assert (first, last) != ("1500.25", "2800.00")
