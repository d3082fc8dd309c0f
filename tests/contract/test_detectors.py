"""What every detector in the registry promises; those that recognise values are held to their EXAMPLES and COUNTEREXAMPLES."""

from __future__ import annotations

import math
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.profiling import installed
from engine.profiling.detector import Detector, ValueDetector
from engine.profiling.facts import ColumnFacts, Sample
from engine.profiling.taxonomy import TAXONOMY

ALL = [pytest.param(detector, id=detector.name) for detector in installed()]
OF_VALUES = [
    pytest.param(detector, id=detector.name) for detector in installed() if isinstance(detector, ValueDetector)
]
SOURCES = {"name", "type", "values", "keys", "table", "text"}


def facts_of(values: pa.Array, kind: Kind = Kind.TEXT, whole: bool = False) -> ColumnFacts:
    """A column of an own table that holds these values."""
    column = Column("c", kind.value, kind)
    table = Table(TableName("t"), (column,))
    return ColumnFacts(Schema("test", "main", (table,)), table, column, Sample(values, whole))


def texts_of(*texts: str | None) -> ColumnFacts:
    return facts_of(pa.array(texts, pa.string()))


def test_no_two_detectors_have_one_name() -> None:
    """Evidence names its detector."""
    assert max(Counter(detector.name for detector in installed()).values(), default=1) == 1


@pytest.mark.parametrize("detector", ALL)
def test_a_detector_finds_entities_of_the_taxonomy(detector: Detector) -> None:
    """All that it can find is known to policies and plans."""
    assert detector.entities
    assert set(detector.entities) <= TAXONOMY.keys()
    assert detector.title
    assert detector.__doc__


@pytest.mark.parametrize("detector", OF_VALUES)
def test_a_detector_recognises_its_examples_and_nothing_that_looks_alike(detector: ValueDetector) -> None:
    """Each example alone is recognised, and no counterexample."""
    assert detector.EXAMPLES
    assert detector.COUNTEREXAMPLES
    assert [text for text in detector.EXAMPLES if not detector.found(texts_of(text))] == []
    assert [text for text in detector.COUNTEREXAMPLES if detector.found(texts_of(text))] == []


@pytest.mark.parametrize("detector", OF_VALUES)
def test_examples_speak_for_an_entity_and_counterexamples_against_it(detector: ValueDetector) -> None:
    """The weight of a column of all examples is above that of a column of other things, and above zero."""
    for_it = [clue.weight for clue in detector.look(texts_of(*detector.EXAMPLES)) if clue.entity == detector.entity]
    against = [
        clue.weight for clue in detector.look(texts_of(*detector.COUNTEREXAMPLES)) if clue.entity == detector.entity
    ]
    assert all(weight > 0 for weight in for_it)
    assert all(weight < 0 for weight in against)


@pytest.mark.parametrize("detector", OF_VALUES)
def test_the_rates_of_a_detector_are_rates(detector: ValueDetector) -> None:
    """What it finds is more usual in columns of the entity than in others."""
    assert 0 < detector.chance < detector.hit < 1
    assert 0 < detector.alike < 1


VALUES = {
    Kind.TEXT: st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40) | st.from_regex(r"[0-9 .+()/-]{1,24}"),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.FLOAT: st.floats(),
    Kind.DATE: st.dates(),
    Kind.TIMESTAMP: st.datetimes(),
    Kind.BINARY: st.binary(max_size=60),
    Kind.UUID: st.binary(min_size=16, max_size=16),
}  # fmt: skip
TYPES = {
    Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.FLOAT: pa.float64(), Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us"), Kind.BINARY: pa.binary(), Kind.UUID: pa.binary(16),
}  # fmt: skip


@pytest.mark.parametrize("kind", VALUES, ids=str)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_detector_takes_whatever_stands_in_a_column(kind: Kind, data: st.DataObject) -> None:
    """Any values, none, and NULL: clues have finite weights, a known source, and shares between none and all."""
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=30))
    facts = facts_of(pa.array(values, TYPES[kind]), kind)
    for detector in installed():
        if kind not in detector.kinds:
            continue
        for clue in detector.look(facts):
            assert math.isfinite(clue.weight)
            assert clue.entity in detector.entities
            assert clue.source in SOURCES
            assert clue.share is None or 0 <= clue.share <= 1
            assert clue.words


@pytest.mark.parametrize("detector", OF_VALUES)
def test_no_value_gets_into_the_words(detector: ValueDetector) -> None:
    """Evidence is counts and shares."""
    facts = texts_of(*detector.EXAMPLES, *detector.COUNTEREXAMPLES)
    words = " ".join(clue.words for clue in detector.look(facts)).casefold()
    told = [
        text for text in (*detector.EXAMPLES, *detector.COUNTEREXAMPLES) if len(text) > 3 and text.casefold() in words
    ]
    assert told == []


def test_a_column_without_a_sample_says_nothing() -> None:
    """What could not be read is no evidence, neither for nor against."""
    column = Column("c", "text", Kind.TEXT)
    table = Table(TableName("t"), (column,))
    facts = ColumnFacts(Schema("test", "main", (table,)), table, column, None)
    assert [
        clue for detector in installed() for clue in detector.look(facts) if clue.source in {"values", "text"}
    ] == []
