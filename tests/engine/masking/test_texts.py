"""Tokens, encryption in an alphabet, templates, constants, choices and black bars."""

from __future__ import annotations

import re
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.arrow import carrier
from connectors.schema import Kind, Match
from engine.masking import make_masker
from engine.masking.base import MaskError
from engine.masking.regex_template import RegexTemplate
from tests.engine.masking.one_column import OTHER_KEY, codes, mask, subject

CASELESS = frozenset({Match.CASE, Match.ACCENT, Match.PAD})


def test_a_token_says_nothing_but_equality() -> None:
    """Sixteen letters for whatever text; equal ones equal, by the column's collation."""
    tokens = mask("token", ["Ann", "a very long text " * 20, "", "Ann", None])
    assert all(re.fullmatch("[a-z2-7]{16}", token) for token in tokens[:4])
    assert tokens[0] == tokens[3]
    assert len(set(tokens)) == 4
    assert mask("token", ["Ann"], key=OTHER_KEY) != [tokens[0]]
    folded = mask("token", ["Ann", "ÁNN ", "ann"], about=subject(folds=CASELESS))
    assert len(set(folded)) == 1


def test_a_token_that_does_not_fit_is_a_problem() -> None:
    """Prefix and all."""
    assert codes("token", subject(length=16)) == []
    assert codes("token", subject(length=16), {"prefix": "t"}) == ["token-length"]
    assert [len(token) for token in mask("token", ["x"], {"prefix": "t-", "length": 25})] == [27]


@pytest.mark.parametrize("alphabet", ["digits", "hex", "letters_digits", "äöü€01"])
def test_encryption_stays_in_its_alphabet_and_is_a_bijection(alphabet: str) -> None:
    """Of a short length exhaustively, by table, and of a longer one by FF1."""
    letters = make_masker("fpe", {"alphabet": alphabet}).characters  # type: ignore[attr-defined]
    pairs = [one + other for one in letters for other in letters]
    assert sorted(mask("fpe", pairs, {"alphabet": alphabet})) == sorted(pairs)
    long = [pair * 6 + letters[0] for pair in pairs]
    image = mask("fpe", long, {"alphabet": alphabet})
    assert len(set(image)) == len(long)
    assert set("".join(image)) <= set(letters)


def test_encryption_keeps_separators_and_tokenises_what_is_outside() -> None:
    """Nothing passes through."""
    image = mask("fpe", ["078-05-1120", "07805112O", "Ann"], {})
    assert re.fullmatch(r"\d{3}-\d\d-\d{4}", image[0])
    assert image[0] != "078-05-1120"
    assert all(re.fullmatch("[a-z2-7]{16}", token) for token in image[1:])


def test_an_alphabet_that_a_collation_confuses_is_refused() -> None:
    """Case, accents, doubles, a separator in it."""
    assert codes("fpe", subject(folds=CASELESS), {"alphabet": "letters"}) == ["fpe-collation"]
    assert codes("fpe", subject(folds=CASELESS), {"alphabet": "hex"}) == []
    assert codes("fpe", subject(), {"alphabet": "aab"}) == ["fpe-alphabet"]
    assert codes("fpe", subject(), {"alphabet": "ab-"}) == ["fpe-alphabet"]
    assert (
        mask("fpe", ["CAFE12", "cafe12"], {"alphabet": "hex"}, about=subject(folds=CASELESS))[0]
        == (mask("fpe", ["cafe12"], {"alphabet": "hex"}, about=subject(folds=CASELESS))[0])
    )


TEMPLATES = [
    r"[A-Z]{2}-\d{6}",
    r"^(AB|CDE?)[0-9a-f]{3,5}\.x$",
    r"\w{10}",
    r"(?:a|b|[xyz]{2}){3}",
    "constant",
    r"\+49 \d{3,4}",
]


@settings(deadline=None, max_examples=40)
@given(template=st.sampled_from(TEMPLATES), texts=st.lists(st.text(max_size=10), min_size=1, max_size=10))
def test_a_drawn_text_matches_its_template(template: str, texts: list[str]) -> None:
    """Every one, and no longer than the template says."""
    longest = RegexTemplate(template=template).parsed.longest
    for text in mask("regex_template", texts, {"template": template}):
        assert re.fullmatch(template, text)
        assert len(text) <= longest


def test_a_template_is_unique_only_where_it_has_texts_enough() -> None:
    """Eighty bits, and a column that takes the longest."""
    small, large = RegexTemplate(template=r"\d{6}"), RegexTemplate(template="[0-9a-f]{20}")
    assert not small.bijective_on(subject())
    assert large.bijective_on(subject())
    assert (
        len(set(mask("regex_template", [str(number) for number in range(2000)], {"template": "[0-9a-f]{20}"}))) == 2000
    )
    assert codes("regex_template", subject(length=5), {"template": r"\d{6}"}) == ["template-length"]


