"""Other synthesisers on Adult: the rows that `tests.bench.synthesis.adult` trains on, and its scorer.

    python -m tests.bench.peers.adult --data FOLDER --scorer "PYTHON tabular_eval.py" --environments FOLDER
        [--peer NAME ...] [--seeds 0] [--prepare] [--result FILE]

Each peer is installed, at pinned versions, into an environment of its own under the given folder, and runs as a process of its own on
one thread. Nothing here is a dependency of the product or of its tests. Licences: MOSTLY AI engine and dpmm are Apache-2.0,
smartnoise-synth is MIT; SDV and its parts (ctgan, copulas, rdt, deepecho) are BUSL-1.1, source-available and not open source, as is
copulas below the scorer: to be measured against, never to be shipped. Peers that were not run stay in the table as such, with the
figures measured before. `seconds` and `cpu_seconds` are of the whole process, imports included; the latter are to be compared, since
the former grow with whatever else the machine does. `seed` is the number of the run where noise cannot be seeded.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import pyarrow.csv

from tests.bench.peers.registry import DELTA, PEERS, Peer
from tests.bench.report import machine, write_result
from tests.bench.synthesis.adult import Bench
from tests.bench.synthesis.single_tables import TABLES

ROOT = Path(__file__).parents[3]
RESULT = ROOT / "tests" / "bench" / "results" / "adult_peers.json"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
Row = dict[str, object]


def main() -> None:
    arguments = _arguments()
    single = TABLES["adult"]
    bench = Bench("adult", single, *single.rows(arguments.data), arguments.scorer, "")
    for name, seed in product(arguments.peer, arguments.seeds):
        python = environment(PEERS[name], arguments.environments)
        if not arguments.prepare:
            with tempfile.TemporaryDirectory() as folder:
                row = _label(name, seed) | measured(bench, PEERS[name], python, seed, Path(folder))
            print(json.dumps(row), flush=True)
            write_result(arguments.result, "python -m tests.bench.peers.adult", {"rows": merged(arguments.result, row)})


def environment(peer: Peer, folder: Path) -> Path:
    """The interpreter of the peer's environment, which is made where it is not there in full."""
    home = folder / (peer.bare or peer.requirements[0]).partition("==")[0]
    python, done = home / "bin" / "python", home / "installed.txt"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, *peer.requirements], check=True)
        if peer.bare:
            subprocess.run([*install, "--no-deps", peer.bare], check=True)
        done.write_bytes(subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True).stdout)
    return python


def measured(bench: Bench, peer: Peer, python: Path, seed: int, folder: Path) -> Row:
    """One synthetic table, what it took and what it is worth."""
    question = {"epsilon": peer.epsilon, "delta": DELTA, "seed": seed}
    question |= {"ranges": bench.single.ranges, "values": bench.single.values}
    (folder / "question.json").write_text(json.dumps(question))
    pyarrow.csv.write_csv(bench.train, folder / "train.csv")
    took = _run([str(python), "-m", f"tests.bench.peers.{peer.module}", str(folder)], folder / "said.txt")
    if "failed" in took:
        return took
    typed = pyarrow.csv.ConvertOptions(strings_can_be_null=False, column_types=bench.train.schema)
    synthetic = pyarrow.csv.read_csv(folder / "made.csv", convert_options=typed)
    return {"rows": len(synthetic)} | took | bench.scores(folder, synthetic)


def _run(command: list[str], log: Path) -> Row:
    """Seconds and memory of a process, as the system counts them for it alone."""
    began = time.monotonic()
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | ONE_THREAD, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return {"failed": log.read_text()[-500:]}
    seconds, busy = round(time.monotonic() - began, 1), round(used.ru_utime + used.ru_stime, 1)
    return {"seconds": seconds, "cpu_seconds": busy, "peak_mib": used.ru_maxrss // 1024}


def _label(name: str, seed: int) -> Row:
    peer = PEERS[name]
    return {
        "peer": name,
        "epsilon": peer.epsilon,
        "delta": DELTA if peer.epsilon else None,
        "seed": seed,
        "versions": [*peer.requirements, *filter(None, [peer.bare])],
        "licence": peer.licence,
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
    }


def merged(path: Path, row: Row) -> list[Row]:
    """The new row among the earlier; what was measured before stands for peers that have none."""
    rows: list[Row] = json.loads(path.read_text())["rows"] if path.exists() else []
    same = [row["peer"], row["seed"]]
    rows = [row, *(each for each in rows if "source" not in each and [each["peer"], each["seed"]] != same)]
    run = {each["peer"] for each in rows if "failed" not in each}
    unrun = [{"peer": name, "epsilon": peer.epsilon} | peer.before for name, peer in PEERS.items() if name not in run]
    return sorted([*rows, *unrun], key=lambda each: (list(PEERS).index(str(each["peer"])), str(each.get("seed"))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds adult_census_labelled/*.csv.gz")
    parser.add_argument("--scorer", required=True, help="a command that scores TRAIN TEST TARGET POSITIVE SYNTHETIC")
    parser.add_argument("--environments", type=Path, required=True, help="where the peers' environments are or come")
    parser.add_argument("--peer", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--prepare", action="store_true", help="make the environments, and no more")
    parser.add_argument("--result", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
