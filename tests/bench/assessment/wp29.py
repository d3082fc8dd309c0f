"""The three criteria of Opinion 05/2014 on Adult: our attacks beside Anonymeter's on the same people and targets.

    python -m tests.bench.assessment.wp29 --data FOLDER [--anonymeter PYTHON] [--rows 1500] [--result FILE]

FOLDER holds `adult_census_labelled`; PYTHON is an interpreter of an environment with Anonymeter 1.1.0 (its licence grants no patent
rights: it is no part of the product). The targets: a copy, half a copy and half other people, a bootstrap of which every third
cell is somebody else's, other people of the same census, and columns shuffled.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from engine.assessment.context import Context
from engine.assessment.result import Interval, Risk
from engine.assessment.view import FeatureKind, View
from engine.risk.attempts import comparable
from engine.risk.inference import Inference
from engine.risk.linkability import NEIGHBOURS, Linkability, splits_of
from engine.risk.singling_out import SinglingOut
from tests.assessing import view_of
from tests.bench.report import write_result

PEER = Path(__file__).with_name("anonymeter_peer.py")
RESULT = Path(__file__).parents[1] / "results" / "wp29.json"
SECRETS = ("age", "marital_status", "occupation", "hours_per_week", "income")
NOTE = (
    "Singling out: where fewer predicates than asked for match one record of the target, Anonymeter counts the missing ones as "
    "failures (it logs an underestimate), ours divides by those there are: hence the gap of `univariate` on the noisy bootstrap. "
    "It tries many predicates of one record, ours one of each; it takes the control's rate to the same population by a fitted "
    "curve, ours counts as control predicates that match held-out people and no known one, so that a copy's control is 0 here. Its "
    "multivariate predicates have four attributes, ours two to six. Linkability: the same splits, other samples of people; numbers "
    "are scaled by their whole range there and by first to last percentile here, ties are broken by the order of rows there and by "
    "chance here; `main` and `control` are of the worst split, which need not be the same. Inference: a number is right "
    "within 5 % of itself there and within 5 % of the interquartile range here; its baseline draws rows of the target and holds them "
    "against people by row number (`reindex_like`), so of a copy in the source's order as many are right as rows were drawn, and of "
    "other targets most guesses are missing; ours always says the source's most frequent or median."
)


def targets(known: pa.Table, others: pa.Table, rng: np.random.Generator) -> dict[str, pa.Table]:
    n = known.num_rows
    drawn = known.take(pa.array(rng.integers(0, n, n)))
    noisy = {}
    for name in known.column_names:
        place = np.where(rng.random(n) < 1 / 3, rng.integers(0, n, n), np.arange(n))
        noisy[name] = drawn.column(name).take(pa.array(place))
    return {
        "copy": known,
        "half a copy": pa.concat_tables([known.slice(0, n // 2), others.slice(0, n // 2)]),
        "noisy bootstrap": pa.table(noisy),
        "other people": others,
        "shuffled": pa.table(
            {name: known.column(name).take(pa.array(rng.permutation(n))) for name in known.column_names}
        ),
    }


def ours(view: View) -> dict[str, object]:
    found: dict[str, object] = {}
    for attack in (SinglingOut(), Linkability(), Inference()):
        began = time.process_time()
        risks = attack.attack(view, Context())
        found |= {f"{attack.name} {risk.measure}": told(risk) for risk in risks}
        found[f"{attack.name} CPU seconds"] = round(time.process_time() - began, 2)
    return found


def told(risk: Risk) -> dict[str, object]:
    rates = {name: rounded(getattr(risk, name)) for name in ("risk", "main", "control", "baseline")}
    return {"state": risk.state, "alarm": risk.alarm} | rates | dict(risk.facts)


def rounded(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(end, 4) for end in (interval.value, interval.low, interval.high)]


def exchange(folder: Path, known: pa.Table, control: pa.Table, made: dict[str, pa.Table], view: View) -> None:
    """Write what the peer reads."""
    for name, rows in {
        "known": known,
        "control": control,
        **{f"target_{name}": rows for name, rows in made.items()},
    }.items():
        pyarrow.csv.write_csv(rows, folder / f"{name}.csv")
    features, attack = comparable(view), Linkability()
    splits = splits_of(view, features, attack.splits, Context().rng(attack.name, view.scope, "splits"))
    named = [
        [[view.features[features[at]].name for at in half] for half in (split.left, split.right)] for split in splits
    ]
    secrets = {name: view.features[view.place(name)].kind is not FeatureKind.CATEGORY for name in SECRETS}
    asked = {
        "predicates": 1000,
        "conditions": 4,
        "people": 1000,
        "neighbours": NEIGHBOURS,
        "splits": named,
        "secrets": secrets,
    }
    (folder / "asked.json").write_text(json.dumps(asked))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--anonymeter")
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    (file,) = (asked.data / "adult_census_labelled").glob("*.csv.gz")
    rng = np.random.default_rng(0)
    every = pyarrow.csv.read_csv(file)
    every = every.take(pa.array(rng.permutation(every.num_rows)))
    known, control, others = (every.slice(part * asked.rows, asked.rows).combine_chunks() for part in range(3))
    made = targets(known, others, rng)
    views = {name: view_of(known, target, control, sensitive=SECRETS) for name, target in made.items()}
    measured: dict[str, dict[str, object]] = {name: {"ours": ours(view)} for name, view in views.items()}
    if asked.anonymeter:
        with tempfile.TemporaryDirectory() as work:
            exchange(Path(work), known, control, made, views["copy"])
            began = time.perf_counter()
            said = subprocess.run(
                [asked.anonymeter, str(PEER), work], capture_output=True, text=True, check=True
            ).stdout
            for name, figures in json.loads(said).items():
                measured[name]["anonymeter"] = {
                    which: {key: round(value, 4) for key, value in each.items()} for which, each in figures.items()
                }
            peer = {"anonymeter": "1.1.0", "anonymeter seconds": round(time.perf_counter() - began, 1)}
    write_result(
        asked.result,
        f"python -m tests.bench.assessment.wp29 --data FOLDER --anonymeter PYTHON --rows {asked.rows}",
        {"rows": asked.rows, "note": NOTE, **(peer if asked.anonymeter else {}), "targets": measured},
    )


if __name__ == "__main__":
    main()
