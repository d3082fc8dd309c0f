"""Synthetic single tables by the product's own line (`run` of a plan), scored on rows that no generator saw.

    python -m tests.bench.synthesis.adult --data FOLDER --scorer "PYTHON tabular_eval.py" [--table adult] [--model chain ...]
        [--epsilon 1 4 inf] [--domains declared paid] [--seeds 3] [--result FILE]

Nothing is held out within the training rows: the test rows are the hold-out. A seed is another run: noise cannot be seeded. `replay`
is the share of synthetic rows that are training rows, `holdout_in_train` that of test rows: where it is no higher, nothing was learned
by heart.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from tests.bench.report import machine
from tests.bench.synthesis.single_tables import TABLES, Single, from_sqlite, to_sqlite
from tests.walk.line import Desk

RESULT = Path(__file__).parents[1] / "results" / "adult.json"
_PLAN = """version = 1
name = "{name}"
key = "{name}"
[privacy]
population = "{name}-{run}"
unit = "person"
epsilon = {epsilon}
delta = 1e-6
entities = {entities}
holdout = 0.0
model = "{model}"
[tables.person]
treatment = "synthesize"
[tables.person.columns]
id = {{ new = "key" }}
"""
_SCORE = re.compile(
    r"TSTR AUC ([\d.nan]+)/([\d.nan]+), quality ([\d.]+) \(shapes ([\d.]+), pairs ([\d.]+)\), "
    r"TVD ([\d.]+)/([\d.]+), C2ST ([\d.]+)"
)
_NAMES = ("auc_trees", "auc_linear", "quality", "shapes", "pairs", "tvd_1", "tvd_2", "c2st")


def main() -> None:
    arguments = _arguments()
    single = TABLES[arguments.table]
    train, test = single.rows(arguments.data)
    rows = _earlier(arguments.result)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        to_sqlite(train, folder / "source.db")
        for model in arguments.model:
            for epsilon in arguments.epsilon:
                for domains in arguments.domains:
                    for seed in range(arguments.seeds):
                        label = {
                            "table": arguments.table,
                            "model": model,
                            "epsilon": epsilon,
                            "domains": domains,
                            "seed": seed,
                        }
                        plan = _plan(single, train, test, label, arguments.options)
                        row = label | _made(
                            folder / f"{len(rows)}", folder / "source.db", plan, single, (train, test), arguments.scorer
                        )
                        print(json.dumps(row), flush=True)
                        rows = [each for each in rows if any(each[key] != label[key] for key in label)] + [row]
                        _write(arguments.result, rows)


def _plan(single: Single, train: pa.Table, test: pa.Table, label: dict[str, object], options: str) -> str:
    both = pa.concat_tables([train, test])
    run = "-".join(str(label[key]) for key in ("model", "epsilon", "domains", "seed"))
    text = _PLAN.format(
        name=label["table"], run=run, entities=len(train), **{k: label[k] for k in ("epsilon", "model")}
    )
    for column in train.column_names:
        learned = single.declared(both, column) if label["domains"] == "declared" else '{ learn = "paid" }'
        text += f'"{column}" = {learned}\n'
    return text + (f"[privacy.options]\n{options}\n" if options else "")


def _made(
    folder: Path, source: Path, plan: str, single: Single, parts: tuple[pa.Table, pa.Table], scorer: str
) -> dict[str, object]:
    """One synthetic table, and what it is worth."""
    train, test = parts
    desk, target = Desk(folder), folder / "target.db"
    desk.plan_path.write_text(plan)
    began = time.monotonic()
    answer = desk.run(f"sqlite:///{source}", f"sqlite:///{target}")
    seconds = time.monotonic() - began
    if answer.status:
        return {"failed": answer.err[-500:]}
    synthetic = from_sqlite(target, train.column_names).cast(train.schema)
    files = {"train": train, "test": test, "synthetic": synthetic}
    for name, table in files.items():
        pyarrow.csv.write_csv(table, folder / f"{name}.csv", pyarrow.csv.WriteOptions(quoting_style="needed"))
    paths = [str(folder / f"{name}.csv") for name in files]
    command = [*shlex.split(scorer), *paths[:2], single.target, single.positive, *paths[2:]]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _SCORE.search(said.stdout)
    scores = dict(zip(_NAMES, map(float, found.groups()), strict=True)) if found else {"unscored": said.stderr[-300:]}
    replay = {
        "replay": _replayed(synthetic, train),
        "replay_holdout": _replayed(synthetic, test),
        "holdout_in_train": _replayed(test, train),
    }
    return scores | replay | {"rows": len(synthetic), "seconds": round(seconds, 1), "run": _told(answer.json)}


def _told(answer: dict[str, object]) -> dict[str, object]:
    return {key: answer[key] for key in ("guarantees", "timings") if key in answer}


def _replayed(rows: pa.Table, among: pa.Table) -> float:
    """The share of rows that are, in every column, a row of the other table."""
    known = among.group_by(among.column_names).aggregate([])
    found = rows.join(known, among.column_names, join_type="left semi")
    return round(len(found) / max(len(rows), 1), 5)


def _earlier(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(path.read_text())["rows"] if path.exists() else []
    return rows


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    head = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "command": "python -m tests.bench.synthesis.adult"}
    path.write_text(json.dumps(head | {"rows": rows}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds adult_census_labelled/*.csv.gz")
    parser.add_argument("--scorer", required=True, help="a command that scores TRAIN TEST TARGET POSITIVE SYNTHETIC")
    parser.add_argument("--table", choices=sorted(TABLES), default="adult")
    parser.add_argument("--model", nargs="+", default=["chain"])
    parser.add_argument("--epsilon", nargs="+", default=["1", "4", "inf"])
    parser.add_argument("--domains", nargs="+", choices=("declared", "paid"), default=["declared", "paid"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--options", default="", help="of the model, as TOML")
    parser.add_argument("--result", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
