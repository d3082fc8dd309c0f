"""Rows per second of a stored model of 15 columns, from the command to the written files or the loaded table, and memory beside it.

    python -m tests.bench.synthesis.sampling --data FOLDER [--model chain hybrid] [--rows 1000000] [--result FILE]

The model is learned of Adult (14 columns and a key), with all its steps; learning is not in the time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.report import write_result
from tests.bench.synthesis.adult import Bench
from tests.bench.synthesis.single_tables import TABLES, to_sqlite
from tests.walk.line import Desk

RESULT = Path(__file__).parents[1] / "results" / "sampling_speed.json"


def measured(bench: Bench, model: str, rows: int) -> dict[str, Any]:
    """One model: learned, sampled into Parquet and CSV, and loaded into SQLite."""
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name))
        label = {"model": model, "epsilon": "4", "domains": "declared", "seed": 0}
        plan = bench.plan(label).replace("holdout = 0.0", f'holdout = 0.0\ngenerate = "{rows} entities"')
        desk.plan_path.write_text(plan)
        to_sqlite(bench.train, desk.folder / "source.db")
        source = f"sqlite:///{name}/source.db"
        trained = desk.lookalike("train", str(desk.plan_path), "--source", source, "--name", "made")
        assert trained.status == 0, trained.err
        found = {}
        for kind in ("parquet", "csv"):
            words = ["sample", "made", "-o", str(desk.folder / kind), "--entities", str(rows), "--format", kind]
            found[kind] = _timed(desk, words, rows)
        words = [
            "run",
            str(desk.plan_path),
            "--source",
            source,
            "--target",
            f"sqlite:///{name}/t.db",
            "--model",
            "made",
        ]
        return found | {"sqlite": _timed(desk, words, rows)}


def _timed(desk: Desk, words: list[str], rows: int) -> dict[str, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    options = [
        "--workspace",
        str(desk.folder / "workspace"),
        "--passphrase-file",
        str(desk.folder / "passphrase"),
        "--json",
    ]
    process = subprocess.Popen([sys.executable, "-m", "engine.cli", *words, *options], stdout=subprocess.DEVNULL)
    _, status, usage = _waited(process)
    assert status == 0, words
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "rows": rows, "seconds": round(seconds, 1), "processor_seconds": round(processor, 1),
        "rows_per_second": round(rows / seconds), "peak_mib": round(usage / 1024),
    }  # fmt: skip


def _waited(process: subprocess.Popen[bytes]) -> tuple[int, int, int]:
    """Its end, with the peak of this very process."""
    pid, status, usage = os.wait4(process.pid, 0)
    return pid, os.waitstatus_to_exitcode(status), usage.ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", nargs="+", default=["chain"])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--result", type=Path, default=RESULT)
    arguments = parser.parse_args()
    single = TABLES["adult"]
    bench = Bench("adult", single, *single.rows(arguments.data), "", "")
    found = {
        f"{model}, {rows} rows": measured(bench, model, rows) for model in arguments.model for rows in arguments.rows
    }
    print(json.dumps(found, indent=1))
    write_result(arguments.result, " ".join(["python -m tests.bench.synthesis.sampling", *sys.argv[1:]]), found)


if __name__ == "__main__":
    main()
