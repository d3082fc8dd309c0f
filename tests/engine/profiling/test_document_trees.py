"""Documents laid over each other: nothing of them is lost, whatever their shape, and what is cut or malformed is counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masking.paths import ANY_INDEX, ANY_KEY, Path, Wild
from engine.profiling.document_maps import fold_maps, is_map
from engine.profiling.document_trees import (
    DEPTH,
    DOCUMENTS,
    PLACES,
    Tree,
    completed,
    lay_json,
    lay_xml,
    leaves,
    read_all,
)

LONGEST = 10_000
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
DOCUMENT = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


def read_json(*documents: Any) -> Tree:
    return read_all([json.dumps(document) for document in documents], lay_json, LONGEST)


def places(tree: Tree) -> dict[Path, list[Any]]:
    return {path: node.values for path, node in leaves(tree.root)}


def values_of(document: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every value with its path, told in the plainest way."""
    if isinstance(document, dict):
        return [found for key, inner in document.items() for found in values_of(inner, (*path, key))]
    if isinstance(document, list):
        return [found for inner in document for found in values_of(inner, (*path, ANY_INDEX))]
    return [(path, document)] if document is not None else []


@given(st.lists(DOCUMENT, max_size=5))
def test_every_value_of_every_document_stands_at_its_path(documents) -> None:  # type: ignore[no-untyped-def]
    found = [(path, value) for path, values in places(read_json(*documents)).items() for value in values]
    expected = [pair for document in documents for pair in values_of(document)]
    assert sorted(map(repr, found)) == sorted(
        repr((path, str(value) if isinstance(value, int) and len(str(abs(value))) > 18 else value))
        for path, value in expected
    )


@given(DOCUMENT.filter(lambda document: isinstance(document, (dict, list))), st.data())
def test_the_beginning_of_a_document_closes_to_a_part_of_it(document, data) -> None:  # type: ignore[no-untyped-def]
    text = json.dumps(document, indent=data.draw(st.sampled_from([None, 1])))
    begun = json.loads(completed(text[: data.draw(st.integers(1, len(text)))]))
    assert set(map(repr, values_of(begun))) <= set(map(repr, values_of(document)))
    assert json.loads(completed(text)) == document


@pytest.mark.parametrize("text", ["", "x", "]", "[]]", '"a', "12"])
def test_what_is_no_beginning_of_a_document_is_not_completed(text) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="JSON"):
        completed(text)


def test_what_was_not_read_is_counted() -> None:
    texts = ['{"a": 1, "bb": 2', "no", '{"b":0', "[" * 100_000, json.dumps([[1]] * PLACES)]
    tree = read_all(texts, lay_json, 7)
    assert (tree.read, tree.cut, tree.malformed, tree.left) == (2, 2, 3, 0)
    assert places(tree)[("a",)] == [1]
    many = read_all(map(str, range(DOCUMENTS + 7)), lay_json, LONGEST)
    assert (many.read, many.left) == (DOCUMENTS, 7)


def test_what_lies_too_deep_is_told() -> None:
    deep: Any = 1
    for _ in range(DEPTH + 5):
        deep = {"a": deep}
    tree = read_json(deep)
    assert (tree.read, tree.cut) == (1, 1)


def test_elements_attributes_and_texts_of_any_namespace_stand_at_their_names() -> None:
    text = '<?xml version="1.0"?><s:shop xmlns:s="urn:x" s:id="7"><s:name>Ada <b>L</b></s:name><s:name>Bo</s:name></s:shop>'
    assert places(read_all([text, "<a>"], lay_xml, LONGEST)) == {
        ("shop", "@id"): ["7"],
        ("shop", "name"): ["Ada", "Bo"],
        ("shop", "name", "b"): ["L"],
        ("a",): [],
    }


def test_a_cut_element_is_read_as_far_as_it_goes_and_one_with_a_doctype_not_at_all() -> None:
    tree = read_all(["<a><b>1</b><c>2"], lay_xml, 1)
    assert (tree.read, tree.cut) == (1, 1)
    assert places(tree)["a", "b"] == ["1"]
    tree = read_all(['<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'], lay_xml, 1)
    assert (tree.read, tree.malformed) == (0, 1)


def test_element_names_that_may_be_values_become_wildcards() -> None:
    tree = read_all(['<a><b12345 c98765="1">x</b12345></a>'], lay_xml, LONGEST)
    assert set(places(tree)) == {("a", ANY_KEY), ("a", ANY_KEY, Wild.ATTRIBUTE)}


def folded(*documents: Any) -> set[Path]:
    tree = read_json(*documents)
    list(fold_maps(tree.root, lambda node, keys, path: keys if is_map(node, keys) else ()))
    return set(places(tree))


def test_an_object_of_many_rare_keys_is_a_map_and_one_of_many_usual_ones_is_not() -> None:
    rare = [{f"k{chr(97 + number)}{chr(97 + other)}": 1 for other in range(3)} for number in range(20)]
    assert folded(*rare) == {(ANY_KEY,)}
    usual = [{f"k{chr(97 + number // 26)}{chr(97 + number % 26)}": 1 for number in range(50)}] * 5
    assert len(folded(*usual)) == 50
    assert folded(usual[0]) == {(ANY_KEY,)}


def test_keys_that_lead_to_the_same_fields_are_a_map_unless_most_documents_have_them() -> None:
    same = {"goals": 1, "fouls": 2}
    players = [{"team": {name: same}} for name in ("ab", "cd", "ef", "gh", "ij", "kl")]
    assert folded(*players) == {("team", ANY_KEY, "goals"), ("team", ANY_KEY, "fouls")}
    days = [{"open": dict.fromkeys(("monday", "tuesday", "friday", "sunday"), same)}] * 5
    assert len(folded(*days)) == 8


def test_maps_within_maps_are_told_level_by_level() -> None:
    names = [f"k{chr(97 + a)}{chr(97 + b)}" for a in range(10) for b in range(10)]
    nested = {outer: dict.fromkeys(names[:50], 1) for outer in names[:60]}
    assert folded(nested) == {(ANY_KEY, ANY_KEY)}
