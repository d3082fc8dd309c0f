"""Streets, towns, postcodes, countries, whole addresses, companies and job titles."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking import lists
from engine.masking.address import Address
from engine.masking.base import Context
from tests.engine.masking.one_column import KEY, codes, mask, subject

Row = tuple[str | None, ...]
ROLES = ("street", "street2", "city", "state", "postcode", "country")


def addresses(rows: list[Row], roles: tuple[str, ...] = ROLES, **more: object) -> list[Row]:
    batch = pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names=list(roles)
    )
    about = tuple(subject(role=role) for role in roles)
    masked = Address().mask(batch, Context(about, KEY.domain("address"), keys=KEY, **more))  # type: ignore[arg-type]
    return list(zip(*(column.to_pylist() for column in masked.columns), strict=True))


@pytest.mark.parametrize("country", ["US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "PT", "CA", "AU"])
def test_town_state_and_postcode_of_an_address_belong_together(country: str) -> None:
    """The result is a line of the list of places, in the country that it had."""
    rows: list[Row] = [(f"{number} Main Street", None, "X", "Some State", "1 1", country) for number in range(1, 30)]
    listed = {
        (place["city"], place["state"]): set()
        for place in lists.table("place").to_pylist()
        if place["country"] == country
    }
    for place in lists.table("place").to_pylist():
        if place["country"] == country:
            form = re.sub(r"[@^]", "[A-Z]", place["postcode"]).replace("#", r"\d")
            listed[place["city"], place["state"]].add(form)
    masked = addresses(rows)
    for street, _, city, state, postcode, kept in masked:
        assert kept == country
        assert any(re.fullmatch(form, str(postcode)) for form in listed[str(city), str(state)])
        assert re.search(r"\d", str(street))
    assert len({row[2] for row in masked}) > 5


def test_equal_addresses_stay_equal_and_null_and_empty_parts_stay() -> None:
    rows: list[Row] = [
        ("1 High St", None, "London", "", "N1 9GU", "UK"),
        ("2 High St", "Flat 3", "London", None, "N1 9GU", "United Kingdom"),
        ("1 HIGH ST", None, " london", "", "n1 9gu", "GBR"),
    ]
    first, second, third = addresses(rows)
    assert first[1] is None
    assert first[3] == ""
    assert second[3] is None
    assert re.fullmatch(r"Apt \d+", str(second[1]))
    assert [str(part).casefold() for part in first[:5]] == [str(part).casefold() for part in third[:5]]
    assert str(third[0]).isupper()


def test_states_are_written_as_the_column_writes_them() -> None:
    by_code, by_name = addresses(
        [("1 A", None, "X", "CA", "90001", "US"), ("1 A", None, "X", "California", "90001", "US")]
    )
    assert re.fullmatch("[A-Z]{2}", str(by_code[3]))
    assert len(str(by_name[3])) > 3


def test_all_addresses_of_a_person_are_one_where_the_rule_names_the_person() -> None:
    rows: list[Row] = [("1 A St", None, "X", "CA", "90001", "US"), ("9 B St", None, "Y", "CA", "90009", "US")]
    same = addresses(rows, by=pa.array([7, 7]), by_key=KEY.domain("person_id"))
    other = addresses(rows, by=pa.array([7, 8]), by_key=KEY.domain("person_id"))
    assert same[0] == same[1]
    assert other[0] == same[0] != other[1]


def test_a_role_that_no_address_has_is_a_problem() -> None:
    assert codes("address", subject(role="planet")) == ["mask-role"]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), min_size=1, max_size=10), st.integers(4, 30))
def test_places_fit_their_columns(values: list[str | None], length: int) -> None:
    for masker in ("street", "city", "postcode", "country", "company", "job_title"):
        cut = [None if value is None else value[:length] for value in values]
        masked = mask(masker, cut, about=subject(length=length))
        assert [value is None for value in masked] == [value is None for value in values]
        assert all(value is None or len(value) <= length for value in masked)


def test_a_house_number_stays_where_it_was() -> None:
    before, behind, none = mask("street", ["12 Main Street", "Hauptstraße 12b", "Main Street"])
    assert re.match(r"\d+ \D+$", before)
    assert re.match(r"\D+ \d+$", behind)
    assert not re.search(r"\d", none)


@pytest.mark.parametrize(
    ("locale", "written", "form"),
    [
        ("en_US", "12345", r"\d{5}"), ("en_US", "12345-6789", r"\d{5}-\d{4}"),
        ("en_GB", "SW1A 1AA", r"[A-Z]{1,2}\d[A-Z0-9]? \d[A-Z]{2}"),
        ("nl_NL", "1012AB", r"\d{4}[A-Z]{2}"), ("nl_NL", "1012 AB", r"\d{4} [A-Z]{2}"), ("pl_PL", "30-059", r"\d\d-\d{3}"),
        ("pt_BR", "01310-200", r"\d{5}-\d{3}"), ("de_DE", "K1A 0B1", r"[A-Z]\d[A-Z] \d[A-Z]\d"),
    ],
)  # fmt: skip
def test_a_postcode_keeps_its_form(locale: str, written: str, form: str) -> None:
    masked = mask("postcode", [written], {"locale": locale})[0]
    assert re.fullmatch(form, masked)
    assert masked != written


def test_a_town_follows_the_country_of_its_row() -> None:
    row = {"Land": pa.array(["France", "UK", "NOR", "Atlantis", None])}
    towns = mask("city", ["X"] * 5, {"country": "Land"}, row=row)
    listed = {
        place["city"]: place["country"]
        for place in lists.table("place").to_pylist()
        if place["country"] in ("FR", "GB", "NO")
    }
    assert [listed[town] for town in towns[:3]] == ["FR", "GB", "NO"]
    assert towns[3] == towns[4]


def test_a_country_masks_alike_in_every_writing() -> None:
    names, three, two = (lists.table("country")[form].to_pylist() for form in ("name", "alpha3", "alpha2"))
    by_name, by_three, by_two, native = mask("country", ["Germany", "DEU", "DE", "Deutschland"])
    assert names.index(by_name) == three.index(by_three) == two.index(by_two) == names.index(native)


def test_a_company_keeps_its_legal_form_and_a_hospital_stays_one() -> None:
    masked = mask("company", ["Google Inc.", "GOOGLE, INC", "Siemens AG", "St Mary Hospital", "Apple"])
    assert masked[1] == masked[0].upper()
    assert [name.rsplit(" ", 1)[1] for name in masked[:4]] == ["Inc.", "INC.", "AG", "Hospital"]


def test_a_job_title_is_another_one() -> None:
    assert mask("job_title", ["Nurse", "nurse", None])[2] is None
    assert mask("job_title", ["Nurse"])[0] in lists.load("job").to_pylist()
