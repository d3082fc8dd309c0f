"""Ask Anonymeter for its risks of one folder. Runs in an environment of its own, which has Anonymeter and nothing of ours.

    PYTHON anonymeter_peer.py FOLDER

FOLDER is as `wp29` writes it: `known.csv`, `control.csv`, one `target_*.csv` each, `asked.json`. The risks go to standard output as
JSON: target -> attack and measure -> value, ends of the interval, rates of main attack, baseline and control.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator


def figures(evaluator: Any) -> dict[str, float]:
    results, risk = evaluator.results(), evaluator.risk()
    rates = {"main": results.attack_rate, "baseline": results.baseline_rate, "control": results.control_rate}
    return {"value": risk.value, "low": risk.ci[0], "high": risk.ci[1]} | {n: rate.value for n, rate in rates.items()}


def singling_out(sides: dict[str, pd.DataFrame], asked: dict[str, Any]) -> dict[str, dict[str, float]]:
    found = {}
    for mode in ("univariate", "multivariate"):
        evaluator = SinglingOutEvaluator(
            **sides, n_attacks=asked["predicates"], n_cols=asked["conditions"], max_attempts=20_000, seed=0
        )
        try:
            found[f"singling_out {mode}"] = figures(evaluator.evaluate(mode=mode))
        except RuntimeError:
            # It refuses where no predicate singles out a record of the target.
            continue
    return found


def linkability(sides: dict[str, pd.DataFrame], asked: dict[str, Any]) -> dict[str, dict[str, float]]:
    found = {}
    for k in asked["neighbours"]:
        each = [
            figures(
                LinkabilityEvaluator(
                    **sides, aux_cols=(left, right), n_attacks=asked["people"], n_neighbors=k
                ).evaluate(1)
            )
            for left, right in asked["splits"]
        ]
        worst = max(each, key=lambda one: one["value"])
        found[f"linkability k={k}"] = worst | {"mean": float(np.mean([one["value"] for one in each]))}
    return found


def inference(sides: dict[str, pd.DataFrame], asked: dict[str, Any]) -> dict[str, dict[str, float]]:
    found = {}
    for secret, number in asked["secrets"].items():
        others = [name for name in sides["ori"] if name != secret]
        evaluator = InferenceEvaluator(
            **sides, aux_cols=others, secret=secret, regression=number, n_attacks=asked["people"]
        )
        found[f"inference knn {secret}"] = figures(evaluator.evaluate(1))
    return found


def main() -> None:
    warnings.filterwarnings("ignore")
    # Its attacks draw from NumPy's own state.
    np.random.seed(0)
    folder = Path(sys.argv[1])
    asked = json.loads((folder / "asked.json").read_text())
    known, control = (pd.read_csv(folder / f"{side}.csv", keep_default_na=False) for side in ("known", "control"))
    found = {}
    for file in sorted(folder.glob("target_*.csv")):
        sides = {"ori": known, "syn": pd.read_csv(file, keep_default_na=False), "control": control}
        found[file.stem.removeprefix("target_")] = {
            **singling_out(sides, asked), **linkability(sides, asked), **inference(sides, asked)
        }  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main()
