"""What an attempt costs: wall clock, and processor time of this process's children and of a server."""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg


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
