"""Clues put together."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.fusion import FEATURES, PERSONAL, SOURCES, decide, probabilities, weights
from engine.profiling.taxonomy import TAXONOMY

TABLE = Table(TableName("t"), (Column("c", "text", Kind.TEXT),))
FACTS = ColumnFacts(Schema("sqlite", "main", (TABLE,)), TABLE, TABLE.columns[0])

clues = st.builds(
    Clue,
    st.just("test"),
    st.sampled_from(sorted(TAXONOMY)),
    st.sampled_from(SOURCES),
    st.floats(-12, 12),
    st.just("words"),
)
kinds = st.sampled_from(sorted(Kind))


def clue(entity: str, source: str, weight: float, share: float | None = None) -> Clue:
    return Clue("test", entity, source, weight, f"{entity} by {source}", share)


@given(kinds, st.lists(clues, max_size=12))
def test_the_probabilities_of_the_entities_come_to_that_of_personal_at_most(kind, found):
    personal, shares = probabilities(kind, found, weights())
    assert 0.0 <= personal <= 1.0
    assert all(share >= 0.0 for share in shares.values())
    assert sum(shares.values()) <= personal + 1e-9


@given(kinds, st.lists(clues, max_size=8), clues)
def test_more_evidence_never_lowers_its_own_entity(kind, found, more):
    _, before = probabilities(kind, found, weights())
    _, after = probabilities(kind, [*found, more], weights())
    named = any(more.entity == other.entity for other in found)
    if named and more.weight >= 0:
        assert after.get(more.entity, 0.0) >= before.get(more.entity, 0.0) - 1e-9
    if named and more.weight <= 0:
        assert after.get(more.entity, 0.0) <= before.get(more.entity, 0.0) + 1e-9


def test_a_detector_that_finds_its_form_is_not_held_back_by_one_of_another_form():
    found = clue("country", "values", 4.0)
    other = clue("country", "values", -4.0)
    assert probabilities(Kind.TEXT, [found, other], weights()) == probabilities(Kind.TEXT, [found], weights())


@given(st.lists(clues, max_size=8))
def test_the_order_of_clues_does_not_matter(found):
    there, back = probabilities(Kind.TEXT, found, weights()), probabilities(Kind.TEXT, found[::-1], weights())
    assert there[0] == pytest.approx(back[0])
    assert there[1] == pytest.approx(back[1])


def test_without_a_clue_a_column_is_hardly_personal_and_has_no_entity():
    finding = decide(FACTS, [])
    assert 0.0 < finding.probability < 0.2
    assert finding.entity is None
    assert finding.types == ()


def test_a_name_and_values_that_agree_are_surer_than_either():
    name, values = clue("email", "name", 4.0), clue("email", "values", 4.0, 0.98)
    both = decide(FACTS, [name, values])
    assert both.entity == "email"
    assert both.share == 0.98
    assert both.probability > max(decide(FACTS, [one]).probability for one in (name, values))
    assert set(both.evidence) == {"email by name", "email by values"}


def test_evidence_speaks_for_the_entity_and_what_speaks_against_it_stands_apart():
    name, few = clue("country", "name", 6.0), clue("country", "type", -1.0)
    codes, names = clue("country", "values", 5.0, 1.0), clue("country", "values", -6.0, 0.0)
    other = clue("city", "keys", 0.5)
    finding = decide(FACTS, [names, codes, few, other, name])
    assert finding.evidence == ("country by name", "country by values")
    assert finding.against == ("country by type",)
    assert finding.share == 1.0


def test_values_that_fail_stand_against_a_name_that_wins():
    finding = decide(FACTS, [clue("country", "name", 9.0), clue("country", "values", -0.5, 0.1)])
    assert (finding.entity, finding.evidence) == ("country", ("country by name",))
    assert (finding.against, finding.share) == (("country by values",), 0.1)


def test_values_that_fail_take_back_what_a_name_promised():
    name = clue("credit_card", "name", 7.0)
    failed = decide(FACTS, [name, clue("credit_card", "values", -8.0)])
    assert failed.probability < PERSONAL < decide(FACTS, [name]).probability
    assert failed.entity is None


def test_a_type_that_cannot_carry_an_entity_rules_it_out():
    assert probabilities(Kind.BOOLEAN, [clue("email", "name", 9.0)], weights())[1] == {}


def test_clues_of_one_source_saturate():
    once = probabilities(Kind.TEXT, [clue("email", "values", 8.0)] * 4, weights())
    often = probabilities(Kind.TEXT, [clue("email", "values", 8.0)] * 400, weights())
    assert often[0] == pytest.approx(once[0], abs=1e-3)


def test_the_weights_say_where_they_come_from_and_never_turn_evidence_round():
    data = json.loads(files("engine.profiling").joinpath("weights.json").read_text("utf-8"))
    assert {"date", "command", "databases", "columns"} <= data["fitted"].keys()
    assert set(data["features"]) == set(FEATURES)
    assert all(value >= 0.0 for name, value in data["features"].items() if name != "prior")
    assert data["features"]["contradiction"] <= min(data["features"]["name"], data["features"]["values"])
    assert data["slope"] > 0.0
