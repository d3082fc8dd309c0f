"""E-mail addresses."""

from __future__ import annotations

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connectors.schema import Match
from engine.masking import make_masker
from tests.engine.masking.one_column import codes, mask, subject

CASELESS = frozenset({Match.CASE})


def test_an_address_is_a_function_of_itself_at_a_reserved_domain() -> None:
    masked = mask("email", ["ada@corp.example", "ada@corp.example", "bob@corp.example", None, ""])
    assert re.fullmatch(r"[a-z]+\.[a-z]+\.[a-z0-9]{16}@example\.com", masked[0])
    assert masked[0] == masked[1] != masked[2]
    assert masked[3:] == [None, ""]


def test_addresses_that_differ_only_in_case_differ_only_in_case() -> None:
    """Equal under a case-insensitive collation, distinct under another: unique either way, and alike in both databases."""
    written = ["ada.b@x.org", "ADA.B@x.org", "Ada.B@x.org", "ada.B@x.org", "ada.b@X.org", "ADA.B@X.ORG"]
    here = mask("email", written, about=subject(unique=True))
    there = mask("email", written, about=subject(unique=True, folds=CASELESS))
    assert len(set(here)) == len(written)
    assert len({address.lower() for address in here}) == 1
    assert here == there


def test_trailing_blanks_count_as_the_collation_counts_them() -> None:
    written = ["a@x.org", "a@x.org "]
    assert len(set(mask("email", written))) == 2
    no_pad = mask("email", written, about=subject(folds=CASELESS))
    assert no_pad[0].lower() != no_pad[1].lower()
    padded = mask("email", written, about=subject(folds=CASELESS | {Match.PAD}))
    assert padded[0].lower() == padded[1].lower()


@given(st.integers(4, 60))
def test_every_width_is_kept_and_narrow_columns_keep_the_code_longest(length: int) -> None:
    addresses = [f"user{number}@corp.example" for number in range(50)]
    masked = mask("email", addresses, about=subject(length=length))
    assert all(len(address) <= length and "@" in address for address in masked)
    if length >= 23:
        assert len(set(masked)) == len(addresses)


def test_a_unique_column_too_narrow_for_80_bits_is_a_problem() -> None:
    assert codes("email", subject(length=22, unique=True)) == ["mask-length"]
    assert codes("email", subject(length=23, unique=True)) == codes("email", subject(length=22)) == []
    assert not make_masker("email", {}).bijective_on(subject(length=22))


def test_the_name_comes_from_the_masked_columns_and_the_code_from_the_address() -> None:
    given_ = {"first": pa.array(["Zoë", "Łukasz", None]), "last": pa.array(["van der Berg", "O'Neil", None])}
    plain = mask("email", ["a@b.org", "c@d.org", "e@f.org"])
    built = mask("email", ["a@b.org", "c@d.org", "e@f.org"], given=given_)
    assert [address.rsplit(".", 2)[0] for address in built] == ["zoe.van.der.berg", "lukasz.oneil", "x"]
    assert [a[-28:] for a in plain] == [b[-28:] for b in built]


def test_addresses_of_one_person_share_a_name_where_the_rule_names_the_person() -> None:
    home, work, other = mask("email", ["a@home.org", "a@work.org", "b@work.org"], by=pa.array([1, 1, 2]))
    assert home.rsplit(".", 2)[0] == work.rsplit(".", 2)[0] != other.rsplit(".", 2)[0]
    assert len({home, work, other}) == 3


def test_a_domain_of_ones_own() -> None:
    assert mask("email", ["a@b.org"], {"at": "qa.internal"})[0].endswith("@qa.internal")