@pytest.mark.parametrize("template", ["a*", "a+", "[^a]", "(?=a)a", "(", ".", r"(a)\1", "a{5000}", r"\s"])
def test_a_template_that_no_text_can_be_drawn_from_is_refused(template: str) -> None:
    """When the plan is read, with a sentence."""
    with pytest.raises(ValidationError, match="the template"):
        RegexTemplate(template=template)


def test_a_constant_is_a_value_of_the_column() -> None:
    """Parsed as the column's type; what it does not take is a problem."""
    for kind, value, expected in (
        (Kind.INTEGER, "7", 7),
        (Kind.BOOLEAN, "true", True),
        (Kind.DATE, "2000-01-01", date(2000, 1, 1)),
        (Kind.BINARY, "00ff", b"\x00\xff"),
        (Kind.JSON, '{"a": 1}', '{"a": 1}'),
    ):
        about = subject(kind)
        assert codes("constant", about, {"value": value}) == []
        assert mask("constant", [None], {"value": value}, about=about, type_=carrier(about.column)) == [None]
        given_ = pa.array([expected], carrier(about.column)).to_pylist()
        assert mask("constant", given_, {"value": value}, about=about, type_=carrier(about.column)) == given_


@pytest.mark.parametrize(
    ("kind", "value", "more"),
    [
        (Kind.INTEGER, "x", {}),
        (Kind.INTEGER, 300, {"precision": 8}),
        (Kind.INTEGER, 1.5, {}),
        (Kind.DECIMAL, "12345.67", {"precision": 4, "scale": 2}),
        (Kind.TEXT, "too long", {"length": 3}),
        (Kind.ENUM, "c", {"enum": ("a", "b")}),
        (Kind.DATE, "yesterday", {}),
        (Kind.JSON, "{", {}),
        (Kind.UUID, "1", {}),
        (Kind.BOOLEAN, "maybe", {}),
    ],
)
def test_a_constant_that_the_column_does_not_take_is_a_problem(
    kind: Kind, value: object, more: dict[str, object]
) -> None:
    """Before anything is read."""
    assert codes("constant", subject(kind, **more), {"value": value}) == ["constant-value"]


def test_null_is_refused_where_a_value_is_required() -> None:
    """And elsewhere leaves nothing."""
    assert codes("null", subject(nullable=False)) == ["null-required"]
    assert mask("null", ["a", None]) == [None, None]


def test_a_black_bar_keeps_length_or_is_one_text() -> None:
    """Blanks stay, so words can be counted."""
    assert mask("redact", ["Ann Lee", "é", "", None]) == ["xxx xxx", "x", "", None]
    assert mask("redact", ["Ann Lee", None], {"text": "[removed]"}) == ["[removed]", None]
    assert codes("redact", subject(length=3), {"text": "[removed]"}) == ["redact-length"]


def test_a_choice_is_among_the_labels() -> None:
    """The enum's own, the declared ones, or true and false; with a person, that person's."""
    enum = subject(Kind.ENUM, enum=("a", "b", "c"))
    assert set(mask("category", ["a", "b", "c"] * 5, about=enum)) <= {"a", "b", "c"}
    by = pa.array(range(200))
    assert set(mask("category", ["a"] * 200, about=enum, by=by)) == {"a", "b", "c"}
    assert set(mask("category", [True] * 200, about=subject(Kind.BOOLEAN), type_=pa.bool_(), by=by)) == {True, False}
    assert codes("category", subject()) == ["category-choices"]
    assert codes("category", enum, {"choices": ["z"]}) == ["category-label"]


def test_labels_that_change_places_stay_distinct_and_end_the_run_at_one_that_is_not_listed() -> None:
    listed = {"choices": ["a", "b", "c"], "distinct": True}
    assert set(mask("category", ["a", "b", "c"], listed)) == {"a", "b", "c"}
    assert set(
        mask("category", [True, False, None], {"distinct": True}, about=subject(Kind.BOOLEAN), type_=pa.bool_())
    ) == {
        True,
        False,
        None,
    }
    with pytest.raises(MaskError, match="none of the choices") as refused:
        mask("category", ["secret"], listed)
    assert "secret" not in str(refused.value)


def test_a_column_too_short_for_tokens_still_gets_other_texts_outside_the_alphabet() -> None:
    """They stay outside it, distinct, and as long as they were: `12` is no text of the alphabet `01`, nor is its image."""
    about = subject(length=4)
    outside = [f"{number:02d}" for number in range(100) if set(f"{number:02d}") - {"0", "1"}]
    inside = ["00", "01", "10", "11"]
    masked = mask("fpe", [*outside, *inside], {"alphabet": "01"}, about=about)
    assert len(set(masked)) == 100
    assert set(masked[len(outside) :]) == set(inside)
    texts = ["A1", "b-2", "n/a", "Zoë", "é", "42"]
    image = mask("fpe", texts, {}, about=about)
    assert len(set(image)) == len(texts)
    assert all(after is not None and len(after) <= 4 for after in image)
    assert sum(before == after for before, after in zip(texts, image, strict=True)) <= 1
