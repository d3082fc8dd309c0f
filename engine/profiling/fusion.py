"""Clues put together: what a column holds, and how sure that is.

Every entity that a clue names competes with "nothing personal", which has the score 0, and with "something personal that no clue
names", which has `rest`. The score of an entity is a weighted sum of a few features: 1 (the prior), the clues of each source, how far
name and values agree, and how far they contradict each other (each then counts for less: test data often fails its own checksums). The
probabilities are the softmax of the scores (conditional logit: McFadden, in Frontiers in Econometrics, 1974), so more evidence for an
entity never makes it less likely. The weights were fitted on labelled databases (`tests/bench/discovery`), and so was the map from the
model's log odds of "personal" to calibrated ones (Platt, in Advances in Large Margin Classifiers, 1999).
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from connectors.schema import Kind
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue, Finding
from engine.profiling.taxonomy import TAXONOMY

PERSONAL = 0.5
"""From this probability on a column counts as personal."""
SOURCES = ("name", "type", "values", "keys", "table", "text")
FEATURES = ("prior", *SOURCES, "agreement", "contradiction")
LIMIT = 10.0
"""What the clues of one source can come to: they are not independent of each other."""
_OPEN = frozenset({Kind.ARRAY, Kind.JSON, Kind.XML, Kind.OTHER})
"""Kinds that can carry any other."""


@dataclass(frozen=True)
class Weights:
    """What fitting found."""

    features: Mapping[str, float]
    """Feature -> its coefficient; all but the prior's are at least 0, and `contradiction` is at most `name` and `values`."""
    rest: float
    """The score of "something personal that no clue names"."""
    slope: float = 1.0
    shift: float = 0.0
    """Calibrated log odds of "personal" = `slope` times the model's + `shift`."""


@cache
def weights() -> Weights:
    """Those that come with the product."""
    data = json.loads(files("engine.profiling").joinpath("weights.json").read_text("utf-8"))
    return Weights(data["features"], data["rest"], data["slope"], data["shift"])


def decide(facts: ColumnFacts, clues: Sequence[Clue], fitted: Weights | None = None) -> Finding:
    """The likeliest entity of a column, or none."""
    personal, shares = probabilities(facts.kind, clues, fitted or weights())
    types = tuple(sorted(shares.items(), key=lambda item: -item[1]))
    entity = types[0][0] if types and personal >= PERSONAL else None
    counted = _counted(sorted(clues, key=lambda clue: -clue.weight), entity)
    share = next((clue.share for clue in counted if clue.source == "values" and entity is not None), None)
    sample = facts.sample
    return Finding(
        facts.table.name, facts.column.name, entity, personal, _words(clue for clue in counted if clue.weight > 0),
        against=_words(clue for clue in reversed(counted) if clue.weight < 0), share=share, types=types,
        rows=sample.rows if sample else 0, distinct=len(sample.distinct) if sample else 0,
    )  # fmt: skip


def _counted(clues: Sequence[Clue], entity: str | None) -> list[Clue]:
    """Of the clues, the strongest first, those that have counted for the entity; where nothing was found, those for any."""
    if entity is None:
        return [clue for clue in clues if clue.weight > 0]
    own = [clue for clue in clues if clue.entity == entity]
    recognised = any(clue.source == "values" and clue.weight > 0 for clue in own)
    # As in `_total`: where one form of the entity was recognised, that others were not says nothing.
    return [clue for clue in own if clue.weight > 0 or clue.source != "values" or not recognised]


def _words(clues: Iterable[Clue]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clue.words for clue in clues))


def probabilities(kind: Kind, clues: Sequence[Clue], fitted: Weights) -> tuple[float, dict[str, float]]:
    """The probability that the column is personal, and that of each entity that a clue names."""
    scores = {entity: _dot(fitted.features, found) for entity, found in features(kind, clues).items()}
    highest = max(0.0, fitted.rest, *scores.values())
    shares = {entity: math.exp(score - highest) for entity, score in scores.items()}
    rest, nothing = math.exp(fitted.rest - highest), math.exp(-highest)
    some = rest + sum(shares.values())
    personal = _calibrated(math.log(some) - math.log(nothing), fitted)
    return personal, {entity: share / some * personal for entity, share in shares.items()}


def features(kind: Kind, clues: Sequence[Clue]) -> dict[str, dict[str, float]]:
    """Entity -> feature -> value, for each entity that a clue names and that a column of this kind can hold."""
    weights: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for clue in clues:
        if kind in TAXONOMY[clue.entity].kinds or kind in _OPEN:
            weights[clue.entity][clue.source].append(clue.weight)
    return {entity: _features(by_source) for entity, by_source in weights.items()}


def _features(by_source: Mapping[str, Sequence[float]]) -> dict[str, float]:
    bounded = {source: LIMIT * math.tanh(_total(source, by_source.get(source, ())) / LIMIT) for source in SOURCES}
    name, values = bounded["name"], bounded["values"]
    agreement = max(0.0, min(name, values))
    contradiction = max(0.0, min(name, -values), min(-name, values))
    return {"prior": 1.0, **bounded, "agreement": agreement, "contradiction": contradiction}


def _total(source: str, found: Sequence[float]) -> float:
    if source != "values" or not found:
        return sum(found)
    # Detectors of one entity look for its different forms (names of countries, codes of countries): one that is there is enough.
    return max(found) if max(found) > 0 else min(found)


def _dot(coefficients: Mapping[str, float], found: Mapping[str, float]) -> float:
    return sum(coefficients[name] * value for name, value in found.items())


def _calibrated(log_odds: float, fitted: Weights) -> float:
    # Beyond 500 the exponential overflows, and the probability is one or zero to the last digit anyway.
    return 1.0 / (1.0 + math.exp(min(500.0, -(fitted.slope * log_odds + fitted.shift))))
