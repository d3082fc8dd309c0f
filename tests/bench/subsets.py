"""Cut subsets of every database of a folder by the command line, and have each judged by plain SQL.

    python -m tests.bench.subsets --data FOLDER [NAME...] [--engine ENGINE] [--result FILE]

FOLDER is laid out as for `tests.bench.databases`. Of each copy: a 1 % and a 10 % sample of one table and a single row of it, with
all that comes with them; foreign keys that the copy does not declare are declared in the plan.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from connectors.names import TableName, parse_table_name
from tests.bench.databases import copies, creators, load
from tests.bench.report import write_result
from tests.oracle import NO_OVERLAP, Key, Reader, reader
from tests.walk.line import HereDesk

ROOTS = {
    "adventureworkslt": "Customer",
    "chinook": "Customer",
    "northwind": "customers",
    "nycflights13": "planes",
    "oracle_co": "customers",
    "oracle_hr": "employees",
    "pagila": "customer",
    "sakila": "customer",
    "synthea_csv": "patients",
}
"""The table that a person would begin from; databases of one table alone are not here."""
UNDECLARED = {
    "sakila": [("film_text", "film_id", "film", "film_id")],
    "synthea_csv": [
        ("claims_transactions", "APPOINTMENTID", "encounters", "Id"),
        ("claims_transactions", "SUPERVISINGPROVIDERID", "providers", "Id"),
    ],
}
"""Child, column, parent, column: what the names of columns say and no copy declares."""
SAMPLES = {"1 %": 1.0, "10 %": 10.0, "one root": None}


class Refused(Exception):
    """A verb ended with another status than 0."""


class Cutting:
    """One person with the command line at one database, in this process: most of a short verb is the start of one."""

    def __init__(self, folder: Path, source: str) -> None:
        self.desk, self.source, self.plan = HereDesk(folder / "desk"), source, folder / "desk" / "plan.toml"
        self.seconds: dict[str, float] = {}

    def lookalike(self, *words: str) -> dict[str, Any]:
        """The answer of one verb; its time is kept. Raises Refused."""
        started = time.monotonic()
        answer = self.desk.lookalike(*words)
        self.seconds[" ".join(words[:2]) if words[0] == "subset" else words[0]] = round(time.monotonic() - started, 1)
        if answer.status:
            raise Refused(f"{' '.join(words[:2])}: {answer.status}: {answer.out[-2000:]} {answer.err[-2000:]}")
        return answer.json

    def begin(self, declared: str) -> None:
        self.lookalike("plan", self.source, "-o", str(self.plan), "--accept")
        if declared:
            text = self.plan.read_text("utf-8")
            self.plan.write_text(text.replace("\n[tables", declared + "\n[tables", 1), "utf-8")

    def cut(self, target: str, *asked: str) -> dict[str, Any]:
        """Ask for a subset, look at it, make it, verify it; the answer of `subset plan`."""
        both = [str(self.plan), "--source", self.source, "--target", target]
        self.lookalike("subset", "propose", *both[:3], *asked)
        planned = self.lookalike("subset", "plan", *both[:3])
        for verb in ("check", "run", "verify"):
            self.lookalike(verb, *both)
        exact: dict[str, Any] = planned["exact"]
        return exact


def faults(source: Reader, target: Reader, plan: dict[str, Any], exact: dict[str, Any], wanted: int) -> Iterator[str]:
    """Where the target is not the subset that was asked for and foretold."""
    foretold = {parse_table_name(each["table"]): each for each in exact["tables"]}
    root = parse_table_name(plan["subset"]["roots"][0]["table"])
    if foretold[root]["direct"] != wanted or target.count(root) < wanted:
        yield f"{root}: {wanted} roots asked for, {foretold[root]['direct']} foretold, {target.count(root)} in the target"
    for name in target.tables():
        rows = foretold[name]["rows"] if name in foretold else 0
        if target.count(name) != rows:
            yield f"{name}: {rows} rows foretold, {target.count(name)} in the target"
        yield from _keys(source, target, name, plan, foretold)
        yield from _values(source, target, name, plan["tables"][str(name)])


def _keys(
    source: Reader, target: Reader, name: TableName, plan: dict[str, Any], foretold: dict[TableName, Any]
) -> Iterator[str]:
    if len(source.keys(name)) != len(target.keys(name)):
        yield f"{name}: {len(source.keys(name))} foreign keys in the source, {len(target.keys(name))} in the target"
    keys = [*target.keys(name), *_said(plan, name)]
    dangling = sum(target.orphans(name, key) for key in keys)
    expected = sum(foretold[name]["orphans"].values()) if name in foretold else 0
    if dangling != expected:
        yield f"{name}: {dangling} orphans in the target, {expected} foretold"
    for key in keys:
        if target.orphans(name, key) > source.orphans(name, key):
            yield f"{name}.{key[1]}: orphans added"


def _said(plan: dict[str, Any], name: TableName) -> list[Key]:
    """The keys that the plan declares for this table."""
    return [
        ("said", tuple(key["columns"]), parse_table_name(key["parent"]), tuple(key["parent_columns"]))
        for key in plan.get("foreign_keys", [])
        if parse_table_name(key["table"]) == name
    ]


def _values(source: Reader, target: Reader, name: TableName, plan: dict[str, Any]) -> Iterator[str]:
    """Kept columns hold values of the source, no more of each than it has; masked ones that must share none share none."""
    for column, rule in plan.get("columns", {}).items():
        if "keep" in rule and target.values(name, column) - source.values(name, column):
            yield f"{name}.{column}: kept, and it holds values that the source has not"
        elif rule.get("mask") in NO_OVERLAP:
            common = (source.values(name, column).keys() & target.values(name, column).keys()) - {None}
            if any(len(value) >= (7 if rule["mask"] == "phone" else 1) for value in common):
                yield f"{name}.{column}: source values in the target"


def _root(at: Reader, wanted: str) -> TableName:
    return next(name for name in at.tables() if name.name.replace("_", "").lower() == wanted.lower())


def _one_key(at: Reader, table: TableName, plan: dict[str, Any]) -> str:
    """The key of a row of the table: the middle one of its first column, which is the key of every table in ROOTS."""
    column = next(iter(plan["tables"][str(table)]["columns"]))
    values = sorted(at.values(table, column))
    found = values[len(values) // 2]
    return found.decode() if isinstance(found, bytes) else str(found)


def _declared(at: Reader, name: str) -> str:
    """What the plan says of keys that nobody declares."""
    there = {table.name for table in at.tables()}
    return "".join(
        f'\n[[foreign_keys]]\ntable = "{child}"\ncolumns = ["{column}"]\nparent = "{parent}"\nparent_columns = ["{other}"]\n'
        for child, column, parent, other in UNDECLARED.get(name, [])
        if child in there
    )


def subsets(name: str, source: str, create: Callable[[], str], folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Cut each sample of one database; what became of it."""
    person, at = Cutting(folder, source), reader(source)
    person.begin(_declared(at, name))
    root = _root(at, ROOTS[name])
    for sample, percent in SAMPLES.items():
        key = _one_key(at, root, tomllib.loads(person.plan.read_text("utf-8")))
        wanted = 1 if percent is None else math.ceil(percent / 100 * at.count(root))
        asked = ["--key", key] if percent is None else ["--percent", str(percent)]
        target = create()
        person.seconds = {}
        try:
            exact = person.cut(target, "--root", str(root), *asked)
            plan = tomllib.loads(person.plan.read_text("utf-8"))
            found = list(faults(at, reader(target), plan, exact, wanted))
            outcome = {"roots": wanted, "rows": exact["rows"], "of": sum(map(at.count, at.tables())), "faults": found}
        except Refused as refused:
            outcome = {"faults": [str(refused)]}
        yield sample, outcome | {"seconds": person.seconds}
        if target.startswith("sqlite"):
            Path(target.removeprefix("sqlite:///")).unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, required=True, help="the folder")
    parser.add_argument("--engine", help="only copies for this engine")
    parser.add_argument("--result", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the working folders, and print where they are")
    arguments = parser.parse_args()
    results: dict[str, dict[str, object]] = {}
    with contextlib.ExitStack() as stack:
        creator = creators(stack)
        for name in sorted(arguments.names or ROOTS, key=list(ROOTS).index):
            for engine, files in copies(arguments.data / name):
                if arguments.engine in (None, engine):
                    work = Path(tempfile.mkdtemp(prefix=f"lookalike-{name}-"))
                    create = creator(engine, work)
                    for sample, outcome in subsets(name, load(engine, files, create, work), create, work):
                        results[f"{name} {engine} {sample}"] = outcome
                        print(name, engine, sample, json.dumps(outcome), work if arguments.keep else "", flush=True)
                    if not arguments.keep:
                        shutil.rmtree(work, ignore_errors=True)
    if arguments.result:
        command = " ".join(["python -m tests.bench.subsets", *sys.argv[1:]])
        write_result(arguments.result, command, {"subsets": results})
    return int(any(outcome["faults"] for outcome in results.values()))


if __name__ == "__main__":
    sys.exit(main())
