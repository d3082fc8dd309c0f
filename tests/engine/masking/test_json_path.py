"""JSON documents, path by path."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.schema import Kind
from engine.masking import make_masker
from engine.masking.paths import parse_path, print_path
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
    assert codes("json_path", JSON, {"paths": {"$.home": "address"}}) == ["mask-inside"]


@pytest.mark.parametrize("text", ["$.a.b", "$.a[*].b", "$.*.b", "$..b", "$.a..b[2]"])
def test_a_path_is_printed_as_it_was_read(text: str) -> None:
    assert print_path(parse_path(text)) == text
    assert parse_path("$['odd key'][3]") == ("odd key", 3)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " :  ")]), st.booleans())
def test_a_document_that_is_kept_is_the_same_byte_for_byte(
    document: object, separators: tuple[str, str], ascii_only: bool
) -> None:
    text = f" {json.dumps(document, ensure_ascii=ascii_only, separators=separators)}\n"
    assert masked([text], {"$": "keep"}) == ([text], {})


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1.0, "b": 1e5, "c": -0, "d": 123456789012345678901234567890, "e": 1E+400}',
        '{"a":1,"a":2,"a":[{"a":3}]}',
        '{"\\u00e9\\u0041": "\\ud83d\\ude00 \\/ \\ud800", "x": "a\\"b: "}',
        "[ ]",
        '{"e" : { } , "l":[ [ ], {"k":null} ]}',
        f"[{'9' * 5000}]",
    ],
)
def test_what_a_path_keeps_stays_as_written_beside_what_is_masked(text: str) -> None:
    """Spelling of numbers, repeated keys, escapes, blanks and empty lists stand as they stood."""
    both = f'{{"kept": {text}, "name":"Ada Byron"}}'
    (result,), unknown = masked([both])
    assert result == both.replace("Ada Byron", mask("full_name", ["Ada Byron"])[0])
    assert unknown == {}


def test_a_repeated_key_is_masked_each_time() -> None:
    (result,), _ = masked(['{"name": "Ada Byron", "name": "Bob Stone"}'])
    assert "Ada" not in str(result)
    assert str(result).count(mask("full_name", ["Bob Stone"])[0]) == 1
    assert str(result).count('"name"') == 2


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ("$..tel", '{"a":{"tel":1,"x":[{"tel":[2,3]}]},"tel":4}', '{"a":{"tel":1,"x":[{"tel":[2,3]}]},"tel":4}'),
        ("$.a..tel", '{"tel":1,"a":{"b":{"tel":2}}}', '{"tel":null,"a":{"b":{"tel":2}}}'),
        ("$.l[1]", '{"l":[1,2,3]}', '{"l":[null,2,null]}'),
        ("$.l[0].x", '{"l":[{"x":1},{"x":2}]}', '{"l":[{"x":1},{"x":null}]}'),
        ("$.l.*", '{"l":[1,2]}', '{"l":[1,2]}'),
        ("$['a.b'].c", '{"a.b":{"c":1},"a":{"b":2}}', '{"a.b":{"c":1},"a":{"b":null}}'),
        (r"""$['it\'s "so"']""", r'{"it\u0027s \"so\"":1}', r'{"it\u0027s \"so\"":1}'),
        ("$[*][*]", "[[1],[2]]", "[[1],[2]]"),
    ],
)
def test_a_path_leads_where_it_says_and_nowhere_else(path: str, document: str, expected: str) -> None:
    assert masked([document], {path: "keep"})[0] == [expected]


def test_the_path_that_says_most_decides() -> None:
    paths = {"$..x": "keep", "$.a.x": "null", "$.l[*]": "null", "$.l[0]": "keep"}
    assert masked(['{"x":1,"a":{"x":2,"b":{"x":3}},"l":[4,5]}'], paths)[0] == [
        '{"x":1,"a":{"x":null,"b":{"x":3}},"l":[4,null]}'
    ]


def test_json_in_a_text_of_json_is_masked_by_its_own_paths() -> None:
    inner = json.dumps({"email": "a@b.org", "other": 5})
    document = json.dumps({"payload": inner})
    (result, again), unknown = masked(
        [document, document], {"$.payload": {"mask": "json_path", "paths": {"$.email": "email"}}}
    )
    assert json.loads(json.loads(str(result))["payload"]) == {"email": mask("email", ["a@b.org"])[0], "other": None}
    assert again == result
    assert unknown == {"$.payload.other": 2}


@pytest.mark.parametrize("path", ["$.a[-1]", "$.a[1:2]", "$[?@.x]", "$..*", "$..[*]", "$.a[", "$['a"])
def test_what_is_no_place_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"is no path|names everything"):
        parse_path(path)


@given(_VALUES)
def test_nothing_passes_that_no_path_names(document: object) -> None:
    (result,), _ = masked([json.dumps(document)])
    assert all(leaf is None for leaf in _leaves(json.loads(str(result))))


@given(_VALUES)
def test_no_text_survives_where_every_value_gets_a_token(document: object) -> None:
    (result,), _ = masked([json.dumps({"x": document})], {"$.x": "token"})
    before = [leaf for leaf in _leaves(document) if isinstance(leaf, str) and leaf.strip()]
    after = _leaves(json.loads(str(result)))
    assert len(after) == len(_leaves(document))
    assert not set(before) & {leaf for leaf in after if isinstance(leaf, str)}


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


def test_a_key_with_a_blank_may_be_somebodys_name_and_is_not_printed() -> None:
    assert print_path(("people", "Ada Lovelace", "email")) == "$.people.<key>.email"
