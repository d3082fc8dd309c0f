"""What joins a domain is held to what was agreed, and values that are equal in a database have one canonical form."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.schema import Column, Kind, Match
from engine.canonical import canonical, canonical_text
from engine.domains import DomainSpec, domain_spec, from_data, integer_bits, join, shape, to_data

AGREED = DomainSpec("d", "pseudonym", 1, "integer", 32)


def _column(kind: Kind, **fields: object) -> Column:
    return Column("c", str(kind), kind, **fields)  # type: ignore[arg-type]


def test_the_narrowest_column_sets_the_width() -> None:
    """An int and a decimal(4) make a domain of four digits."""
    columns = [_column(Kind.INTEGER, precision=32), _column(Kind.DECIMAL, precision=4, scale=0)]
    assert domain_spec("d", "pseudonym", 1, columns) == DomainSpec("d", "pseudonym", 1, "integer", 14)
    with pytest.raises(ValueError, match="different shapes: integer, uuid"):
        domain_spec("d", "pseudonym", 1, [columns[0], _column(Kind.UUID)])


@pytest.mark.parametrize("precision", range(1, 39))
def test_the_width_of_a_decimal_never_exceeds_its_digits(precision: int) -> None:
    """The largest positive number of the signed type fits."""
    bits = integer_bits(_column(Kind.DECIMAL, precision=precision, scale=0))
    assert bits is not None
    assert 2 ** (bits - 1) - 1 <= 10**precision - 1 < 2**bits


def test_wider_columns_join_under_the_agreed_width() -> None:
    """Their values in the base band agree with the narrow ones."""
    joined = join(AGREED, DomainSpec("d", "pseudonym", 1, "integer", 64))
    assert joined.problem is None
    assert joined.spec.bits == 32


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (DomainSpec("d", "pseudonym", 1, "integer", 16), "domain-narrower"),
        (DomainSpec("d", "pseudonym", 1, "text", None), "domain-shape"),
        (DomainSpec("d", "pseudonym", 2, "integer", 32), "domain-changed"),
        (DomainSpec("d", "token", 1, "integer", 32), "domain-changed"),
    ],
)
def test_what_does_not_fit_a_domain_is_a_problem(wanted: DomainSpec, code: str) -> None:
    """By a stable code."""
    problem = join(AGREED, wanted).problem
    assert problem is not None
    assert problem.code == code


def test_a_specification_survives_being_stored() -> None:
    """Also beside fields of a later version."""
    assert from_data({**to_data(AGREED), "later": 1}) == AGREED


def test_enums_and_texts_share_a_shape_and_numbers_with_a_scale_stand_apart() -> None:
    """Shapes say whose values can be compared."""
    assert shape(_column(Kind.ENUM)) == shape(_column(Kind.TEXT)) == "text"
    assert shape(_column(Kind.DATE)) == shape(_column(Kind.TIMESTAMPTZ))
    assert shape(_column(Kind.DECIMAL, precision=9, scale=2)) != shape(_column(Kind.INTEGER))


@settings(deadline=None)
@given(number=st.integers(-(10**15), 10**15), scale=st.integers(0, 10))
def test_equal_numbers_of_every_type_have_one_form(number: int, scale: int) -> None:
    """5, 5.00 and the text 5."""
    decimals = pa.array([Decimal(number), None], pa.decimal128(38, scale))
    assert (
        canonical(decimals).to_pylist()
        == canonical(pa.array([number, None], pa.int64())).to_pylist()
        == [str(number), None]
    )


def test_small_and_fractional_decimals_have_one_form_at_every_scale() -> None:
    """Trailing zeros and exponents are how a type prints, not what it holds."""
    for text in ("0", "0.5", "-0.25", "0.0000001", "100"):
        forms = {canonical(pa.array([Decimal(text)], pa.decimal128(30, scale)))[0].as_py() for scale in (7, 9, 12)}
        assert forms == {text}


def test_zeros_of_both_signs_are_one_number() -> None:
    """-0.0 equals 0.0 in every database."""
    assert len(set(canonical(pa.array([0.0, -0.0])).to_pylist())) == 1


@pytest.mark.parametrize(
    ("folds", "same", "different"),
    [
        ({Match.CASE}, [("Straße", "STRASSE"), ("Ann", "aNN")], [("Ann ", "Ann"), ("é", "e")]),
        ({Match.ACCENT}, [("José", "Jose"), ("é", "e\u0301")], [("Jose", "jose")]),
        ({Match.PAD}, [("a  ", "a"), (" ", "")], [(" a", "a"), ("a\t", "a")]),
        ({Match.CASE, Match.ACCENT, Match.PAD}, [("ÉCOLE ", "école")], [("a b", "ab")]),
        (set(), [("é", "é")], [("é", "e\u0301"), ("a", "A")]),
    ],
)
def test_texts_fold_as_their_collation_does(
    folds: set[Match], same: list[tuple[str, str]], different: list[tuple[str, str]]
) -> None:
    """And no further."""

    def form(text: str) -> str | None:
        return canonical_text(pa.array([text]), folds)[0].as_py()

    assert all(form(one) == form(other) for one, other in same)
    assert all(form(one) != form(other) for one, other in different)


@settings(deadline=None)
@given(texts=st.lists(st.none() | st.text(max_size=10), max_size=8), folds=st.sets(st.sampled_from(Match)))
def test_the_canonical_form_is_its_own(texts: list[str | None], folds: set[Match]) -> None:
    """Folding twice changes nothing more, and NULL stays NULL."""
    once = canonical_text(pa.array(texts, pa.string()), folds)
    assert canonical_text(once, folds).equals(once)
    assert once.null_count == texts.count(None)
