"""Are our distances over combinations of columns those of mostlyai-qa?

    python -m tests.bench.assessment.mostly_check FOLDER --python PYTHON [--result FILE]

FOLDER as for `sdmetrics_check`; PYTHON is an interpreter of an environment with mostlyai-qa 1.10 and pandas 2 (`pip install --no-deps
mostlyai-qa`, then `pandas<3 plotly phik joblib psutil pyarrow` will do). Its accuracy is 1 - total variation distance. On its own bins
the two must agree to the five digits that it gives. On either's own bins they need not: it puts all categories but the ten most
frequent into one bin, and looks for other edges where many values are equal.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.assessment.context import Context
from engine.jobs.control import Control
from engine.quality.combinations import Combinations, distances
from engine.quality.crossing import Codes
from tests.bench.assessment.sdmetrics_check import Database, adult, bank, exchanged, flights
from tests.bench.report import write_result

PEER = Path(__file__).with_name("mostly_peer.py")
RESULT = Path(__file__).parents[1] / "results" / "mostly_qa.json"
DIGITS = 5e-6
"""Half of its last digit."""


def theirs(database: Database, python: str) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(exchanged(database), file)
        file.flush()
        done = subprocess.run([python, str(PEER), file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compared(database: Database, python: str) -> dict[str, Any]:
    said = theirs(database, python)
    told = database.comparison
    found: dict[str, Any] = {"mostlyai-qa": said["version"]}
    for table, peer in said["tables"].items():
        own = {each.measure: each for each in Combinations(bins=10, rows=10**9).measure(told, table, Context())}
        found[table] = {"figures": len(peer["accuracies"]), "greatest difference on its bins": _same_bins(peer)}
        for way in (1, 2):
            accuracies = [value for group, value in peer["accuracies"].items() if group.count("|") == way - 1]
            found[table][f"{way}-way"] = {
                "theirs": 1 - float(np.mean(accuracies)),
                "ours": own[f"{way}-way"].facts["all rows"],
            }
    return found


def _same_bins(peer: dict[str, Any]) -> float:
    """The greatest difference between 1 - its accuracy and our distance of its bins."""
    names = list(peer["bins"])
    sides = [tuple(_codes(peer["bins"][name][side]) for name in names) for side in (0, 1)]
    groups = [tuple(names.index(name) for name in group.split("|")) for group in peer["accuracies"]]
    own = distances(sides[0], sides[1], groups, Control())
    return float(np.max(np.abs(1 - own - np.array(list(peer["accuracies"].values())))))


def _codes(values: list[int]) -> Codes:
    return Codes(np.array(values, np.int64), max(values) + 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    measured = {}
    for make in (adult, bank, flights):
        database = make(asked.folder)
        measured[database.name] = compared(database, asked.python)
        print(json.dumps({database.name: measured[database.name]}, indent=1), flush=True)
    command = "python -m tests.bench.assessment.mostly_check FOLDER --python PYTHON"
    write_result(asked.result, command, {"allowed on its bins": DIGITS, "databases": measured})


if __name__ == "__main__":
    main()
