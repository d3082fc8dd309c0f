"""Synthetic single tables by the product's own line (`run` of a plan), scored on rows that no generator saw.

    python -m tests.bench.synthesis.adult --data FOLDER --scorer "PYTHON tabular_eval.py" [--table adult] [--model chain ...]
        [--epsilon 1 4 inf] [--domains declared paid] [--seeds 0 1 2] [--result FILE]

Nothing is held out within the training rows: the test rows are the hold-out. A seed is another run: noise cannot be seeded. `replay`
is the share of synthetic rows that are training rows, `holdout_in_train` that of test rows: where it is no higher, nothing was learned
by heart.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Bench:
    """One table, cut into the rows that generators see and those that they are tested on."""

    name: str
    single: Single
    train: pa.Table
    test: pa.Table
    scorer: str
    options: str

    def plan(self, label: dict[str, object]) -> str:
        """All columns declared, or all paid for."""
        run = "-".join(str(value) for value in label.values())
        text = _PLAN.format(run=run, entities=len(self.train), name=self.name, **label)
        both = pa.concat_tables([self.train, self.test])
        for column in self.train.column_names:
            learned = self.single.declared(both, column) if label["domains"] == "declared" else '{ learn = "paid" }'
            text += f'"{column}" = {learned}\n'
        return text + (f"[privacy.options]\n{self.options}\n" if self.options else "")

    def made(self, folder: Path, plan: str) -> dict[str, object]:
        """One synthetic table, and what it is worth."""
        desk, target = Desk(folder), folder / "target.db"
        desk.plan_path.write_text(plan)
        to_sqlite(self.train, folder / "source.db")
        began = time.monotonic()
        answer = desk.run(f"sqlite:///{folder}/source.db", f"sqlite:///{target}")
        seconds = round(time.monotonic() - began, 1)
        if answer.status:
            return {"failed": answer.err[-500:]}
        synthetic = from_sqlite(target, self.train.column_names).cast(self.train.schema)
        told = {"rows": len(synthetic), "seconds": seconds} | _told(answer.json)
        replay = {"replay": _replayed(synthetic, self.train), "holdout_in_train": _replayed(self.test, self.train)}
        return self.scores(folder, synthetic) | replay | told

    def scores(self, folder: Path, synthetic: pa.Table) -> dict[str, object]:
        """As the scorer says; it works on files."""
        files = {"train": self.train, "test": self.test, "synthetic": synthetic}
        for name, table in files.items():
            pyarrow.csv.write_csv(table, folder / f"{name}.csv", pyarrow.csv.WriteOptions(quoting_style="needed"))
        paths = [str(folder / f"{name}.csv") for name in files]
        command = [*shlex.split(self.scorer), *paths[:2], self.single.target, self.single.positive, *paths[2:]]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        found = _SCORE.search(said.stdout)
        return dict(zip(_NAMES, map(float, found.groups()), strict=True)) if found else {"unscored": said.stderr[-300:]}


def main() -> None:
    arguments = _arguments()
    single = TABLES[arguments.table]
    bench = Bench(arguments.table, single, *single.rows(arguments.data), arguments.scorer, arguments.options)
    rows = _earlier(arguments.result)
    for found in product(arguments.model, arguments.epsilon, arguments.domains, arguments.seeds):
        label = dict(zip(("model", "epsilon", "domains", "seed"), found, strict=True))
        with tempfile.TemporaryDirectory() as name:
            row = {"table": arguments.table} | label | bench.made(Path(name), bench.plan(label))
            if arguments.keep:
                shutil.copy(Path(name) / "synthetic.csv", arguments.keep / f"{'-'.join(map(str, found))}.csv")
        print(json.dumps(row), flush=True)
        rows = [each for each in rows if any(each[key] != row[key] for key in ("table", *label))] + [row]
        _write(arguments.result, rows)


def _told(answer: dict[str, Any]) -> dict[str, object]:
    """What the run says of itself: the epsilon of its guarantee, and seconds."""
    spent = [each.get("epsilon") for each in answer["guarantees"]]
    return {"spent": spent[0] if spent else None, "learn": round(answer["timings"]["learn"], 1)}


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
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="the numbers of the runs")
    parser.add_argument("--options", default="", help="of the model, as TOML")
    parser.add_argument("--keep", type=Path, help="a folder for the synthetic tables as CSV")
    parser.add_argument("--result", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
