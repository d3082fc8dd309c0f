"""Prose: which columns are, what is in them, and what was not read."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import Kind
from engine.jobs.control import Progress
from engine.profiling.facts import ColumnFacts, Sample
from engine.profiling.prose import Inside, is_prose, read_prose
from tests.engine.tables import column, integer, schema, table

CALLS = [
    "Spoke to Mrs. Smith on the phone, she wants her money back.",
    "Left a message for John Miller at 415-555-2671 about the invoice.",
    "The customer called again and asked for Mary Jones.",
    "He will write to peter.brown@corp.example when it is done.",
    "Emma Wilson moved to Boston and gave us her new address.",
]
GOODS = [
    "A light jacket with two pockets, made of cotton and wool.",
    "The blade is sharp and the handle is made of olive wood.",
    "Comes with a cable, but not with the adapter that you need.",
    "This table is easy to clean and fits into small rooms.",
    "Our best coffee with notes of chocolate and orange in it.",
]
KLAGEN = [
    "Frau Schneider hat angerufen und möchte die Rechnung noch einmal.",
    "Das Paket ist bei Herrn Müller nicht angekommen, er ist sehr verärgert.",
    "Die Kundin Anna Weber ist umgezogen und wartet auf den Brief.",
]


def facts(values: list[str], name: str = "note", kind: Kind = Kind.TEXT, **more: Any) -> ColumnFacts:
    noted = table("noted", integer("id"), column(name, kind))
    sample = Sample(pa.array(values, pa.string()), cut=more.pop("cut", 0))
    return ColumnFacts(schema(noted), noted, noted.column(name), sample, **more)


def read(*columns: ColumnFacts, seconds: float = 30) -> tuple[dict[str, Inside], list[tuple[str | None, str]]]:
    inside, missed = read_prose(columns, seconds)
    assert {key[0] for key in inside} <= {TableName("noted")}
    return {key[1]: value for key, value in inside.items()}, [(each.column, each.code) for each in missed]


@pytest.mark.parametrize(
    "values",
    [
        ["John Smith", "Mary Jones"],
        ["12 Main Street, Springfield IL", "77 Rue de la Paix, Paris"],
        ['{"note": "this is the text of a note"}', '{"note": "and this of another one"}'],
        ["in stock", "sold out", "on the way"],
        ["4f2c9a81", "b7d01e33"],
        [],
    ],
)
def test_names_addresses_documents_codes_and_labels_are_not_prose(values: list[str]) -> None:
    assert not is_prose(facts(values))


@pytest.mark.parametrize("values", [CALLS, GOODS, KLAGEN, [*GOODS, *(f"ok {n}" for n in range(40))]])
def test_sentences_are_prose_even_where_most_values_are_short(values: list[str]) -> None:
    assert is_prose(facts(values))
    assert not is_prose(facts(values, key=True))


def test_notes_on_people_speak_for_free_text_and_descriptions_of_goods_against_it() -> None:
    inside, missed = read(facts(CALLS), facts(GOODS, "goods"))
    assert missed == []
    assert {"full_name", "email", "phone", "city"} <= dict(inside["note"].entities).keys()
    assert dict(inside["note"].entities)["phone"] == 1 / 5
    (note,), (goods,) = inside["note"].clues, inside["goods"].clues
    assert (note.entity, note.source) == ("free_text", "text")
    assert note.weight > 1
    assert goods.weight < -1
    assert not any(word in note.words for word in ("Smith", "Miller", "415"))


def test_without_time_every_column_is_named_with_what_was_not_read() -> None:
    inside, missed = read(facts(CALLS), facts(GOODS, "goods"), seconds=0)
    assert inside == {}
    assert missed == [("note", "budget"), ("goods", "budget")]


def test_how_many_texts_of_all_columns_are_read_is_told_to_the_last() -> None:
    told: list[Progress] = []
    calls = [f"{text} It was call {number}." for number in range(8) for text in CALLS]
    read_prose([facts(calls), facts(GOODS, "goods")], 30, progress=told.append)
    done = [each.total_rows for each in told]
    assert {(each.phase, str(each.table), each.unit) for each in told} == {("texts", "noted", "text")}
    assert (done[0], done[-1], told[-1].total_estimated) == (0, 45, 45)
    assert done == sorted(done)


def test_a_language_without_a_model_is_read_by_lists_and_titles_and_said_so() -> None:
    inside, missed = read(facts(KLAGEN, cut=2))
    assert missed == [("note", "cut"), ("note", "language")]
    assert dict(inside["note"].entities)["full_name"] == 1
