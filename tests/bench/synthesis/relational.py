"""Synthetic databases of several tables by the product's own line (`plan --synthesize`, `run`), scored on entities it never saw.

    python -m tests.bench.synthesis.relational [--database club demo] [--entities 20000] [--epsilon inf 8 4 1] [--seeds 1]
        [--options "steps = 600"] [--result FILE]

The hold-out is as many entities, drawn anew by the database's own recipe from another seed. Beside each row of results: the ceiling,
which is how far two such draws are from each other, and a baseline that keeps numbers of children and every column by itself, and
nothing else. A seed is another run: noise cannot be seeded.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import demo
from tests.bench.report import machine
from tests.bench.synthesis import club
from tests.bench.synthesis.pair_trends import Held, Shape, Table, cardinalities, held, independent, trends
from tests.walk.line import Desk

RESULT = Path(__file__).parents[1] / "results" / "relational.json"
DELTA = 1e-6
HOPS = (1, 2)
_CLUB = {
    "member": Table("id", None, None, ("segment", "region", "age", "fee", "joined")),
    "contract": Table("id", "member", "member_id", ("kind", "monthly", "signed")),
    "booking": Table("id", "contract", "contract_id", ("court", "minutes", "at")),
    "visit": Table("id", "member", "member_id", ("purpose", "guests", "at")),
    "purchase": Table("id", "visit", "visit_id", ("item", "price")),
    "device": Table("id", "member", "member_id", ("system", "version")),
}
_PATIENT = (
    "gender",
    "birth_date",
    "smoker",
    "height_cm",
    "weight_kg",
    "systolic",
    "education",
    "income",
    "registered_at",
)
_DEMO = {
    "patient": Table("patient_id", None, None, _PATIENT),
    "address": Table("address_id", "patient", "patient_id", ("kind", "state")),
    "portal_login": Table("login_id", "patient", "patient_id", ("logged_in_at", "succeeded")),
    "visit": Table("visit_id", "patient", "patient_id", ("visited_at", "channel", "minutes", "charge")),
    "prescription_item": Table("line", "visit", "visit_id", ("quantity",)),
    "payment": Table("payment_id", "visit", "visit_id", ("method", "amount", "paid_at")),
}


@dataclass(frozen=True, slots=True)
class Database:
    unit: str
    shape: Shape
    build: Callable[[Path, int, int], object]
    """A path, how many entities, a seed."""


DATABASES: Mapping[str, Database] = {
    "club": Database(club.UNIT, _CLUB, club.build),
    "demo": Database("patient", _DEMO, lambda path, entities, seed: demo.build(path, patients=entities, seed=seed)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """One source, and fresh entities to score on."""

    name: str
    entities: int
    folder: Path
    options: str

    @property
    def database(self) -> Database:
        return DATABASES[self.name]

    def made(self, seed: int) -> Held:
        path = self.folder / f"{self.name}-{seed}.db"
        if not path.exists():
            self.database.build(path, self.entities, seed)
        return held(path, self.database.shape)

    def scores(self, real: Held, data: Held) -> dict[str, object]:
        counts = cardinalities(real, data, self.database.shape)
        pairs = {hops: trends(real, data, self.database.shape, hops) for hops in HOPS}
        means = {
            f"hop_{hops}": round(float(np.mean(list(found.values()))), 4) for hops, found in pairs.items() if found
        }
        return {"ks": round(float(np.mean(list(counts.values()))), 4), "ks_least": min(counts.values())} | means | {
            "cardinalities": counts, "worst": dict(sorted((pairs[1] | pairs[2]).items(), key=lambda each: each[1])[:8]),
        }  # fmt: skip

    def run(self, epsilon: str, seed: int, real: Held) -> dict[str, object]:
        """One synthetic database."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            desk, target = Desk(Path(name)), Path(name) / "target.db"
            source = f"sqlite:///{self.folder / f'{self.name}-{seed}.db'}"
            asked = ("--synthesize", self.database.unit, "--epsilon", epsilon, "--delta", str(DELTA))
            answer = desk.lookalike(
                "plan", source, "-o", str(desk.plan_path), "--accept", *asked, "--entities", str(self.entities)
            )
            if answer.status:
                return {"failed": answer.err[-500:] + answer.out[-500:]}
            desk.plan_path.write_text(_with_options(desk.plan_path.read_text(), self.options))
            began = time.monotonic()
            answer = desk.run(source, f"sqlite:///{target}")
            if answer.status:
                return {"failed": answer.err[-500:] + answer.out[-500:]}
            told = answer.json
            spent = told["guarantees"][0].get("epsilon")
            seconds = {"seconds": round(time.monotonic() - began, 1), "learn": round(told["timings"]["learn"], 1)}
            return (
                {"spent": spent}
                | self.scores(real, held(target, self.database.shape))
                | seconds
                | {"peak_mib": _peak()}
            )


def main() -> None:
    arguments = _arguments()
    rows = _earlier(arguments.result)
    with tempfile.TemporaryDirectory() as name:
        for database in arguments.database:
            bench = Bench(database, arguments.entities, Path(name), arguments.options)
            for seed in arguments.seeds:
                source, real = bench.made(seed), bench.made(1_000 + seed)
                label = {
                    "database": database,
                    "entities": arguments.entities,
                    "unit": bench.database.unit,
                    "seed": seed,
                }
                drawn = independent(source, np.random.default_rng(seed))
                _note(rows, label | {"what": "ceiling"}, bench.scores(real, source), arguments.result)
                _note(rows, label | {"what": "independent columns"}, bench.scores(real, drawn), arguments.result)
                for epsilon in arguments.epsilon:
                    what = {"what": "product", "epsilon": epsilon, "delta": DELTA, "options": arguments.options}
                    _note(rows, label | what, bench.run(epsilon, seed, real), arguments.result)


def _note(rows: list[dict[str, object]], label: dict[str, object], found: dict[str, object], result: Path) -> None:
    """Print a row of results, and write it in the place of the one with the same label."""
    rows[:] = [row for row in rows if any(row.get(key) != label[key] for key in label)] + [label | found]
    print(json.dumps(label | found), flush=True)
    command = shlex.join(["python", "-m", "tests.bench.synthesis.relational", *sys.argv[1:]])
    head = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "command": command}
    result.write_text(json.dumps(head | {"rows": rows}, indent=1) + "\n")


def _earlier(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(path.read_text())["rows"] if path.exists() else []
    return rows


def _with_options(plan: str, options: str) -> str:
    """The plan with options of the model, which must then be named."""
    if not options:
        return plan
    plan = re.sub(r"(?m)^(unit = .*)$", r'\1\nmodel = "chain"', re.sub(r"(?m)^model = .*\n", "", plan), count=1)
    return re.sub(r"(?m)^(?=\[tables)", f"[privacy.options]\n{options}\n\n", plan, count=1)


def _peak() -> int:
    """Of the largest process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", nargs="+", choices=sorted(DATABASES), default=["club"])
    parser.add_argument("--entities", type=int, default=club.MEMBERS)
    parser.add_argument("--epsilon", nargs="+", default=["inf", "8", "4", "1"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--options", default="", help="of the model, as TOML")
    parser.add_argument("--result", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
