"""Seconds and memory of whole assessments: a club of 6 tables and 20,000 members, masked and synthetic; one table of 50,000 x 15.

    python -m tests.bench.assessment.time_and_memory [--case masked synthetic single] [--members 20000] [--rows 50000] [--result FILE]

Each assessment is made by a process of its own, with every attack and metric and no time limit but the plan's default; processor
seconds stand beside those of the clock, for a machine is seldom idle. The synthetic club is learned in few steps: what it is like does
not change what it costs to look at.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from connectors import open_database
from engine.assessment.spec import AssessSpec
from engine.assessments import assess_plan
from engine.catalog.store import open_catalog
from engine.jobs.control import Progress
from engine.keystore import open_keystore
from engine.runs import Office, read_plan_file
from engine.workspace import open_workspace
from tests.bench.report import write_result
from tests.bench.synthesis import club
from tests.walk.line import Desk

RESULT = Path(__file__).parents[1] / "results" / "assessment_speed.json"
CASES = ("masked", "synthetic", "single")
LIMITS = {"masked": (300, 3072), "synthetic": (300, 3072), "single": (120, 3072)}
"""Seconds and MiB that the issue asks for."""
CATEGORIES, NUMBERS = 7, 7


@dataclass
class Clock:
    """Seconds of each measurement, by the progress that is told before it."""

    what: str = "start"
    at: tuple[float, float] = field(default_factory=lambda: (time.process_time(), time.monotonic()))
    spent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))

    def __call__(self, progress: Progress) -> None:
        now = (time.process_time(), time.monotonic())
        for place in range(2):
            self.spent[self.what][place] += now[place] - self.at[place]
        self.what, self.at = progress.note or progress.phase, now

    def told(self) -> dict[str, object]:
        """By measure, all scopes together, and the scopes that took longest."""
        self(Progress("end"))
        by_name: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for what, spent in self.spent.items():
            for place in range(2):
                by_name[what.split(" ")[0]][place] += spent[place]
        slowest = sorted(self.spent.items(), key=lambda each: -each[1][0])[:10]
        return {
            "by_measure": {
                name: _seconds(spent) for name, spent in sorted(by_name.items(), key=lambda each: -each[1][0])
            },
            "slowest": {what: _seconds(spent) for what, spent in slowest},
        }


def main() -> None:
    arguments = _arguments()
    if arguments.measure:
        _measure(*map(Path, arguments.measure))
        return
    found: dict[str, object] = json.loads(arguments.result.read_text())["cases"] if arguments.result.exists() else {}
    for case in arguments.case:
        with tempfile.TemporaryDirectory() as folder:
            found[case] = assessed(case, Path(folder), arguments)
        print(case, json.dumps(found[case], indent=1), flush=True)
        command = shlex.join(["python", "-m", "tests.bench.assessment.time_and_memory", *sys.argv[1:]])
        write_result(arguments.result, command, {"cases": found})


def assessed(case: str, folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """Make a source and a target of it, and assess them in a process of its own."""
    desk, source, target = Desk(folder), folder / "source.db", folder / "target.db"
    asked: tuple[str, ...] = ()
    if case == "single":
        single(source, arguments.rows)
    else:
        club.build(source, arguments.members)
    if case == "synthetic":
        asked = ("--synthesize", club.UNIT, "--epsilon", "8", "--delta", "1e-6", "--entities", str(arguments.members))
    url = f"sqlite:///{source}"
    done = desk.lookalike("plan", url, "-o", str(desk.plan_path), "--accept", *asked)
    if case == "synthetic":
        desk.plan_path.write_text(_with_steps(desk.plan_path.read_text(), arguments.steps))
    done = done if done.status else desk.run(url, f"sqlite:///{target}")
    if done.status:
        return {"failed": (done.err + done.out)[-500:]}
    command = [sys.executable, "-m", __spec__.name, "--measure", str(folder), str(source), str(target)]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    if child.returncode:
        return {"failed": child.stderr[-500:]}
    seconds, mebibytes = LIMITS[case]
    return {"limit_seconds": seconds, "limit_mib": mebibytes} | dict(json.loads(child.stdout.splitlines()[-1]))


def single(path: Path, rows: int) -> None:
    """One table of a key and 14 columns that depend on each other."""
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 5, rows)
    columns: dict[str, np.ndarray] = {"id": np.arange(1, rows + 1)}
    columns |= {
        f"category_{place}": np.where(rng.random(rows) < 0.7, kind, rng.integers(0, 3 + place, rows))
        for place in range(CATEGORIES)
    }
    columns |= {f"number_{place}": np.round(rng.normal(kind * place, 1 + place), 2) for place in range(NUMBERS)}
    kinds = {"id": "integer primary key"} | dict.fromkeys(columns, "decimal(9,2)") | {"id": "integer primary key"}
    kinds |= {name: "text not null" for name in columns if name.startswith("category")}
    listed = ", ".join(f"{name} {kinds[name]}" for name in columns)
    values = [
        [f"kind {code}" for code in column.tolist()] if name.startswith("category") else column.tolist()
        for name, column in columns.items()
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table person ({listed})")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"insert into person values ({marks})", zip(*values, strict=True))


def _measure(folder: Path, source: Path, target: Path) -> None:
    """Assess, and print what it took."""
    desk, clock = Desk(folder), Clock()
    workspace = open_workspace(folder / "workspace")
    office = Office(
        workspace, open_catalog(workspace.catalog), open_keystore(workspace.folder, lambda: desk.passphrase)
    )
    file = read_plan_file(desk.plan_path)
    people = (
        ()
        if file.plan.privacy is not None
        else tuple(name for name in file.plan.tables if name.name in ("member", "person"))
    )
    began, used = time.monotonic(), time.process_time()
    with open_database(f"sqlite:///{source}") as ours, open_database(f"sqlite:///{target}") as theirs:
        spec = AssessSpec(people=people, entities=50_000 if people and people[0].name == "person" else 20_000)
        found = assess_plan(file, ours, theirs, office, spec=spec, progress=clock)
    states = [str(each.state) for each in (*found.risks, *found.quality)]
    told = {
        "cpu_seconds": round(time.process_time() - used, 1), "seconds": round(time.monotonic() - began, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "entities": spec.entities,
        "rows": {name: [table.source, table.source_sampled] for name, table in found.tables.items()},
        "figures": {state: states.count(state) for state in sorted(set(states))},
    }  # fmt: skip
    print(json.dumps(told | clock.told()))


def _with_steps(plan: str, steps: int) -> str:
    plan = re.sub(r"(?m)^(unit = .*)$", r'\1\nmodel = "chain"', re.sub(r"(?m)^model = .*\n", "", plan), count=1)
    return re.sub(r"(?m)^(?=\[tables)", f"[privacy.options]\nsteps = {steps}\n\n", plan, count=1)


def _seconds(spent: list[float]) -> dict[str, float]:
    return {"cpu": round(spent[0], 2), "clock": round(spent[1], 2)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--members", type=int, default=club.MEMBERS)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--steps", type=int, default=60, help="of the synthetic club's learning")
    parser.add_argument("--result", type=Path, default=RESULT)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
