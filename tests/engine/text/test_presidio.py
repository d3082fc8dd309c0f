"""Numbers that authorities, insurers and banks give people, in texts of seven languages: which are found, and which are not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import predefined_recognizers

from engine.text.entities import ENTITIES
from engine.text.find import find
from engine.text.ids import IDENTIFIERS, ids
from engine.text.presidio import PresidioIdentifier

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

SENTENCES = {
    "es.nif": ("El DNI de la clienta es {} y llamó ayer por la tarde.", "national_id", "{8}A"),
    "es.nie": ("El NIE del paciente es {}, vive en la ciudad.", "national_id", "X{7}A"),
    "fr.nir": ("Son numéro de sécurité sociale est le {} depuis 1990.", "national_id", "1{2}05{10}"),
    "de.idnr": ("Die Steuer-ID der Kundin lautet {} laut Bescheid.", "tax_id", "{11}"),
    "nl.bsn": ("Het BSN van de klant is {} en hij belt later.", "national_id", "{9}"),
    "pt.nif": ("O NIF do cliente é {} e ele mora aqui.", "tax_id", "2{8}"),
    "br.cpf": ("O CPF dela é {} segundo o formulário.", "national_id", "{11}"),
    "gb.nhs": ("The patient's NHS number is {} as she said.", "national_id", "4{9}"),
    "pl.pesel": ("The PESEL on the form is {} and he signed it.", "national_id", "8001{7}"),
    "be.nn": ("Zijn rijksregisternummer is {} volgens de brief.", "national_id", "8001{7}"),
    "au.tfn": ("Her tax file number is {} and she asked for a refund.", "tax_id", "1{8}"),
    "in_.aadhaar": ("His Aadhaar is {} as the copy says.", "national_id", "2{11}"),
    "ch.ssn": ("Die AHV-Nummer ist {} und steht auf der Karte.", "national_id", "756{10}"),
}  # fmt: skip
"""Module of stdnum -> a sentence, what it is, and its form: so many digits, and A for a letter."""


def found(text: str) -> set[tuple[str, str]]:
    (spans,) = find([text], "patterns")
    return {(text[span.start : span.end], span.entity) for span in spans}


def numbers_of(form: str) -> st.SearchStrategy[str]:
    parts: list[st.SearchStrategy[str]] = []
    while form:
        if form.startswith("{"):
            count, form = form[1:].split("}", 1)
            parts.append(st.text(DIGITS, min_size=int(count), max_size=int(count)))
        else:
            parts.append(st.sampled_from(LETTERS) if form[0] == "A" and len(form) == 1 else st.just(form[0]))
            form = form[1:]
    return st.tuples(*parts).map("".join)


def checker(module: str) -> Callable[[str], bool]:
    valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return valid


def completed(number: str, valid: Callable[[str], bool]) -> str | None:
    """The number with its last two signs such that its check digits are right, if any are."""
    ends = (a + b for a in (DIGITS if number[-2].isdigit() else number[-2]) for b in DIGITS + LETTERS)
    return next((number[:-2] + end for end in ends if valid(number[:-2] + end)), None)


@pytest.mark.parametrize("module", SENTENCES)
@settings(deadline=None, max_examples=6)
@given(st.data())
def test_ids_are_found_behind_their_name_with_right_check_digits_only(module: str, data: st.DataObject) -> None:
    """With wrong ones they are a `number`: mistyped perhaps, and somebody's all the same."""
    sentence, entity, form = SENTENCES[module]
    valid = checker(module)
    number = data.draw(numbers_of(form))
    if right := completed(number, valid):
        assert (right, entity) in found(sentence.format(right))
        wrong = right[:-1] + data.draw(st.sampled_from(DIGITS if right[-1].isdigit() else LETTERS))
        if not valid(wrong):
            assert (wrong, entity) not in found(sentence.format(wrong))
            assert {kind for _, kind in found(sentence.format(wrong))} & {"number", "phone", "card"}


