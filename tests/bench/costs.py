"""What an attempt costs: wall clock, and processor time of this process's children and of a server."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.bench.report import write_result


@dataclass(frozen=True)
class Cost:
    """What one attempt cost: seconds of wall clock, and of processor in the clients and in the server."""

    wall: float
    client_cpu: float
    server_cpu: float

    @property
    def cpu(self) -> float:
        return self.client_cpu + self.server_cpu


class Meter:
    """Processor time of this process's children, and of what `server` gives (seconds so far)."""

    def __init__(self, server: Callable[[], float] = lambda: 0.0) -> None:
        self._server = server

    @contextlib.contextmanager
    def measure(self, costs: list[Cost]) -> Iterator[None]:
        started, client, server = time.monotonic(), _children(), self._server()
        yield
        wall = time.monotonic() - started
        time.sleep(0.3)  # a backend that has just been left is counted once its parent has reaped it
        costs.append(Cost(round(wall, 2), round(_children() - client, 2), round(self._server() - server, 2)))


def postgresql_cpu(url: str) -> Callable[[], float]:
    """Of the postmaster, its living children, and those it has outlived."""
    with psycopg.connect(url) as connection:
        folder = connection.execute("show data_directory").fetchone()[0]  # type: ignore[index]
    postmaster = int((Path(folder) / "postmaster.pid").read_text().split()[0])

    def seconds() -> float:
        ticks = sum(_ticks(postmaster)[:4])
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (found := _ticks(int(entry.name))) and found[4] == postmaster:
                ticks += sum(found[:2])
        return ticks / os.sysconf("SC_CLK_TCK")

    return seconds


def process_cpu(pid: int) -> Callable[[], float]:
    """Of one process with all its threads."""
    return lambda: sum(_ticks(pid)[:2]) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> tuple[int, ...]:
    """utime, stime, cutime, cstime and the parent's number; empty for a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ()
    return (*map(int, fields[11:15]), int(fields[1]))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median(costs: list[Cost]) -> dict[str, float]:
    return {
        name: round(statistics.median(getattr(cost, name) for cost in costs), 2)
        for name in ("wall", "client_cpu", "server_cpu", "cpu")
    }


def sized(text: str | None) -> argparse.Namespace:
    """The options of a bench that clones people and their purchases."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500_000)
    parser.add_argument("--children", type=int, default=1_250_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--result", type=Path)
    return parser.parse_args()


def told(
    bench: str, base: str, arguments: argparse.Namespace, costs: dict[str, list[Cost]], phases: list[object]
) -> None:
    """Print what a bench has measured of `base` and of Lookalike, as medians and ratios, and write it where a result is asked for."""
    medians = {name: median(found) for name, found in costs.items()}
    ratios = {
        f"{what} / {base} {what}": round(medians["lookalike"][what] / medians[base][what], 2)
        for what in ("cpu", "wall")
    }
    measured: dict[str, object] = {
        "people": arguments.people, "children": arguments.children, "rounds": arguments.rounds, "medians": medians,
        "phases": phases, **ratios,
    }  # fmt: skip
    print(json.dumps(measured, indent=1))
    if arguments.result:
        write_result(arguments.result, f"python -m tests.bench.{bench} " + " ".join(sys.argv[1:]), measured)
