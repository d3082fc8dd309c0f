"""Free text."""

from __future__ import annotations

import re
import socket

import pyarrow as pa
import pytest

from engine.text import model
from engine.text.find import find
from tests.engine.masking.one_column import codes, mask, subject

NOTE = "John Smith (john.smith@corp.example, tel. +1 415 555 2671) lives in Boston. Seen 2024-03-05 by Dr. Mary Jones."


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("asked for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
def test_the_same_person_gets_the_same_name_as_in_columns() -> None:
    """And nothing of it needs a network."""
    masked = mask("free_text", [NOTE])[0]
    assert mask("full_name", ["John Smith"])[0] in masked
    assert mask("full_name", ["Mary Jones"])[0] in masked
    assert mask("email", ["john.smith@corp.example"])[0] in masked
    assert mask("phone", ["+1 415 555 2671"])[0] in masked
    assert "Boston" not in masked
    assert "Seen 2024-03-05 by Dr. " in masked


def test_the_rows_own_known_values_are_replaced_wherever_they_stand() -> None:
    """Also where no pattern and no model would see them, whatever their case; other rows' values are not."""
    options = {"engine": "patterns", "columns": {"First": "first_name", "Last": "last_name", "Mail": "email"}}
    row = {
        "First": pa.array(["Fela", None, "Ann"]),
        "Last": pa.array(["Kuti", "Kuti", None]),
        "Mail": pa.array(["fela at home", None, None]),
    }
    masked = mask("free_text", ["asked FELA, kuti; fela at home", "fela kuti", "annual, Ann"], options, row=row)
    first, last = mask("first_name", ["Fela", "Ann"]), mask("last_name", ["kuti"])
    assert masked[0] == f"asked {first[0].upper()}, {last[0]}; {mask('email', ['fela at home'])[0]}"
    assert masked[1] == f"fela {last[0]}"
    assert masked[2] == f"annual, {first[1]}"


def test_known_values_go_before_what_the_model_finds() -> None:
    options = {"columns": {"Last": "last_name"}}
    masked = mask("free_text", ["Then John Smith left."], options, row={"Last": pa.array(["Smith"])})[0]
    assert masked == f"Then {mask('first_name', ['John'])[0]} {mask('last_name', ['Smith'])[0]} left."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("card 4111 1111 1111 1111 expired", "card "),
        ("SSN 078-05-1120", "SSN "),
        ("IBAN DE89 3700 4044 0532 0130 00.", "IBAN DE"),
        ("from 10.20.30.40", "from "),
        ("see https://corp.example/u/johnsmith.", "see https://example.com/"),
    ],
)
def test_numbers_and_links_are_replaced_in_their_form(text: str, kept: str) -> None:
    masked = mask("free_text", [text], {"engine": "patterns"})[0]
    assert masked.startswith(kept)
    assert masked != text
    assert [letter for letter in masked if letter in " .-"] == [
        letter for letter in text if letter in " .-"
    ] or "https" in text


def test_ids_get_other_letters_and_digits_in_the_same_places() -> None:
    """The letters of some are those of a name; the same id becomes the same."""
    texts = ["Il codice fiscale RCCMNL83S18D969H", "su DNI 54362315-k", "Codice fiscale: RCCMNL83S18D969H."]
    masked = [text.split()[-1].rstrip(".") for text in mask("free_text", texts, {"engine": "patterns"})]
    assert masked[0] == masked[2]
    assert re.fullmatch(r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]", masked[0])
    assert re.fullmatch(r"\d{8}-[a-z]", masked[1])
    assert not {"RCCMNL", "83S18", "54362315"} & {masked[0][:6], masked[0][6:11], masked[1][:8]}


@pytest.mark.parametrize("text", ["Order 12345 on 03/05/2024, 3.50 EUR", "When: 1998-06-28 14:48:14", "", "   "])
def test_dates_amounts_and_blank_texts_are_kept(text: str) -> None:
    assert mask("free_text", [text, None], {"engine": "patterns"}) == [text, None]


def test_names_of_our_lists_are_found_where_the_model_overlooks_them() -> None:
    texts = ["a huge Megan Payne fan", "Filip lives here", "ask ms. Wijtze"]
    assert all(any(span.entity == "person" for span in spans) for spans in find(texts, "ner"))


def test_a_text_fits_its_column() -> None:
    masked = mask("free_text", ["a@b.org and c@d.org"], {"engine": "patterns"}, about=subject(length=30))[0]
    assert len(masked) <= 30


def test_free_text_is_reported_as_residual_risk_and_never_as_masked() -> None:
    assert codes("free_text", subject()) == ["free-text-residual"]


def test_an_unknown_mask_of_a_column_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no mask 'nope'"):
        mask("free_text", ["x"], {"columns": {"a": "nope"}})


def test_a_long_text_is_read_in_pieces_that_cut_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The order was late again. " * 10 + NOTE
    whole = find([text], "ner")
    monkeypatch.setattr(model, "LONGEST", 60)
    (spans,) = find([text, "x" * 150], "ner")[:1]
    assert {text[span.start : span.end] for span in spans} >= {"John Smith", "Boston", "Mary Jones"}
    assert {text[span.start : span.end] for span in whole[0]} >= {"John Smith", "Boston", "Mary Jones"}
