"""Figures of a judged list of columns, with intervals at 95 %."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.bench.discovery.labels import Label

MANY = 5
"""Types with at least so many columns count in the macro average."""
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """One column: what people said and what was found."""

    label: Label
    entity: str | None
    probability: float

    @property
    def outcome(self) -> tuple[bool, bool]:
        """Personal, found to be personal."""
        return self.label.entity is not None, self.entity is not None


Interval = tuple[float, float, float]
"""Value, low, high."""


def wilson(hits: int, of: int) -> Interval:
    """E. B. Wilson, Journal of the American Statistical Association 22, 1927."""
    if not of:
        return math.nan, 0.0, 1.0
    z, share = 1.959964, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return share, max(0.0, middle - half), min(1.0, middle + half)


def recall(columns: Sequence[Judged]) -> Interval:
    told = Counter(each.outcome for each in columns)
    return wilson(told[True, True], told[True, True] + told[True, False])


def precision(columns: Sequence[Judged]) -> Interval:
    told = Counter(each.outcome for each in columns)
    return wilson(told[True, True], told[True, True] + told[False, True])


def f1_by_type(columns: Sequence[Judged]) -> dict[str, tuple[int, float]]:
    """Type -> its columns, its F1."""
    true, said, both = Counter(), Counter(), Counter()  # type: Counter[str], Counter[str], Counter[str]
    for each in columns:
        true.update([each.label.entity] if each.label.entity else [])
        said.update([each.entity] if each.entity else [])
        both.update([each.entity] if each.entity and each.entity == each.label.entity else [])
    return {entity: (count, 2 * both[entity] / (count + said[entity])) for entity, count in sorted(true.items())}


def macro_f1(columns: Sequence[Judged], types: Sequence[str] | None = None) -> float:
    """The mean F1 of `types`, by default those with at least MANY columns."""
    found = f1_by_type(columns)
    kept = types if types is not None else [entity for entity, (count, _) in found.items() if count >= MANY]
    return float(np.mean([found[entity][1] for entity in kept if entity in found] or [math.nan]))


def bootstrap(columns: Sequence[Judged], measure: Callable[[Sequence[Judged]], float]) -> Interval:
    """Resamples whole tables, as columns of one table are not independent (percentile interval)."""
    tables: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for each in columns:
        tables[each.label.database, each.label.table].append(each)
    groups = list(tables.values())
    random = np.random.default_rng(20261122)
    drawn = []
    for _ in range(_RESAMPLES):
        picked = random.integers(0, len(groups), len(groups))
        drawn.append(measure([each for place in picked for each in groups[place]]))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return measure(columns), float(low), float(high)


def macro_f1_interval(columns: Sequence[Judged]) -> Interval:
    types = [entity for entity, (count, _) in f1_by_type(columns).items() if count >= MANY]
    return bootstrap(columns, lambda drawn: macro_f1(drawn, types))


def brier(columns: Sequence[Judged]) -> float:
    return float(np.mean([(each.probability - each.outcome[0]) ** 2 for each in columns]))


def reliability(columns: Sequence[Judged], bins: int = 10) -> list[dict[str, float]]:
    """For columns of about the same probability: how many there are, what was said, and what was so."""
    rows = []
    for place in range(bins):
        inside = [each for each in columns if min(int(each.probability * bins), bins - 1) == place]
        if inside:
            said = float(np.mean([each.probability for each in inside]))
            true = float(np.mean([each.outcome[0] for each in inside]))
            rows.append({"from": place / bins, "columns": len(inside), "said": round(said, 3), "true": round(true, 3)})
    return rows


def calibration_error(columns: Sequence[Judged]) -> float:
    """The expected calibration error over ten bins of equal width."""
    rows = reliability(columns)
    return sum(row["columns"] * abs(row["said"] - row["true"]) for row in rows) / len(columns)


def summary(columns: Sequence[Judged]) -> dict[str, object]:
    """All figures of one list."""
    traps = [each for each in columns if each.label.given == "trap"]
    return {
        "columns": len(columns),
        "personal": sum(each.outcome[0] for each in columns),
        "recall": _rounded(recall(columns)),
        "precision": _rounded(precision(columns)),
        "recall_by_tables": _rounded(bootstrap(columns, lambda drawn: recall(drawn)[0])),
        "precision_by_tables": _rounded(bootstrap(columns, lambda drawn: precision(drawn)[0])),
        "macro_f1": _rounded(macro_f1_interval(columns)),
        "traps_flagged": sum(each.outcome[1] for each in traps),
        "traps": len(traps),
        "brier": round(brier(columns), 4),
        "calibration_error": round(calibration_error(columns), 4),
    }


def _rounded(interval: Interval) -> list[float]:
    return [round(value, 4) for value in interval]
