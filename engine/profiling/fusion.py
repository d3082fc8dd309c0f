"""Clues put together: what a column holds, and how sure that is.

Each possible entity has the sum of its clues, by source, each source with a coefficient that was fitted on labelled databases
(`tests/bench/discovery`, conditional logit: McFadden, in Frontiers in Econometrics, 1974); "nothing personal" has 0. The probabilities
are the softmax of these sums, so they add up to one over all entities and "nothing".
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue, Finding
from engine.profiling.taxonomy import TAXONOMY

PERSONAL = 0.5
"""From this probability on a column counts as personal."""


@dataclass(frozen=True)
class Weights:
    """What fitting found."""

    prior: float
    """Of every entity against "nothing personal", before any clue."""
    sources: Mapping[str, float]
    """Source of a clue -> its coefficient."""


@cache
def weights() -> Weights:
    """Those that come with the product."""
    data = json.loads(files("engine.profiling").joinpath("weights.json").read_text("utf-8"))
    return Weights(data["prior"], data["sources"])


def decide(facts: ColumnFacts, clues: Sequence[Clue], fitted: Weights | None = None) -> Finding:
    """The likeliest entity of a column, or none."""
    shares = probabilities(clues, fitted or weights())
    personal = sum(shares.values())
    types = tuple(sorted(shares.items(), key=lambda item: -item[1]))
    entity = types[0][0] if types and personal >= PERSONAL else None
    told = [clue for clue in clues if clue.entity == entity or (entity is None and clue.weight > 0)]
    told.sort(key=lambda clue: -abs(clue.weight))
    share = next((clue.share for clue in told if clue.source == "values" and entity is not None), None)
    sample = facts.sample
    return Finding(
        facts.table.name, facts.column.name, entity, personal, tuple(clue.words for clue in told), share=share, types=types,
        rows=sample.rows if sample else 0, distinct=len(sample.distinct) if sample else 0,
    )  # fmt: skip


def probabilities(clues: Sequence[Clue], fitted: Weights) -> dict[str, float]:
    """Entity -> probability, for those that any clue names; what is missing to one is "nothing personal"."""
    sums: dict[str, float] = defaultdict(lambda: fitted.prior)
    for clue in clues:
        sums[clue.entity] += fitted.sources[clue.source] * clue.weight
    total = 1.0 + sum(math.exp(min(score, 500.0)) for score in sums.values())
    assert sums.keys() <= TAXONOMY.keys()
    return {entity: math.exp(min(score, 500.0)) / total for entity, score in sums.items()}
