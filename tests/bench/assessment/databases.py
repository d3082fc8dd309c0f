"""Assess finished targets of real databases by the command line, as a privacy officer would, and count what came of it.

    python -m tests.bench.assessment.databases FOLDER [NAME...] [--way masked subset copies synthetic] [--result FILE]

FOLDER holds databases as `tests.bench.databases` takes them, and single tables as CSV. What is asked here is whether every schema is
assessed, how long and in how much memory, and how much of it is measured; not whether the figures are right.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from connectors import open_database
from connectors.names import parse_table_name
from engine.demo import build
from tests.bench.databases import copies, creators, load
from tests.bench.report import write_result
from tests.bench.synthesis.databases import ACCEPTED
from tests.bench.synthesis.single_tables import to_sqlite
from tests.oracle import reader

SINGLE = {
    "adult_census_labelled": "adult.csv.gz",
    "bank_marketing": "bank_marketing.csv.gz",
    "pums_ca_1000": "PUMS_pid.csv",
}
"""Databases of one table, and the file that holds it."""
OPTIONS = 'model = "chain"\n\n[privacy.options]\nsteps = 20\nbatch = 32\nhidden = 16\n'
RESULT = Path(__file__).parents[1] / "results" / "assessment_databases.json"
WAYS = ("masked", "subset", "copies", "synthetic")
SUBSET_PERCENT = "30"
CLONES = 20
MISTAKE = "mistake of ours"


@dataclass(frozen=True, slots=True)
class Case:
    database: str
    engine: str
    way: str = "masked"
    """masked, subset, copies or synthetic."""
    root: str = ""
    """Where a subset or copy begins, or what is synthesised."""
    to: str | None = None
    epsilon: str = "inf"
    policy: str = "internal-test"

    @property
    def label(self) -> str:
        engines = f"{self.engine} -> {self.to}" if self.to else self.engine
        root = f" of {self.root}" if self.root else ""
        epsilon = f", epsilon {self.epsilon}" if self.way == "synthetic" else ""
        return f"{self.database} {engines}, {self.way}{root}{epsilon}, {self.policy}"


CASES = (
    Case("northwind", "sqlite", policy="hipaa-expert"),
    Case("northwind", "postgresql", "synthetic", "customers", epsilon="4"),
    Case("chinook", "sqlite", policy="ema"),
    Case("chinook", "sqlite", "subset", "Customer"),
    Case("chinook", "sqlite", "copies", "Customer"),
    Case("chinook", "mariadb", "synthetic", "Customer", policy="strict"),
    Case("sakila", "mariadb"),
    Case("sakila", "postgresql", "subset", "customer"),
    Case("sakila", "mariadb", "synthetic", "customer", to="postgresql", epsilon="4", policy="strict"),
    Case("pagila", "postgresql", policy="strict"),
    Case("pagila", "postgresql", "synthetic", "customer", to="sqlite", epsilon="4"),
    Case("synthea_csv", "sqlite", policy="hipaa-expert"),
    Case("synthea_csv", "sqlite", "synthetic", "patients", policy="ema"),
    Case("oracle_co", "postgresql"),
    Case("oracle_co", "sqlite", "synthetic", "customers", epsilon="4"),
    Case("oracle_hr", "sqlite", policy="ema"),
    Case("oracle_hr", "postgresql", policy="strict"),
    Case("adventureworkslt", "postgresql"),
    Case("nycflights13", "sqlite"),
    Case("adult_census_labelled", "csv", policy="ema"),
    Case("adult_census_labelled", "csv", "synthetic", "person", epsilon="4", policy="strict"),
    Case("pums_ca_1000", "csv"),
    Case("demo", "demo", policy="hipaa-expert"),
)


@dataclass(frozen=True)
class Officer:
    """One person at the command line, with a folder of their own."""

    folder: Path

    def lookalike(self, *words: str) -> dict[str, Any]:
        """Run one verb: its status, seconds, peak memory and answer."""
        options = ["--workspace", str(self.folder / "workspace"), "--passphrase-file", str(self.folder / "passphrase")]
        began, out = time.monotonic(), self.folder / "stdout"
        with out.open("w") as to, (self.folder / "stderr").open("w") as err:
            child = subprocess.Popen(
                [sys.executable, "-m", "engine.cli", *words, *options, "--json"], stdout=to, stderr=err
            )
            _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        text = out.read_text()
        return {
            "status": child.returncode,
            "seconds": round(time.monotonic() - began, 1),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
            "peak_mib": used.ru_maxrss // 1024,
            "answer": json.loads(text) if text.startswith("{") else {},
            "said": (text + (self.folder / "stderr").read_text())[-2000:],
        }

    @property
    def plan(self) -> Path:
        return self.folder / "plan.toml"


def walk(case: Case, source: str, target: str, folder: Path) -> dict[str, Any]:
    """Plan, change the plan as the case asks, run, assess; what came of it."""
    officer = Officer(folder)
    (folder / "passphrase").write_text("bench\n")
    (folder / "passphrase").chmod(0o600)
    for words in _steps(case, officer, source, target):
        done = officer.lookalike(*words)
        if done["status"]:
            return {"failed": {"step": " ".join(words[:2]), "status": done["status"], "said": done["said"]}}
        if words[0] == "plan":
            _changed(case, officer.plan, source)
    # With both addresses: of a run's own no password is kept.
    made = [done["answer"]["run"], "--source", source, "--target", target]
    done = officer.lookalike("assess", *made, "--report", str(folder / "report"), "--policy", case.policy)
    if not done["answer"].get("risks"):
        return {"failed": {"step": "assess", "status": done["status"], "said": done["said"]}}
    return {name: done[name] for name in ("status", "seconds", "cpu_seconds", "peak_mib")} | counted(done["answer"])


def _steps(case: Case, officer: Officer, source: str, target: str) -> list[list[str]]:
    synthesize = ["--synthesize", case.root, "--epsilon", case.epsilon] if case.way == "synthetic" else []
    steps = [["plan", source, "-o", str(officer.plan), "--accept", *synthesize]]
    if case.way == "subset":
        asked = ["--root", case.root, "--percent", SUBSET_PERCENT]
        steps.append(["subset", "propose", str(officer.plan), "--source", source, *asked])
    return [*steps, ["run", str(officer.plan), "--source", source, "--target", target]]


def _changed(case: Case, plan: Path, source: str) -> None:
    """What a person adds to the proposal."""
    text = plan.read_text()
    if case.way == "synthetic":
        accepted = f"accept = {json.dumps(ACCEPTED)}\n"
        text = re.sub(r"(?m)^key = .*\n", lambda found: found.group() + accepted, text, count=1)
        text = re.sub(r"(?m)^delta = .*\n", lambda found: found.group() + OPTIONS, text, count=1)
    if case.way == "copies":
        text += f'\n[clone]\ntable = "{case.root}"\nkeys = [[{_key(source, case.root)}]]\ncopies = {CLONES}\n'
    plan.write_text(text)


def _key(source: str, table: str) -> object:
    """The key of a row in the middle of the table."""
    name = parse_table_name(table)
    with open_database(source) as database:
        key = next(each.primary_key for each in database.describe().tables if each.name == name)
    assert key is not None
    values = sorted(reader(source).values(name, key[0]))
    return values[len(values) // 2]


def counted(answer: dict[str, Any]) -> dict[str, Any]:
    """How much was measured, how much not, what raised an alarm, what was a mistake."""
    risks, quality = answer["risks"], answer["quality"]
    return {
        "verdict": answer["verdict"],
        "risks": dict(Counter(each["state"] for each in risks)),
        "quality": dict(Counter(each["state"] for each in quality)),
        "alarms": dict(Counter(each.get("attack") or each["metric"] for each in [*risks, *quality] if each["alarm"])),
        "broken_rules": sorted(f"{each['scope']}: {each['measure']}" for each in quality if each["passed"] is False),
        "mistakes": sorted(each["because"] for each in [*risks, *quality] if MISTAKE in each["because"]),
    }


def _ready(case: Case, stack: contextlib.ExitStack, data: Path, work: Path) -> tuple[str, str]:
    """The source of the case, and a target for it."""
    creator = creators(stack)
    engine = "sqlite" if case.engine in ("csv", "demo") else case.engine
    target = creator(case.to or engine, work)()
    if case.engine == "demo":
        build(work / "source.sqlite")
        return f"sqlite:///{work}/source.sqlite", target
    if case.engine == "csv":
        return _from_csv(data / case.database / SINGLE[case.database], work), target
    files = dict(copies(data / case.database))[case.engine]
    return load(case.engine, files, creator(case.engine, work), work), target


def _from_csv(file: Path, work: Path) -> str:
    """The table in SQLite, as `person` with a key of its own."""
    path = work / "source.sqlite"
    with duckdb.connect() as connection:
        to_sqlite(connection.read_csv(str(file)).to_arrow_table(), path)
    return f"sqlite:///{path}"


def main() -> None:
    arguments = _arguments()
    found: dict[str, Any] = json.loads(arguments.result.read_text())["databases"] if arguments.result.exists() else {}
    for case in CASES:
        if (arguments.names and case.database not in arguments.names) or case.way not in arguments.way:
            continue
        # Servers of its own for each: some dumps say how their database is called.
        with contextlib.ExitStack() as stack:
            work = Path(tempfile.mkdtemp(prefix=f"lookalike-{case.database}-"))
            found[case.label] = walk(case, *_ready(case, stack, arguments.folder, work), work)
        print(case.label, json.dumps(found[case.label]), work if arguments.keep else "", flush=True)
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
        command = shlex.join(["python", "-m", "tests.bench.assessment.databases", "FOLDER", *sys.argv[2:]])
        write_result(arguments.result, command, {"databases": found})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="databases; all of them where none is named")
    parser.add_argument("--way", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--result", type=Path, default=RESULT)
    parser.add_argument("--keep", action="store_true", help="leave the working folders, and print where they are")
    return parser.parse_args()


if __name__ == "__main__":
    main()
