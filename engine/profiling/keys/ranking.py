"""How likely a key is, and which of several possible parents a column refers to.

A logistic regression over `candidate.TERMS`; its coefficients were fitted on the keys that databases declare and that were taken away
(`tests/bench/discovery/keys.py`), each database judged by the others.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engine.profiling.keys.candidate import TERMS, Candidate, Features, vector

LIKELY = 0.5
"""From this probability on a key is proposed."""


@cache
def weights() -> Mapping[str, float]:
    """Those that come with the product: term -> coefficient."""
    data = json.loads(files("engine.profiling.keys").joinpath("weights.json").read_text("utf-8"))
    return {term: float(data["terms"][term]) for term in TERMS}


def probability(features: Features, fitted: Mapping[str, float] | None = None) -> float:
    """That such a key is one."""
    known = fitted if fitted is not None else weights()
    score = sum(known[term] * value for term, value in zip(TERMS, vector(features), strict=True))
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, score))))


@dataclass(frozen=True)
class Ranked:
    candidate: Candidate
    probability: float

    @property
    def order(self) -> tuple[float, bool, float, int]:
        """Greatest first: of equally likely parents the named, then the smaller one."""
        features = self.candidate.features
        return self.probability, features.primary, features.name, -features.parents


def ranked(candidates: Iterable[Candidate], fitted: Mapping[str, float] | None = None) -> list[Ranked]:
    return [Ranked(each, probability(each.features, fitted)) for each in candidates]


def best(all_ranked: Sequence[Ranked]) -> list[Ranked]:
    """The likeliest parent of each set of columns, where one is likely; of two tables with the same keys one refers to the other."""
    polymorphic = {(each.candidate.table, each.candidate.columns) for each in all_ranked
                   if each.candidate.where is not None and each.probability >= LIKELY}  # fmt: skip
    by_child: dict[object, list[Ranked]] = defaultdict(list)
    for each in all_ranked:
        candidate = each.candidate
        whole = candidate.where is None and (candidate.table, candidate.columns) in polymorphic
        if each.probability >= LIKELY and not whole:
            by_child[candidate.key].append(each)
    chosen = {key: max(group, key=lambda each: each.order) for key, group in by_child.items()}
    chosen = {key: _over(each, by_child[key], chosen) for key, each in chosen.items()}
    kept = [each for each in _one_way(chosen.values()) if not _links(each, chosen)]
    return sorted(kept, key=lambda each: each.order, reverse=True)


def _over(each: Ranked, others: Sequence[Ranked], chosen: Mapping[object, Ranked]) -> Ranked:
    """The parent's own parent, where the parent's key refers to that and the name speaks for it no less."""
    parent = each.candidate.parent
    above = chosen.get((parent.name, parent.columns, None))
    if above is None:
        return each
    beyond = above.candidate.parent
    for other in others:
        same = (other.candidate.parent.name, other.candidate.parent.columns) == (beyond.name, beyond.columns)
        if same and other.candidate.features.name >= each.candidate.features.name:
            return other
    return each


def _links(each: Ranked, chosen: Mapping[object, Ranked]) -> bool:
    """Two link tables of the same parents have keys alike, and need not refer to each other."""
    candidate = each.candidate
    singles = [chosen.get((candidate.table, (column,), None)) for column in candidate.columns]
    return len(singles) > 1 and candidate.features.unique and not candidate.features.joined and all(singles)


def _one_way(chosen: Iterable[Ranked]) -> list[Ranked]:
    """Without the less likely one of two keys that are each other's inverse."""
    kept: dict[tuple[object, object], Ranked] = {}
    for each in sorted(chosen, key=lambda each: each.order, reverse=True):
        candidate = each.candidate
        child, parent = (candidate.table, candidate.columns), (candidate.parent.name, candidate.parent.columns)
        if (parent, child) not in kept:
            kept[child, parent if candidate.where is None else (parent, candidate.where)] = each
    return list(kept.values())
