"""XML documents, path by path."""

from __future__ import annotations

import time
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.schema import Kind
from engine.masking import make_masker
from tests.engine.masking.one_column import codes, context, mask, subject

XML = subject(Kind.XML)
SHOP = "http://example.org/shop"


def masked(
    documents: list[str | None], paths: dict[str, object], **options: object
) -> tuple[list[str | None], dict[str, int]]:
    """The masked documents, and the paths that no rule names."""
    made = context("person_c", XML)
    batch = pa.RecordBatch.from_arrays([pa.array(documents, pa.string())], names=["c"])
    result = make_masker("xml_path", {"paths": paths, **options}).mask(batch, made).column(0).to_pylist()
    return result, dict(made.unknown_paths)


def test_values_agree_with_columns_and_structure_stays() -> None:
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<people>\n  <person id="7" mail="a@b.org"><name> Ann Lee </name>'
        "<tel/></person>\n</people>\n"
    )
    paths = {"/people/person/@mail": "email", "//name": "full_name", "/people/person/@id": "keep"}
    (result,), unknown = masked([text], paths)
    assert result == text.replace("a@b.org", mask("email", ["a@b.org"])[0]).replace(
        "Ann Lee", mask("full_name", ["Ann Lee"])[0]
    )
    assert unknown == {}


def test_what_no_path_names_is_emptied_and_counted() -> None:
    text = "<a x='1'>one<b>two</b>three<c.d>4</c.d></a>"
    (result, same), unknown = masked([text, text], {"/a/b": "keep"})
    assert result == same == '<a x=""><b>two</b><c.d></c.d></a>'
    assert unknown == {"/a/@x": 2, "/a": 4, "/a/c.d": 2}


@pytest.mark.parametrize(
    "text",
    [
        "no <b>xml",
        "<a>&secret;</a>",
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        "</r><r>",
        "<a></b></a>",
        "<a x='1' x='2'/>",
        "<s:a/>",
    ],
)
def test_what_is_no_xml_or_has_a_doctype_is_replaced_and_counted(text: str) -> None:
    assert masked([text], {"/": "keep"}) == (["<x/>"], {"/ (not XML)": 1})


def test_a_billion_laughs_cost_nothing() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    start = time.process_time()
    assert masked([f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l11;</a>'], {"/": "keep"})[0] == ["<x/>"]
    assert time.process_time() - start < 1


def test_pieces_of_documents_and_blank_texts_are_read_as_postgresql_holds_them() -> None:
    assert masked(["one<a>two</a><a>three</a>", "", None], {"/a": "keep"}) == (
        ["<a>two</a><a>three</a>", "", None],
        {"/": 1},
    )


def test_comments_and_instructions_are_dropped_and_cdata_becomes_text() -> None:
    text = "<a><!-- Ann Lee --><?note Ann Lee?><![CDATA[1 < 2]]></a>"
    assert masked([text], {"/": "keep"})[0] == ["<a>1 &lt; 2</a>"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/o/l[2]", "<o><l><p></p></l><l><p>2</p></l><m><p></p></m></o>"),
        ("/o/*/p", "<o><l><p>1</p></l><l><p>2</p></l><m><p>3</p></m></o>"),
        ("//l/p", "<o><l><p>1</p></l><l><p>2</p></l><m><p></p></m></o>"),
        ("/o/m/p/text()", "<o><l><p></p></l><l><p></p></l><m><p>3</p></m></o>"),
        ("/o/l/@*", "<o><l><p></p></l><l><p></p></l><m><p></p></m></o>"),
    ],
)
def test_a_path_leads_where_it_says_and_nowhere_else(path: str, expected: str) -> None:
    assert masked(["<o><l><p>1</p></l><l><p>2</p></l><m><p>3</p></m></o>"], {path: "keep"})[0] == [expected]


def test_namespaces_are_told_apart_where_a_path_says_so() -> None:
    text = f'<s:o xmlns:s="{SHOP}" xmlns="urn:x"><s:id>1</s:id><id>2</id><t xml:lang="de" s:id="3">4</t></s:o>'
    (result,), _ = masked([text], {"//q:id": "keep", "//@q:id": "keep"}, namespaces={"q": SHOP})
    assert result == text.replace("2", "").replace('"de"', '""').replace("4", "")
    assert masked([text], {"//id": "keep"})[0] == [text.replace('"de"', '""').replace('"3"', '""').replace("4", "")]


def test_numbers_and_dates_are_masked_as_their_own_types() -> None:
    (result,), _ = masked(
        ["<a><pay>51234</pay><born>1980-02-03</born></a>"],
        {"//pay": {"mask": "number_round", "to": 1000}, "//born": "date_shift"},
    )
    assert str(result).startswith("<a><pay>51000</pay><born>19")
    assert "1980-02-03" not in str(result)


def test_names_that_may_be_values_are_replaced_and_not_printed() -> None:
    (result,), unknown = masked(["<a><Ann4711>x</Ann4711><b id-19800203='1'/></a>"], {})
    assert "4711" not in str(result)
    assert "1980" not in str(result)
    assert unknown == {"/a/<name>": 1, "/a/b/@<name>": 1}


def test_bad_paths_are_refused_with_a_sentence() -> None:
    for path, sentence in {
        "a/b": "is no path", "//*": "names everything", "//text()": "names everything", "/s:a": "namespaces", "/a[x]": "is no path"
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=sentence):
            make_masker("xml_path", {"paths": {path: "null"}})
    assert codes("xml_path", subject(length=3), {"paths": {}}) == ["mask-length"]
    assert codes("xml_path", XML, {"paths": {"/a": "address"}}) == ["mask-inside"]


_WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=6
)
_TREES = st.recursive(
    _WORDS.map(escape),
    lambda inner: st.builds(
        lambda name, value, parts: f"<{name} k={quoteattr(value)}>{''.join(parts)}</{name}>",
        st.sampled_from(["a", "b", "line"]), _WORDS, st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)  # fmt: skip


@given(_TREES)
def test_a_kept_document_means_the_same_and_an_unnamed_one_says_nothing(tree: str) -> None:
    document = f"<root>{tree}</root>"
    (kept,), unknown = masked([document], {"/": "keep"})
    assert ElementTree.canonicalize(str(kept)) == ElementTree.canonicalize(document)
    assert unknown == {}
    (emptied,), _ = masked([document], {})
    for element in ElementTree.fromstring(str(emptied)).iter():
        assert not (element.text or "").strip()
        assert not (element.tail or "").strip()
        assert not any(value.strip() for value in element.attrib.values())
