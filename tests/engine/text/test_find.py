"""What is found in texts, and what is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.profiling.taxonomy import TAXONOMY
from engine.text.entities import CONTACTS, ENTITIES, LABELS
from engine.text.find import find
from engine.text.names import names
from engine.text.truecase import truecased


def found(text: str, engine: str = "ner") -> set[tuple[str, str]]:
    (spans,) = find([text], "ner" if engine == "ner" else "patterns")
    return {(text[span.start : span.end], span.entity) for span in spans}


def test_everything_that_is_found_has_a_place_in_the_taxonomy_or_tells_nothing_alone() -> None:
    assert {entity for entity in ENTITIES.values() if entity} <= TAXONOMY.keys()
    assert CONTACTS | set(LABELS.values()) <= ENTITIES.keys()


@pytest.mark.parametrize(
    ("text", "piece", "entity"),
    [
        ("Write to jo.b@corp.example today", "jo.b@corp.example", "email"),
        ("See corp-site.com/help or not", "corp-site.com/help", "url"),
        ("Paid with 4111 1111 1111 1111.", "4111 1111 1111 1111", "card"),
        ("IBAN de89 3704 0044 0532 0130 00 it is", "de89 3704 0044 0532 0130 00", "iban"),
        ("IBAN DE89 3700 4044 0532 0130 00 mistyped", "DE89 3700 4044 0532 0130 00", "number"),
        ("SSN 078-05-1120", "078-05-1120", "ssn"),
        ("Her social security number is 078051120", "078051120", "ssn"),
        ("from 10.20.30.40 and", "10.20.30.40", "ip"),
        ("from 2001:db8::8a2e:370:7334 and", "2001:db8::8a2e:370:7334", "ip"),
        ("card 00:1B:44:11:3A:B7 answers", "00:1B:44:11:3A:B7", "mac"),
        ("driver's license number D1234567", "D1234567", "licence"),
        ("Führerscheinnummer B072RRE2I55", "B072RRE2I55", "licence"),
        ("call 415-555-2671 now", "415-555-2671", "phone"),
        ("+49 (0)89 636-48018 is ours", "+49 (0)89 636-48018", "phone"),
        ("mon numéro est le 06 12 34 56 78", "06 12 34 56 78", "phone"),
        ("my mobile: 5550123", "5550123", "phone"),
        ("Invoice 2024-00123", "2024-00123", "number"),
        ("born on 3 March 1999", "3 March 1999", "birth_date"),
        ("geboren am 03.03.1999", "03.03.1999", "birth_date"),
        ("seen on 2024-03-05 14:30", "2024-03-05 14:30", "date"),
        ("aged 42, male", "aged 42", "age"),
        ("12 Main Street, Springfield, IL 62704", "12 Main Street, Springfield, IL 62704", "address"),
        ("wohnt in Hauptstraße 5, 10115 Berlin.", "Hauptstraße 5, 10115 Berlin", "address"),
        ("habite 10, rue de la Paix, 75002 Paris", "10, rue de la Paix, 75002 Paris", "address"),
        ("vive en Calle Mayor 3, 28013 Madrid", "Calle Mayor 3, 28013 Madrid", "address"),
        ("Via Garibaldi 10, 20121 Milano", "Via Garibaldi 10, 20121 Milano", "address"),
        ("Keizersgracht 123, 1015 CJ Amsterdam", "Keizersgracht 123, 1015 CJ Amsterdam", "address"),
        ("Rua Augusta, 1508, São Paulo", "Rua Augusta, 1508, São Paulo", "address"),
        ("to P.O. Box 42, Reno", "P.O. Box 42, Reno", "address"),
        ("my zip code is 35649", "35649", "address"),
    ],
)  # fmt: skip
def test_forms_are_found_without_a_model(text: str, piece: str, entity: str) -> None:
    assert (piece, entity) in found(text, "patterns")


@pytest.mark.parametrize(
    "text",
    [
        "Order 12345 on 03/05/2024, 3.50 EUR",
        "Version 2.4.1 fixes 37 bugs",
        "The Wall Street Journal said so",
        "750 ml, serve at 16-18 degrees, best before 12/2025",
        "Chapter 7 is on Page 12",
        "between 1990-1995 and 2000",
        "Dr. Who is on at 20:15",
    ],
)
def test_amounts_versions_pages_and_years_are_no_finds(text: str) -> None:
    assert {entity for _, entity in found(text, "patterns")} <= {"date"}


@pytest.mark.parametrize(
    ("text", "piece", "entity"),
    [
        ("My name is Jesenko but everyone calls me Izaak", "Izaak", "person"),
        ("my name is marie and i live in paris", "marie", "person"),
        ("PATIENT JOHN MILLER CALLED ABOUT HIS BILL", "JOHN MILLER", "person"),
        ("Please ask ms. Wijtze for it", "Wijtze", "person"),
        ("Die Kundin Anna Weber wartet auf den Brief.", "Anna Weber", "person"),
        ("She moved here from Saint Vincent and the Grenadines", "Saint Vincent and the Grenadines", "country"),
        ("He works for Qado Energy Inc. and likes it", "Qado Energy Inc", "organization"),
        ("My friend lives in Malmesbury", "Malmesbury", "place"),
    ],
)
def test_names_are_found_by_what_stands_around_them(text: str, piece: str, entity: str) -> None:
    assert (piece, entity) in {(words.rstrip("."), kind) for words, kind in found(text)}


@pytest.mark.parametrize(
    "text",
    [
        "A Epic Drama of a Hunter And a Mad Scientist who must Confront a Butler",
        "Die Lieferung ist in Ordnung, aber der Kunde wartet auf die Rechnung.",
        "Please find my IBAN, PIN and SSN. Thanks!",
        "Can I withdraw cash? Unfortunately not.",
    ],
)
def test_capitals_of_titles_nouns_and_sentences_are_no_people(text: str) -> None:
    assert "person" not in {entity for _, entity in found(text)}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=80), max_size=3), st.sampled_from(["ner", "patterns"]))
def test_finds_lie_within_their_text_in_order_and_apart(texts: list[str], engine: str) -> None:
    """Whatever letters: some grow when their case changes."""
    for text, spans in zip(texts, find(texts, "ner" if engine == "ner" else "patterns"), strict=True):
        ends = [0, *(place for span in spans for place in (span.start, span.end)), len(text)]
        assert ends == sorted(ends)
        assert all(span.start < span.end for span in spans)


def test_what_is_found_in_a_text_does_not_depend_on_its_neighbours() -> None:
    texts = ["Mary Jones lives in Boston.", "Frau Schneider wohnt in der Hauptstraße 5.", "ok", "see John Smith"]
    assert find(texts) == [find([text])[0] for text in texts]


@pytest.mark.parametrize(
    "sign", ["A ", "1 ", "a1", "Aa", "John ", "12 Main ", "a@", "a.", "0-", " ", "\n", "A1 ", "corner of Aa "]
)
def test_a_long_text_of_one_kind_of_sign_takes_no_more_than_its_length(sign: str) -> None:
    """Patterns that start anew at every letter would take minutes."""
    started = time.process_time()
    find([(sign * 20_000)[:20_000]], "patterns")
    names(truecased((sign * 20_000)[:20_000], frozenset()), [], frozenset())
    assert time.process_time() - started < 5
