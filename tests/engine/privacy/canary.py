"""Does the presence of one odd entity show in what is published? Counted over many runs with it and without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from math import exp

import numpy as np
import pyarrow as pa
from scipy import stats

from engine.privacy.budget import Budget
from engine.privacy.entities import ColumnPlace, Entities
from engine.privacy.ledger import MemoryLedger
from engine.privacy.private import PrivateEntities
from engine.privacy.spending import Spending
from tests.engine.privacy.people import persons

BUDGET = Budget(1.0, 1e-2)
SHARE = 0.3
"""Of rho, for each of the three questions; the rest, and most of delta, stays for the noise."""
DELTA = 1e-3
SURE = 1e-4
"""The chance that a sound mechanism fails one comparison."""


def people(number: int, canary: bool) -> Entities:
    """Ordinary persons with two visits, and perhaps one whose value is out of range, whose category nobody else has, whose code is
    longer than all others, and who has ten times as many visits, all alike."""
    ages = [30.0 + n % 40 for n in range(number)] + [1e9] * canary
    jobs = [("clerk", "smith")[n % 2] for n in range(number)] + ["astronaut"] * canary
    codes = ["ab" for _ in range(number)] + ["x" * 40] * canary
    visits = [2] * number + [20] * canary
    parent = np.repeat(np.arange(len(visits)), visits)
    why = ["flu"] * (2 * number) + ["rare"] * 20 * canary
    columns = {"age": pa.array(ages), "job": pa.array(jobs), "code": pa.array(codes)}
    return persons(columns, {"why": pa.array(why)}, parent)


def published(entities: Entities) -> list[Hashable]:
    """What one run publishes, as events that could tell the canary: names, ends of ranges, bounds, steps of noisy counts."""
    private = PrivateEntities(entities, entities.size, Spending(BUDGET, MemoryLedger()))
    rho = private.rho(SHARE)
    root = [ColumnPlace(0, "job"), ColumnPlace(0, "code"), ColumnPlace(1, "why")]
    bound = private.children([1], rho)[1]
    named = private.categories(root, rho, DELTA)
    age = private.numbers([(root[0]._replace(column="age"), None)], rho, 8, DELTA)[ColumnPlace(0, "age")]
    values = {(at, value) for at, pairs in named.items() for value, _ in pairs if value is not None}
    odd = values & {(root[0], "astronaut"), (root[1], "x" * 40), (root[2], "rare")}
    total = sum(count for pairs in named.values() for _, count in pairs)
    far = max((*age.edges.tolist(), *(value for value, _ in age.spikes)))
    return [
        ("odd named", bool(odd)),
        ("far", far > 1e8),
        ("bound", bound > 4),
        *(("total", step, total > step) for step in (80, 100, 120, 140)),
        ("bins", len(age.counts)),
        ("age mass", float(age.counts.sum()) > 20),
    ]


def counted(runs: int, entities: Entities, seen: Callable[[Entities], list[Hashable]] = published) -> Counter[Hashable]:
    return Counter(event for _ in range(runs) for event in seen(entities))


def told_apart(with_it: Counter[Hashable], without: Counter[Hashable], runs: int) -> list[Hashable]:
    """Events that are surely more frequent on one side than (epsilon, delta) allows."""
    events = {*with_it, *without}
    sides = [(event, a[event], b[event]) for event in events for a, b in ((with_it, without), (without, with_it))]
    return [
        event
        for event, often, seldom in sides
        if _low(often, runs) > exp(BUDGET.epsilon) * _high(seldom, runs) + BUDGET.delta
    ]


def _low(hits: int, runs: int) -> float:
    return float(stats.beta.ppf(SURE, hits, runs - hits + 1)) if hits else 0.0


def _high(hits: int, runs: int) -> float:
    return float(stats.beta.ppf(1 - SURE, hits + 1, runs - hits)) if hits < runs else 1.0
