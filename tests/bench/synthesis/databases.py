"""Synthesise real databases from plan to verified target by the command line, and have every row judged by plain SQL.

    python -m tests.bench.synthesis.databases FOLDER [NAME...] [--result FILE]

FOLDER holds databases as `tests.bench.databases` takes them. Training is kept to a few steps: what is asked here is whether every
schema runs and every key and constraint holds, not how alike the rows are.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
import shutil
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli import main
from tests.bench.databases import copies, creators, load
from tests.bench.report import write_result
from tests.synthetic_oracle import judge_rows

OPTIONS = {
    "chain": "steps = 6\nbatch = 16\nhidden = 8",
    "vae": "steps = 6\nbatch = 16\nhidden = 8\nencoder = 8\nlatent = 4",
    "gan": "steps = 6\nbatch = 16\nhidden = 8\nfeatures = 32\ncritic = 8\nmade = 32",
    "marginals": "",
}
ACCEPTED = """
public-table copy-personal lock-missing source-writable no-privacy privacy-weak owner-null
""".split()  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    database: str
    engine: str
    unit: str
    to: str | None = None
    epsilon: str = "inf"
    model: str = "chain"
    generate: str | None = None

    @property
    def label(self) -> str:
        way = f"{self.engine} -> {self.to}" if self.to else self.engine
        return f"{self.database} {way}, {self.unit}, {self.model}, epsilon {self.epsilon}"


CASES = (
    Case("northwind", "sqlite", "customers"),
    Case("oracle_co", "sqlite", "customers", epsilon="50", model="vae"),
    Case("sakila", "sqlite", "customer", model="vae"),
    Case("chinook", "sqlite", "Customer", epsilon="50"),
    Case("nycflights13", "sqlite", "planes", epsilon="50", model="marginals", generate="100 entities"),
    Case("synthea_csv", "sqlite", "patients"),
    Case("synthea_csv", "sqlite", "patients", epsilon="50", model="marginals"),
    Case("pagila", "postgresql", "customer"),
    Case("northwind", "postgresql", "customers", epsilon="50"),
    Case("sakila", "mariadb", "customer", to="postgresql", model="marginals", epsilon="50"),
    Case("chinook", "mariadb", "Customer", epsilon="50", model="gan"),
    Case("oracle_co", "postgresql", "customers"),
    Case("sakila", "postgresql", "customer", epsilon="50", model="marginals"),
    Case("pagila", "postgresql", "customer", to="sqlite", epsilon="50", model="vae"),
    Case("chinook", "postgresql", "customer", to="sqlite"),
    Case("sakila", "mariadb", "customer"),
    Case("oracle_co", "postgresql", "customers", to="sqlite", epsilon="50"),
)


def walk(case: Case, source: str, target: str, folder: Path) -> dict[str, Any]:
    """Plan, check, estimate, run and verify as a person would; what the tool said and what the judge found."""
    plan, passphrase = folder / "plan.toml", folder / "passphrase"
    passphrase.write_text("bench\n")
    passphrase.chmod(0o600)
    common = ["--workspace", str(folder / "workspace"), "--passphrase-file", str(passphrase), "--json"]
    steps = {
        "plan": ["plan", source, "-o", str(plan), "--synthesize", case.unit, "--epsilon", case.epsilon, "--accept"],
        "check": ["check", str(plan), "--source", source, "--target", target],
        "estimate": ["budget", "estimate", str(plan), "--source", source],
        "run": ["run", str(plan), "--source", source, "--target", target],
        "verify": ["verify", str(plan), "--source", source, "--target", target],
    }
    result: dict[str, Any] = {}
    for name, words in steps.items():
        started, out = time.monotonic(), io.StringIO()
        with contextlib.redirect_stdout(out):
            status = main([*words, *common])
        result[name] = {"status": status, "seconds": round(time.monotonic() - started, 1)}
        if status:
            result["failed"] = {"step": name, "stdout": out.getvalue()[-3000:]}
            return result
        if name == "plan":
            _signed(plan, case)
    judged = judge_rows(source, target, tomllib.loads(plan.read_text()))
    return result | {
        "tables": judged.tables, "rows": judged.rows, "conditions": judged.conditions, "faults": judged.faults,
    }  # fmt: skip


def _signed(plan: Path, case: Case) -> None:
    """What a person adds to the proposal: a short training, and the warnings that are accepted."""
    text = plan.read_text()
    accepted = f"accept = {json.dumps(ACCEPTED)}\n"
    text = re.sub(r"(?m)^key = .*\n", lambda found: found.group() + accepted, text, count=1)
    wanted = f'generate = "{case.generate}"\n' if case.generate else ""
    options = f'model = "{case.model}"\n\n[privacy.options]\n{OPTIONS[case.model]}\n'
    plan.write_text(re.sub(r"(?m)^delta = .*\n", lambda found: found.group() + wanted + options, text, count=1))


def bench() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="databases; all of them where none is named")
    parser.add_argument("--engine", action="append", help="only sources of this engine")
    parser.add_argument("--result", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the working folders, and print where they are")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    for case in CASES:
        if arguments.names and case.database not in arguments.names:
            continue
        if arguments.engine and case.engine not in arguments.engine:
            continue
        # Servers of its own for each: some dumps say how their database is called.
        with contextlib.ExitStack() as stack:
            creator = creators(stack)
            files = dict(copies(arguments.folder / case.database))[case.engine]
            work = Path(tempfile.mkdtemp(prefix=f"lookalike-{case.database}-"))
            source = load(case.engine, files, creator(case.engine, work), work)
            target = creator(case.to or case.engine, work)()
            results[case.label] = walk(case, source, target, work)
            print(case.label, json.dumps(results[case.label]), work if arguments.keep else "", flush=True)
            if not arguments.keep:
                shutil.rmtree(work, ignore_errors=True)
    if arguments.result:
        command = " ".join(["python -m tests.bench.synthesis.databases", *sys.argv[2:]])
        write_result(arguments.result, command, {"databases": results})


if __name__ == "__main__":
    bench()
