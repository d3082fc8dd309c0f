"""Clone random databases, many of them, and write down what became of each.

    python -m tests.fuzz [--sqlite 300] [--postgresql 100] [--mariadb 50] [--seed N] [--result FILE]

A failing one is printed by its seed; `--only N --dialect D` runs it again.
"""

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
from pathlib import Path

from tests import servers
from tests.bench.report import write_result
from tests.fuzz.drawing import drawn
from tests.fuzz.judging import Outcome, clone
from tests.walk.line import HereDesk

DIALECTS = ("sqlite", "postgresql", "mariadb")


def fuzz(dialect: str, numbers: list[int], create: Callable[[Path], str]) -> dict[str, object]:
    outcomes: dict[int, Outcome] = {}
    rows = tables = 0
    for number in numbers:
        shape = drawn(dialect, number)
        tables += len(shape.tables)
        rows += shape.rows * len(shape.tables)
        with tempfile.TemporaryDirectory() as folder:
            outcomes[number] = clone(shape, create(Path(folder)), create(Path(folder)), HereDesk(Path(folder) / "desk"))
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for dialect, count in zip(DIALECTS, (300, 100, 50), strict=True):
        parser.add_argument(f"--{dialect}", type=int, default=count)
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the first database"
    )
    parser.add_argument("--only", type=int, help="one database, by its number")
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
            results[dialect] = fuzz(dialect, numbers, _creator(dialect, stack))
    results["seconds"] = round(time.monotonic() - started)
    print(json.dumps(results, indent=1))
    if arguments.result:
        write_result(arguments.result, "python -m tests.fuzz " + " ".join(sys.argv[1:]), results)
    return int(any(isinstance(found, dict) and found["failures"] for found in results.values()))


def _creator(dialect: str, stack: contextlib.ExitStack) -> Callable[[Path], str]:
    if dialect == "sqlite":
        numbers = iter(range(10**9))
        return lambda folder: f"sqlite:///{folder}/{next(numbers)}.db"
    start = {"postgresql": servers.postgresql, "mariadb": servers.mariadb}[dialect]
    make = {"postgresql": servers.postgresql_databases, "mariadb": servers.mariadb_databases}[dialect]
    create = make(stack.enter_context(start()))
    return lambda _folder: create()


if __name__ == "__main__":
    sys.exit(main())
