"""What every detector that looks at the schema alone promises."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.profiling import installed
from engine.profiling.facts import ColumnFacts
from engine.profiling.schema_detector import SchemaDetector
from engine.profiling.taxonomy import TAXONOMY

SCHEMA = [detector for detector in installed() if isinstance(detector, SchemaDetector)]
EXAMPLES = [
    pytest.param(detector, facts, entity, id=f"{detector.name}-{facts.table.name}.{facts.column.name}-{entity}")
    for detector in SCHEMA
    for facts, entity in detector.EXAMPLES
]
COUNTEREXAMPLES = [
    pytest.param(detector, facts, entity, id=f"{detector.name}-{facts.table.name}.{facts.column.name}-{entity}")
    for detector in SCHEMA
    for facts, entity in detector.COUNTEREXAMPLES
]


def weights(detector: SchemaDetector, facts: ColumnFacts) -> Counter[str]:
    found: Counter[str] = Counter()
    for clue in detector.look(facts):
        found[clue.entity] += clue.weight  # type: ignore[assignment]
    return found


@pytest.mark.parametrize(("detector", "facts", "entity"), EXAMPLES)
def test_an_example_speaks_for_its_entity_as_much_as_for_any(
    detector: SchemaDetector, facts: ColumnFacts, entity: str
) -> None:
    found = weights(detector, facts)
    assert found[entity] > 0
    assert found[entity] == max(found.values())


@pytest.mark.parametrize(("detector", "facts", "entity"), COUNTEREXAMPLES)
def test_a_counterexample_does_not_speak_for_the_entity(
    detector: SchemaDetector, facts: ColumnFacts, entity: str
) -> None:
    assert weights(detector, facts)[entity] <= 0


@pytest.mark.parametrize("detector", SCHEMA, ids=lambda detector: detector.name)
def test_it_has_examples_both_ways_and_names_what_it_can_find(detector: SchemaDetector) -> None:
    assert detector.EXAMPLES
    assert detector.COUNTEREXAMPLES
    assert set(detector.entities) <= TAXONOMY.keys()
    told = {
        clue.entity for facts, _ in (*detector.EXAMPLES, *detector.COUNTEREXAMPLES) for clue in detector.look(facts)
    }
    assert told <= set(detector.entities)
