"""JSON documents, path by path."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.schema import Kind
from engine.masking import make_masker
from engine.masking.json_documents import parse_path, print_path, read, write
from tests.engine.masking.one_column import codes, context, mask, subject

JSON = subject(Kind.JSON)
PATHS = {
    "$.name": "full_name",
    "$.emails[*]": "email",
    "$.kept": "keep",
    "$.born": {"mask": "date_shift"},
    "$.people.*.tel": "phone",
}


def masked(
    documents: list[str | None], paths: dict[str, object] = PATHS, **options: object
) -> tuple[list[str | None], dict[str, int]]:
    """The masked documents, and the paths that no rule names."""
    made = context("person_c", JSON)
    batch = pa.RecordBatch.from_arrays([pa.array(documents, pa.string())], names=["c"])
    result = make_masker("json_path", {"paths": paths, **options}).mask(batch, made).column(0).to_pylist()
    return result, dict(made.unknown_paths)


def test_values_agree_with_columns_and_order_and_writing_stay() -> None:
    text = '{"emails": ["a@b.org", null], "name": "John Smith", "kept": {"z": 1.50, "a@b": [true, 1e3]}}'
    (result,), unknown = masked([text])
    email, name = mask("email", ["a@b.org"])[0], mask("full_name", ["John Smith"])[0]
    assert result == text.replace("a@b.org", email).replace("John Smith", name)
    assert unknown == {}


def test_what_no_path_names_becomes_null_and_is_counted() -> None:
    (result, same), unknown = masked(['{"name": "A", "secret": 1, "more": {"x": ["y", null]}}'] * 2)
    assert json.loads(str(result)) == {"name": mask("full_name", ["A"])[0], "secret": None, "more": {"x": [None, None]}}
    assert result == same
    assert unknown == {"$.secret": 2, "$.more.x[*]": 2}


def test_keys_that_may_be_values_are_replaced_and_not_printed() -> None:
    (result,), unknown = masked(['{"ada@corp.example": 1, "people": {"4711 Ada": {"tel": "415-555-2671"}}}'])
    assert "ada@corp" not in str(result)
    assert "4711" not in str(result)
    assert mask("phone", ["415-555-2671"])[0] in str(result)
    assert unknown == {"$.<key>": 1}


def test_what_is_no_json_becomes_null_and_is_counted() -> None:
    result, unknown = masked(["not json", "NaN", "{'a': 1}", None, "", '"text"'])
    assert result == ["null", "null", "null", None, "", "null"]
    assert unknown == {"$ (not JSON)": 3, "$": 1}


def test_numbers_and_dates_are_masked_as_their_own_types() -> None:
    paths = {
        "$.born": {"mask": "date_shift"},
        "$.seen": {"mask": "date_shift"},
        "$.tel": "phone",
        "$.pay": {"mask": "number_round", "to": 1000},
    }
    (result,), _ = masked(['{"born":"1980-02-03","seen":"2024-01-02T03:04:05Z","tel":4155552671,"pay":51234}'], paths)
    document = json.loads(str(result))
    assert document["born"] != "1980-02-03"
    assert document["seen"][10:] == "T03:04:05Z"
    assert document["tel"] == int(mask("phone", ["4155552671"])[0])
    assert document["pay"] == 51000


def test_a_document_that_gets_too_long_is_counted_and_not_cut() -> None:
    about = subject(length=30)
    result = mask("json_path", ['{"e": "a@b.org"}'], {"paths": {"$.e": "email"}}, about=about)
    assert result == ["null"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"paths": {"$.a": "nope"}}, "there is no mask"),
        ({"paths": {"$.a[": "null"}}, "is no path"),
        ({"paths": {}, "default": "keep"}, "cannot be kept"),
        ({"paths": {"$.a": {"days": 3}}}, "a path has a mask"),
    ],
)
def test_bad_options_are_refused_with_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_masker("json_path", options)


def test_a_mask_of_several_columns_is_a_problem_inside_a_document() -> None:
    assert codes("json_path", JSON, {"paths": {"$.home": "address"}}) == ["json-mask"]


@pytest.mark.parametrize("text", ["$.a.b", "$.a[*].b", "$.*.b"])
def test_a_path_is_printed_as_it_was_read(text: str) -> None:
    assert print_path(parse_path(text)) == text
    assert parse_path("$['odd key'][3]") == ("odd key", "[*]")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES, st.booleans())
def test_a_document_that_is_read_and_written_is_the_same(document: object, spaced: bool) -> None:
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(document, ensure_ascii=False, separators=separators)
    assert write(read(text), spaced) == text


@given(_VALUES)
def test_nothing_passes_that_no_path_names(document: object) -> None:
    (result,), _ = masked([json.dumps(document)])
    assert all(leaf is None for leaf in _leaves(json.loads(str(result))))


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


def test_keys_of_a_map_are_values_and_do_not_pass_unless_the_plan_keeps_them() -> None:
    document = '{"balance": {"Ada Lovelace": 3, "bob": 4}}'
    (result,), _ = masked([document], {"$.balance.*": "null"})
    assert result is not None
    assert "Ada" not in result
    assert "bob" not in result
    assert "balance" in result
    assert masked([document], {"$.balance.*": "keep"})[0] == [document]