@pytest.mark.parametrize(
    ("text", "piece", "entity"),
    [
        ("La señora llamó ayer, 54362315K, y no está contenta.", "54362315K", "national_id"),
        ("RCCMNL83S18D969H", "RCCMNL83S18D969H", "national_id"),
        ("Il codice fiscale RCCMNL83S18D969X, scritto male", "RCCMNL83S18D969X", "national_id"),
        ("National Insurance number: AB 12 34 56 C", "AB 12 34 56 C", "national_id"),
        ("PAN card ABCPD1234E", "ABCPD1234E", "tax_id"),
        ("Steuernummer 181/815/08155", "181/815/08155", "tax_id"),
        ("her passport number is 340020013", "340020013", "passport"),
        ("Reisepass C01X00T47 liegt bei", "C01X00T47", "passport"),
        ("son passeport 12AB34567 a expiré", "12AB34567", "passport"),
        ("driving licence MORGA657054SM9IJ", "MORGA657054SM9IJ", "licence"),
        ("Versichertennummer A123456780", "A123456780", "health_insurance"),
        ("Medicare 1EG4-TE5-MK73 is hers", "1EG4-TE5-MK73", "health_insurance"),
        ("member ID XYZ123456789", "XYZ123456789", "health_insurance"),
        ("MRN 00123456, seen today", "00123456", "medical_record"),
        ("doctor's DEA AB1234563", "AB1234563", "certificate"),
        ("his bank account is 12345678", "12345678", "bank_account"),
        ("Kennzeichen B-AB 1234 falsch geparkt", "B-AB 1234", "plate"),
        ("sent to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "account"),
    ],
)  # fmt: skip
def test_other_ids_are_found_by_their_name_or_by_a_form_of_their_own(text: str, piece: str, entity: str) -> None:
    assert (piece, entity) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Order 340020013 was late, ticket 12345678 is open",
        "Order 54362315K is what they call it",
        "Batch AB1234563 and part C01X00T47 were wrong",
        "The passport was sent; order 340020013 was not",
        "We have your passport. Order 340020013 was not paid",
        "B-AB 1234 is the shelf",
        "RCCMNL83S18D969X is a part",
        "Please check my bank account and call 4155552671",
        "Rechnung 36574261809 vom 03.03.2024",
    ],
)
def test_numbers_of_things_are_no_ids(text: str) -> None:
    assert {entity for _, entity in found(text)} <= {"number", "phone", "date"}


def test_ids_in_words_of_another_line_are_not_named_by_them() -> None:
    assert ("340020013", "passport") not in found("Please bring your passport\n340020013 is our order")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("0123456789AB -./\nnifdpasort:", max_size=120), max_size=3))
def test_finds_are_those_of_each_text_alone_and_lie_within_it(texts: list[str]) -> None:
    for text, own in zip(texts, ids(texts), strict=True):
        assert own == ids([text])[0]
        assert all(0 <= span.start < span.end <= len(text) for span in (*own.checked, *own.named, *own.mistyped))


@pytest.mark.parametrize(
    "piece", ["passport 1234567, ", "1A-", "A1B2", "DNI 54362315L ", "54362315K", "-1A", "nif\n1234567 "]
)
def test_a_long_text_of_numbers_takes_no_more_than_its_length(piece: str) -> None:
    ids(["NHS number 943 476 5919"])
    started = time.process_time()
    ids([(piece * 20_000)[:20_000]], ["es"])
    assert time.process_time() - started < 5


def test_every_recogniser_exists_and_what_it_finds_has_a_name() -> None:
    names = {kind.recogniser for kind in IDENTIFIERS if isinstance(kind, PresidioIdentifier)}
    assert all(hasattr(predefined_recognizers, name) for name in names)
    assert {kind.entity for kind in IDENTIFIERS} <= ENTITIES.keys()


def test_presidio_is_not_loaded_before_a_text_may_hold_an_id() -> None:
    """It takes a second; and it asks no network."""
    script = (
        "import socket, sys; socket.socket.connect = socket.getaddrinfo = None; "
        "from engine.text.find import find; find(['Order 12345 came on 2024-01-05, call 415 555 2671'], 'patterns'); "
        "assert 'presidio_analyzer' not in sys.modules; find(['NHS number 943 476 5919'], 'patterns'); "
        "assert 'presidio_analyzer' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
