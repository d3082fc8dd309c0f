"""Many random cases by a command of their own: each by its number, the failing ones printed, the counts in a result file."""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import servers
from tests.bench.report import write_result
from tests.fuzz.judging import Outcome
from tests.walk.line import Desk, HereDesk

DIALECTS = ("sqlite", "postgresql", "mariadb")


@dataclass(frozen=True, slots=True)
class Case:
    """One random case."""

    tables: int
    rows: int
    """At most."""
    outcome: Callable[[str, str, Desk], Outcome]
    """What becomes of it, given a source, a target and a workspace."""


Drawn = Callable[[str, int], Case]
"""The case of a dialect and a number."""


def main(module: str, about: str, drawn: Drawn, counts: tuple[int, int, int]) -> int:
    """The command `python -m module`. Gives 1 where any case failed."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for dialect, count in zip(DIALECTS, counts, strict=True):
        parser.add_argument(f"--{dialect}", type=int, default=count)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the first case")
    parser.add_argument("--only", type=int, help="one case, by its number")
    parser.add_argument("--dialect", choices=DIALECTS)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    results: dict[str, object] = {"first seed": arguments.seed}
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        for dialect in DIALECTS:
            count = getattr(arguments, dialect)
            if not count or arguments.dialect not in (None, dialect):
                continue
            numbers = [arguments.only] if arguments.only is not None else [arguments.seed + n for n in range(count)]
            results[dialect] = _all(dialect, numbers, drawn, _creator(dialect, stack))
    results["seconds"] = round(time.monotonic() - started)
    print(json.dumps(results, indent=1))
    if arguments.result:
        write_result(arguments.result, f"python -m {module} " + " ".join(sys.argv[1:]), results)
    return int(any(isinstance(found, dict) and found["failures"] for found in results.values()))


def _all(dialect: str, numbers: list[int], drawn: Drawn, create: Callable[[Path], str]) -> dict[str, object]:
    outcomes: dict[int, Outcome] = {}
    rows = tables = 0
    for number in numbers:
        case = drawn(dialect, number)
        tables, rows = tables + case.tables, rows + case.rows
        with tempfile.TemporaryDirectory() as folder:
            desk = HereDesk(Path(folder) / "desk")
            outcomes[number] = case.outcome(create(Path(folder)), create(Path(folder)), desk)
        for fault in outcomes[number].faults:
            print(f"{dialect} {number}: {fault}", flush=True)
        if outcomes[number].refused:
            print(f"{dialect} {number}: refused {outcomes[number].refused}", flush=True)
    refused = Counter(code for outcome in outcomes.values() for code in outcome.refused)
    return {
        "databases": len(outcomes), "tables": tables, "rows at most": rows,
        "failures": {number: outcome.faults for number, outcome in outcomes.items() if outcome.faults},
        "refused by check": sum(bool(outcome.refused) for outcome in outcomes.values()), "refused codes": dict(refused),
    }  # fmt: skip


def _creator(dialect: str, stack: contextlib.ExitStack) -> Callable[[Path], str]:
    if dialect == "sqlite":
        numbers = iter(range(10**9))
        return lambda folder: f"sqlite:///{folder}/{next(numbers)}.db"
    start = {"postgresql": servers.postgresql, "mariadb": servers.mariadb}[dialect]
    make = {"postgresql": servers.postgresql_databases, "mariadb": servers.mariadb_databases}[dialect]
    create = make(stack.enter_context(start()))
    return lambda _folder: create()
