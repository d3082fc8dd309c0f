"""First, last and full names, user names."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking import lists
from engine.masking.first_name import FEMALE, MALE, entries
from tests.engine.masking.one_column import OTHER_KEY, codes, mask, subject


def first(name: str) -> str:
    return str(mask("first_name", [name])[0])


def last(name: str) -> str:
    return str(mask("last_name", [name])[0])


@pytest.mark.parametrize(
    ("name", "gender"), [("Mary", FEMALE), ("John", MALE), ("Hildegard", FEMALE), ("François", MALE)]
)
def test_a_first_name_keeps_its_usual_gender(name: str, gender: int) -> None:
    assert first(name) in entries("en_US")[gender].to_pylist()


def test_a_gender_column_decides_where_the_rule_names_one() -> None:
    row = {"Sex": pa.array(["F", "male", None])}
    woman, man, either = mask("first_name", ["Kim", "Kim", "Kim"], {"gender": "Sex"}, row=row)
    female, male, both = (names.to_pylist() for names in entries("en_US"))
    assert woman in female
    assert man in male
    assert either in both


def test_one_name_masks_alike_in_every_writing_and_keeps_its_style() -> None:
    plain, upper, lower, padded, decomposed = mask("first_name", ["Zoë", "ZOË", "zoë", " Zoë ", "Zoe\u0308"])
    assert (upper, lower, padded, decomposed) == (plain.upper(), plain.lower(), plain, plain)


def test_double_names_are_masked_word_by_word_and_initials_stay_initials() -> None:
    assert first("Mary Ann") == f"{first('Mary')} {first('Ann')}"
    assert first("Jean-Pierre") == f"{first('Jean')}-{first('Pierre')}"
    assert len(first("J.")) == 2
    assert first("J.").endswith(".")


def test_particles_of_last_names_are_dropped() -> None:
    assert last("van der Berg") == last("Berg") == mask("last_name", ["VAN DER BERG"])[0].title()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("John Smith", "{John} {Smith}"),
        ("Smith, John", "{Smith}, {John}"),
        ("Dr. John Smith Jr.", "Dr. {John} {Smith} Jr."),
        ("Ludwig van Beethoven", "{Ludwig} {Beethoven}"),
        ("de la Cruz, Juan", "{Cruz}, {Juan}"),
        ("Mary Ann Jones", "{Mary} {Ann} {Jones}"),
        ("Ana García López", "{Ana} {García} {López}"),
        ("John & Mary Smith", "{John} & {Mary} {Smith}"),
        ("Mr. Jones", "Mr. {Jones}"),
        ("Anna", "{Anna}"),
    ],
)
def test_a_full_name_agrees_with_columns_of_its_parts(name: str, expected: str) -> None:
    surnames = {"Smith", "Beethoven", "Cruz", "Jones", "García", "López"}
    for part in {word.strip(",.") for word in name.split()}:
        expected = expected.replace("{" + part + "}", last(part) if part in surnames else first(part))
    assert mask("full_name", [name])[0] == expected


def test_a_full_name_that_is_too_long_loses_middle_names_first() -> None:
    masked = mask("full_name", ["John Quincy Adams Smith"], about=subject(length=16))[0]
    assert masked in (f"{first('John')} {last('Smith')}", f"{first('John')} {last('Smith')}"[:16])


def test_the_locale_of_the_rule_goes_before_that_of_the_plan() -> None:
    german = lists.load("last.de_DE").to_pylist()
    assert mask("last_name", ["Smith"], {"locale": "de_DE"}, locale="fr_FR")[0] in german
    assert mask("last_name", ["Smith"], locale="de_DE")[0] in german


def test_an_unknown_locale_is_a_warning() -> None:
    assert codes("last_name", subject(), {"locale": "ja_JP"}) == ["locale-unknown"]


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40), st.integers(5, 20))
def test_names_fit_and_blank_stays_blank(name: str, length: int) -> None:
    for masker in ("first_name", "last_name", "full_name"):
        masked = mask(masker, [name, None], about=subject(length=length))
        assert masked[1] is None
        assert len(masked[0]) <= length or not name.strip()
        assert bool(masked[0].strip()) == bool(name.strip()) or name.strip() == ""


def test_names_say_nothing_under_another_key() -> None:
    names = lists.load("last.en_US").to_pylist()[:200]
    pairs = zip(mask("last_name", names), mask("last_name", names, key=OTHER_KEY), strict=True)
    assert sum(one == other for one, other in pairs) < 5


def test_user_names_are_unique_and_agree_with_e_mail_columns() -> None:
    users = [f"user{number}" for number in range(2000)]
    assert len(set(mask("username", users))) == len(users)
    address = "ada@corp.example"
    assert mask("username", [address]) == mask("email", [address])
    assert codes("username", subject(length=12, unique=True)) == ["mask-length"]
    assert codes("username", subject(length=16, unique=True)) == []
