"""The key store in DuckDB (as it is) and in SQLite, ten million row ids each: select, meet again, read in order. One process each.

python -m tests.bench.key_store [--rows 10000000] [--rounds 20] [--result FILE]
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.rows import RowIds
from engine.keys import MaskingKey
from engine.subset.store import Arrival, RowStore
from engine.subset.tokens import Sealed, Tokens, token_octets
from tests.bench.report import write_result

BATCH = 50_000
TOKENS = Tokens(TableName("t"), RowIds((pa.int64(),), True), MaskingKey("bench", b"k" * 32))


class Store(Protocol):
    def select(self, arriving: Iterator[Sealed]) -> int:
        """Select what is not selected yet, each row with what it was reached from, and say how many that were."""

    def ordered(self) -> Iterator[int]:
        """Read all tokens in order, by parts: the rows of each."""


class InDuckDB:
    """As the product keeps them."""

    def __init__(self, folder: Path) -> None:
        self._store, self._rows = RowStore(folder), 0
        self._store.create(0, bodies=False)

    def select(self, arriving: Iterator[Sealed]) -> int:
        for part in arriving:
            self._store.stage(part, part.tokens, once=True)
        new = self._store.settle(Arrival(0, 1, owned=True)).new
        self._rows += new
        return new

    def ordered(self) -> Iterator[int]:
        self._store.order(0, bodies=False)
        for start in range(0, self._rows, BATCH):
            yield len(self._store.ordered(0, start, start + BATCH, bodies=False).tokens)


class InSQLite:
    """One table by token, without what makes a file survive a crash, given each round in the order of its tokens."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "keys.db", isolation_level=None)
        for setting in ("journal_mode = off", "synchronous = off", "cache_size = -262144", "temp_store = file"):
            self._db.execute(f"pragma {setting}")
        self._db.execute("create table selected(token blob primary key, reason int, origin blob) without rowid")

    def select(self, arriving: Iterator[Sealed]) -> int:
        before = self._db.total_changes
        tokens = np.concatenate([token_octets(part.tokens) for part in arriving])
        items = np.sort(np.ascontiguousarray(tokens).view("S16").reshape(-1)).view(np.uint8).reshape(-1, 16)
        self._db.execute("begin")
        rows = ((item, 1, item) for item in map(bytes, items))
        self._db.executemany("insert or ignore into selected values (?, ?, ?)", rows)
        self._db.execute("commit")
        return self._db.total_changes - before

    def ordered(self) -> Iterator[int]:
        read = self._db.execute("select token from selected order by token")
        while found := read.fetchmany(BATCH):
            yield len(found)


STORES = {"duckdb": InDuckDB, "sqlite": InSQLite}


def measure(name: str, rows: int, rounds: int) -> dict[str, object]:
    """What one store costs, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        store: Store = STORES[name](Path(folder))
        costs: dict[str, object] = {}
        size = rows // rounds
        with _timed(costs, "select"):
            assert sum(store.select(_ids(start, size)) for start in range(0, rows, size)) == rows
        with _timed(costs, "meet again"):
            assert sum(store.select(_ids(start, size)) for start in range(0, rows, size)) == 0
        with _timed(costs, "read in order"):
            assert sum(store.ordered()) == rows
        return costs | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


class _timed:
    """Note wall and processor seconds of a block."""

    def __init__(self, costs: dict[str, object], name: str) -> None:
        self._costs, self._name = costs, name

    def __enter__(self) -> None:
        self._begun = time.monotonic(), time.process_time()

    def __exit__(self, *exc: object) -> None:
        wall, cpu = self._begun
        seconds = {"wall": round(time.monotonic() - wall, 1), "cpu": round(time.process_time() - cpu, 1)}
        self._costs[self._name] = seconds


def _ids(start: int, rows: int) -> Iterator[Sealed]:
    for first in range(start, start + rows, BATCH):
        yield TOKENS.seal(pa.table({"id0": np.arange(first, min(first + BATCH, start + rows))}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", choices=STORES)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.rows, arguments.rounds)))
        return
    measured: dict[str, object] = {"rows": arguments.rows, "rounds": arguments.rounds}
    for name in STORES:
        sizes = ["--rows", str(arguments.rows), "--rounds", str(arguments.rounds)]
        command = [sys.executable, "-m", "tests.bench.key_store", "--only", name, *sizes]
        measured[name] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(json.dumps(measured, indent=1))
    if arguments.result:
        write_result(arguments.result, "python -m tests.bench.key_store " + " ".join(sizes), measured)


if __name__ == "__main__":
    main()
