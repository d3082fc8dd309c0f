"""Every path of the documents in a column is judged like a column, and keys that are people are never taken for fields."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.masking import make_masker
from engine.masking.json_path import JsonPath
from engine.masking.paths import Paths, parse_path
from engine.profiling.documents import CODE, PATHS, DocumentsFound, documents_in, read_documents, see_documents
from engine.profiling.facts import LONGEST, ColumnFacts, Sample
from engine.profiling.finding import PathFinding
from engine.propose_json import masks_of

EMAILS = [
    "ada.stern@example.org",
    "bo.lindt@mail.test",
    "cyra.falck@post.test",
    "dina.holm@web.test",
    "edo.brandt@x.test",
]
STREETS = ["12 Main Street", "4 Elm Road", "77 Park Avenue", "3 Church Lane", "9 Station Road"]


def facts(
    texts: Sequence[str | None], kind: Kind = Kind.JSON, column: str = "data", table: str = "orders"
) -> ColumnFacts:
    found = Column(column, kind.value, kind)
    home = Table(TableName(table), (found,))
    return ColumnFacts(Schema("postgresql", "public", (home,)), home, found, Sample(pa.array(texts, pa.string())))


def read(*documents: Any, **options: Any) -> DocumentsFound:
    return read_documents(facts([json.dumps(document) for document in documents], **options))


def entities(found: DocumentsFound) -> dict[str, str | None]:
    return {path.path: path.entity for path in found.paths if not path.keys}


def of_people() -> list[dict[str, Any]]:
    return [
        {
            "customer": {
                "email": email,
                "born": f"19{60 + number}-05-1{number}",
                "address": {"street": STREETS[number]},
            },
            "contacts": [{"email": email}, {"email": EMAILS[number - 1]}],
            "items": [{"sku": f"AB-{number}", "quantity": number + 1, "gift": False}],
            "extra": None,
        }
        for number, email in enumerate(EMAILS)
    ]


def test_values_at_any_depth_and_in_lists_of_objects_are_judged_like_columns() -> None:
    found = read(*of_people())
    assert found.form is Kind.JSON
    assert entities(found) == {
        "$.customer.email": "email", "$.customer.born": "birth_date", "$.customer.address.street": "street_address",
        "$.contacts[*].email": "email", "$.items[*].sku": None, "$.items[*].quantity": None, "$.items[*].gift": None, "$.extra": None,
    }  # fmt: skip
    assert {path.documents for path in found.paths} == {5}


def test_evidence_has_no_value_of_a_document() -> None:
    told = repr(read(*of_people()))
    assert not any(value in told for value in [*EMAILS, *STREETS])


def test_an_object_gives_its_fields_the_context_that_a_table_gives_its_columns() -> None:
    names = ["Ada Stern", "Bo Lindt", "Cyra Falck", "Dina Holm", "Edo Brandt"]
    found = read(
        *(
            {"customer": {"name": name}, "product": {"name": f"Steel bolt M{number}"}}
            for number, name in enumerate(names)
        )
    )
    assert entities(found) == {"$.customer.name": "full_name", "$.product.name": None}


def test_a_text_that_is_a_document_itself_is_told_and_gets_no_mask_of_a_single_value() -> None:
    found = read(*({"payload": json.dumps({"mail": email, "n": 1})} for email in EMAILS))
    assert entities(found) == {"$.payload": "free_text"}
    assert masks_of(found.paths) == {"$.payload": "null"}


@pytest.mark.parametrize("field", ["users", "data"])
def test_few_keys_that_are_first_names_or_addresses_are_a_map(field) -> None:  # type: ignore[no-untyped-def]
    names = ["alice", "brigitte", "carlos", "dorothea", "emily"]
    found = read({field: {name: {"points": number} for number, name in enumerate(names)}})
    assert f"$.{field}.*.points" in entities(found)
    assert [path.entity for path in found.paths if path.keys] == ["first_name"]
    found = read(*({field: {email: 1}} for email in EMAILS))
    assert [(path.path, path.entity) for path in found.paths if path.keys] == [(f"$.{field}.*", "email")]
    assert "alice" not in repr(found)


def test_many_rare_keys_of_one_type_are_a_map_unless_one_names_a_field() -> None:
    users = [f"user{n % 12}x" for n in range(30)]
    found = read(*({"friends": {user: n}, "theme": "dark"} for n, user in enumerate(users)))
    assert set(entities(found)) == {"$.friends.*", "$.theme"}
    found = read(
        *({"friends": {user: "x"}, "more": {"email" if n == 3 else user: "x"}} for n, user in enumerate(users))
    )
    assert {"$.friends.*", "$.more.email"} <= set(entities(found))


def test_fields_that_could_be_names_stay_fields() -> None:
    fields = {"min": 1, "max": 2, "april": 3, "may": 4, "june": 5, "rose": 6, "mark": 7, "page": 8}
    assert set(entities(read(fields))) == {f"$.{field}" for field in fields}


def test_an_odd_key_that_names_a_field_is_one_and_any_other_is_a_value() -> None:
    found = entities(read(*({"E-Mail Address": email, "Ada Stern": 1} for email in EMAILS)))
    assert found == {"$['E-Mail Address']": "email", "$.*": None}


def test_a_text_column_of_documents_is_read_and_one_of_prose_or_html_is_not() -> None:
    texts = [json.dumps({"mail": email}) for email in EMAILS]
    assert documents_in(facts(texts, Kind.TEXT)) is Kind.JSON
    assert documents_in(facts([f"<p>Dear {email}<br/></p>" for email in EMAILS], Kind.TEXT)) is None
    assert documents_in(facts([*texts[:2], "call me", "thanks"], Kind.TEXT)) is None
    assert documents_in(facts([], Kind.TEXT)) is None
    assert read_documents(facts([None, None])).paths == ()


def test_xml_is_judged_by_element_and_attribute() -> None:
    orders = zip(EMAILS, STREETS, strict=True)
    written = '<s:order xmlns:s="urn:s" nr="7"><customer mail="{}"><street>{}</street></customer></s:order>'
    texts = [written.format(*order) for order in orders]
    found = read_documents(facts(texts, Kind.TEXT))
    assert found.form is Kind.XML
    expected = {"/order/customer/@mail": "email", "/order/customer/street": "street_address"}
    assert {path: entity for path, entity in entities(found).items() if entity} == expected
    make_masker("xml_path", {"paths": masks_of(found.paths)})


def test_what_is_cut_or_malformed_is_counted_and_the_rest_is_read() -> None:
    long = json.dumps({"email": EMAILS[0], "pad": "x" * LONGEST * 8})[: LONGEST * 8]
    found = read_documents(facts([*(json.dumps({"email": email}) for email in EMAILS), "{oops", long]))
    assert entities(found)["$.email"] == "email"
    assert {missed.code for missed in found.not_examined} == {CODE}
    reasons = {missed.reason for missed in found.not_examined}
    assert reasons == {"1 of 7 documents are no JSON", "of 1 of 6 documents only the beginning was read"}


def test_numbers_truths_and_mixed_values_are_judged_by_their_own_type() -> None:
    found = read(
        *({"age": 30 + n, "active": n % 2 == 0, "mixed": n if n % 2 else "x", "huge": 10**30} for n in range(40)),
        table="person",
    )
    assert entities(found) == {"$.age": "age", "$.active": None, "$.mixed": None, "$.huge": None}


def test_keys_of_a_map_need_no_mask_and_what_is_not_recognised_becomes_null() -> None:
    found = (
        PathFinding("$.*", "email", 0.9, (), 3, keys=True), PathFinding("$.*", None, 0.1, (), 3),
        PathFinding("$.mail", "email", 0.9, (), 3), PathFinding("$.told", "free_text", 0.9, (), 3),
    )  # fmt: skip
    assert masks_of(found) == {"$.*": "null", "$.mail": "email", "$.told": "null"}


KEYS = st.sampled_from(["email", "name", "a", "items", "Full Name", "x-1", "é", "k12345", "alice"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(EMAILS)
    | st.text(max_size=8)
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=12, deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_whatever_the_documents_every_value_lies_under_a_path_that_a_plan_can_name(documents) -> None:  # type: ignore[no-untyped-def]
    paths = [path.path for path in read(*documents).paths if not path.keys]
    masker = JsonPath(paths=dict.fromkeys(paths, "null"))
    known = Paths(paths)
    assert all(parse_path(path) for path in paths if path != "$")
    assert all(known.rule(place) is not None for document in documents for place in places(document) if place)
    assert masker.known.named is not None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    from engine.masking.paths import ANY_INDEX

    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in places(inner, (*path, key))]
    if isinstance(value, list):
        return [place for inner in value for place in places(inner, (*path, ANY_INDEX))]
    return [path] if value is not None else []


def test_paths_beyond_those_that_are_judged_are_told_and_seen_again() -> None:
    """Seen without judging, they are the same: a plan and a later look compare equal."""
    columns = [f"part_{a}{b}" for a in "bcdfghklmnpqrst" for b in "abcdefghijklmnopqrstuvwxyz"]
    assert len(columns) > PATHS
    documents = [dict.fromkeys(columns, number) for number in range(3)]
    found = read(*documents)
    assert len(found.paths) <= PATHS
    assert {*(path.path for path in found.paths), *found.beyond} == {f"$.{name}" for name in columns}
    seen, partly = see_documents(facts([json.dumps(document) for document in reversed(documents)]))
    assert (set(seen), partly) == ({f"$.{name}" for name in columns}, False)
    assert not found.partly
