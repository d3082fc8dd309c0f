"""Does memory stay flat and time linear? The person table of the speed bench, alone, cloned at several sizes.

    python -m tests.bench.clone_memory [--rows N ...] [--connections N] [--result FILE]

Growth is the peak of a run's resident memory over that of a run of a thousand rows, which has imported and connected all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from tests import servers
from tests.bench.clone_speed import fill, write_plan
from tests.bench.report import write_result
from tests.walk.line import Desk

FEW = 1000


def peak_and_load(desk: Desk, source: str, target: str, more: tuple[str, ...]) -> tuple[float, float]:
    """Peak resident memory of one run in MB, and the seconds that it loaded."""
    words = ["run", str(desk.plan_path), "--source", source, "--target", target, *more]
    command = [sys.executable, "-m", "engine.cli", *desk._words(tuple(words), text=False)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    answer = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(answer.decode())
    return used.ru_maxrss / 1024, float(json.loads(answer)["timings"]["load"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000, 2_000_000, 10_000_000])
    parser.add_argument("--connections")
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    more = ("--connections", arguments.connections) if arguments.connections else ()
    runs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder, servers.postgresql(durable=True) as server:
        create = servers.postgresql_databases(server)
        desk = Desk(Path(folder) / "desk")
        write_plan(desk.plan_path)
        baseline = 0.0
        for rows in (FEW, *arguments.rows):
            source, target = create(), create()
            fill(source, rows, FEW)
            peak, load = peak_and_load(desk, source, target, more)
            baseline = baseline or peak
            runs.append({
                "rows": rows, "peak MB": round(peak), "growth MB": round(peak - baseline), "load s": round(load, 2),
                "load s per million rows": round(load / rows * 1e6, 2),
            })  # fmt: skip
            print(json.dumps(runs[-1]), flush=True)
            _drop(server.render_as_string(hide_password=False), source, target)
    if arguments.result:
        command = "python -m tests.bench.clone_memory " + " ".join(sys.argv[1:])
        write_result(arguments.result, command, {"runs": runs})


def _drop(server: str, *urls: str) -> None:
    """The disk is needed for the next size."""
    with psycopg.connect(server, autocommit=True) as connection:
        for url in urls:
            connection.execute(f'drop database "{url.rpartition("/")[2].partition("?")[0]}" with (force)'.encode())


if __name__ == "__main__":
    main()
