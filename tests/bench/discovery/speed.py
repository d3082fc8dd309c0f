"""How long `discover` takes on a large PostgreSQL database, and how much memory: 300 tables, 5,000 columns, 40 of them prose.

    python -m tests.bench.discovery.speed [--tables N] [--result FILE]

The engine's function runs in a process of its own, as the command does. Seconds of processor are those of that process and of all that
it starts; the server's are told apart. Memory is the largest sum of resident pages of these processes, shared ones counted in each.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import psycopg

from connectors import open_database
from engine.jobs.control import Progress
from engine.profiling.discover import discover
from engine.profiling.finding import Options
from tests import servers
from tests.bench.costs import Cost, Meter, postgresql_cpu
from tests.bench.discovery.large import COLUMNS, PROSE, TABLES, build
from tests.bench.report import write_result

WALL, MEMORY = 240.0, 1500
"""Most seconds, and most MB, of two cores."""
_PAUSE = 0.1


def run(url: str) -> dict[str, object]:
    """Discover, and what was found in numbers."""
    steps: dict[str, float] = {}
    started = time.monotonic()

    def step(progress: Progress) -> None:
        steps.setdefault(progress.phase, round(time.monotonic() - started, 2))

    with open_database(url) as source:
        found = discover(source, options=Options(), progress=step)
    return {
        "columns": len(found.columns),
        "personal": sum(1 for _ in found.personal()),
        "not_examined": dict(Counter(each.code for each in found.not_examined)),
        "keys": len(found.keys),
        "quasi_sets": len(found.quasi),
        "steps_begin_at": steps,
        "seconds": round(found.seconds, 1),
    }


def measured(url: str) -> tuple[dict[str, object], Cost, int]:
    """What a process of its own says, what it costs, and its largest size in MB."""
    costs: list[Cost] = []
    with Meter(postgresql_cpu(url)).measure(costs):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.discovery.speed", "--discover", url], stdout=subprocess.PIPE
        )
        most = 0
        while process.poll() is None:
            most = max(most, resident(process.pid))
            time.sleep(_PAUSE)
        said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(process.returncode)
    return json.loads(said.splitlines()[-1]), costs[0], most >> 20


def resident(pid: int) -> int:
    """Bytes of a process and of all that it has started."""
    size = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                size += each.memory_info().rss
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--discover", help=argparse.SUPPRESS)
    parser.add_argument("--keep", help="a database to build in, or to use where it is built, instead of an own server")
    parser.add_argument("--tables", type=int, default=TABLES)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    if arguments.discover:
        print(json.dumps(run(arguments.discover)))
        return
    with contextlib.ExitStack() as stack:
        url = arguments.keep or servers.postgresql_databases(stack.enter_context(servers.postgresql()))()
        with psycopg.connect(url) as connection:
            built = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if built == (0,):
            share = arguments.tables / TABLES
            build(url, tables=arguments.tables, columns=int(COLUMNS * share), texts=max(1, int(PROSE * share)))
        found, cost, size = measured(url)
    told = {
        "wall_seconds": cost.wall,
        "cpu_seconds": cost.client_cpu,
        "server_cpu_seconds": cost.server_cpu,
        "megabytes": size,
    }
    goals = {"wall_seconds": WALL, "megabytes": MEMORY}
    print(json.dumps(told | found, indent=1))
    if arguments.result:
        write_result(arguments.result, "python -m tests.bench.discovery.speed", {"goals": goals} | told | found)


if __name__ == "__main__":
    main()
