"""How often one entity shows in what is published of values: 100,000 runs of each selector, and the metadata of an odd entity.

    python -m tests.bench.synthesis.selectors [--runs 100000] [--canary 2000]

Writes `tests/bench/results/selectors.json`. Each value of a column that one entity each holds is a run of the selector: it comes
through with a chance of at most delta. Columns of 5,000 values are asked through the handle.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats

from engine.privacy.entities import ColumnPlace
from engine.privacy.mechanisms import noisy_counts, selection_threshold
from tests.bench.report import write_result
from tests.engine.privacy.canary import BUDGET, counted, people, told_apart
from tests.engine.privacy.people import persons, private

RESULT = Path(__file__).parents[1] / "results" / "selectors.json"
DELTA = 1e-2
PART = 5000
X = ColumnPlace(0, "x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--canary", type=int, default=2_000)
    asked = parser.parse_args()
    began = perf_counter()
    found: dict[str, object] = {
        "delta": DELTA,
        "categories": _rate(_categories, asked.runs),
        "numbers": _rate(_numbers, asked.runs),
        "several columns": {
            str(cells): _share(_together(cells, scale, asked.runs), asked.runs)
            for cells, scale in ((5, 12.0), (15, 40.0))
        },
        "odd entity": _odd(asked.canary),
        "seconds": round(perf_counter() - began),
    }
    write_result(
        RESULT, f"python -m tests.bench.synthesis.selectors --runs {asked.runs} --canary {asked.canary}", found
    )
    print(json.dumps(found, indent=2))


def _rate(part: Any, runs: int) -> dict[str, Any]:
    return _share(sum(part() for _ in range(runs // PART)), runs)


def _share(through: int, runs: int) -> dict[str, Any]:
    """The share that came through, with the chance of so many where delta holds."""
    return {
        "runs": runs,
        "through": int(through),
        "share": through / runs,
        "p": float(stats.binom.sf(through - 1, runs, DELTA)),
    }


def _categories() -> int:
    asked = private(persons({"x": pa.array([f"v{n}" for n in range(PART)])}), 4.0, delta=0.03)
    return len(asked.categories([X], asked.rho(0.1), DELTA)[X]) - 1


def _numbers() -> int:
    asked = private(persons({"x": pa.array(np.arange(float(PART)) ** 2)}), 4.0, delta=0.03)
    return len(asked.numbers([(X, None)], asked.rho(0.1), PART, DELTA)[X].spikes)


def _together(cells: int, scale: float, runs: int) -> int:
    """Runs in which any of the values that one entity alone holds in so many columns comes through."""
    threshold = selection_threshold(scale, DELTA, cells)
    parts = [noisy_counts(np.ones((PART, cells), np.int64), scale) for _ in range(runs // PART)]
    return sum(int((part >= threshold).any(axis=1).sum()) for part in parts)


def _odd(runs: int) -> dict[str, Any]:
    with_it, without = counted(runs, people(40, True)), counted(runs, people(40, False))
    return {
        "runs": runs,
        "epsilon": BUDGET.epsilon,
        "delta": BUDGET.delta,
        "events": {str(event): [with_it[event], without[event]] for event in sorted({*with_it, *without}, key=str)},
        "told apart": [str(event) for event in told_apart(with_it, without, runs)],
    }


if __name__ == "__main__":
    main()
