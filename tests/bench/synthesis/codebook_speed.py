"""How fast codes become values and values codes, for each kind of domain: `python -m tests.bench.synthesis.codebook_speed [ROWS]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from engine.synthesis.domains.base import Domain
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.gaps import Gaps
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.moments import Moments
from engine.synthesis.domains.scale import numbers_of
from engine.synthesis.domains.timeline import Siblings
from engine.synthesis.forest import Codes

CELLS = tuple((100.0 * at, 100.0 * at + 99) for at in range(32))
DAYS = Bins(type="date32[day]", bins=CELLS, step=1.0, nullable=True)
DOMAINS: dict[str, Domain] = {
    "text": Categories(type="string", values=tuple(f"value {at}" for at in range(100)), other=True, nullable=True),
    "public key": Categories(type="int64", values=tuple(range(128)), rest=tuple(range(128, 50_000)), other=True),
    "boolean": Categories(type="bool", values=(False, True), nullable=True),
    "integer": Integers(type="int64", low=17, count=74),
    "bins and spikes": Bins(type="int64", bins=CELLS, spikes=(0.0, 40.0, 999.0), step=1.0, tilts=(0.3,) * 32),
    "decimal": Bins(type="decimal128(9, 2)", bins=CELLS, spikes=(99.0,), step=0.01, nullable=True),
    "decimal as text": Bins(type="string", bins=CELLS, step=0.01, nullable=True),
    "float": Bins(type="double", bins=CELLS),
    "date": DAYS,
    "timestamp": Moments(type="timestamp[us]", days=DAYS, nullable=True),
}


def main(rows: int) -> None:
    rng = np.random.default_rng(1)
    print(f"{rows:,} rows; million values a second\n{'':18}{'decode':>8}{'encode':>8}")
    for name, domain in DOMAINS.items():
        codes = np.stack([rng.integers(0, part.size, rows) for part in domain.parts], axis=1).astype(np.int32)
        values, decoding = _timed(lambda d=domain, c=codes: d.decode(c, np.random.default_rng(2)))  # type: ignore[misc]
        _, encoding = _timed(lambda d=domain, v=values: d.encode(v))  # type: ignore[misc]
        print(f"{name:18}{rows / decoding / 1e6:8.1f}{rows / encoding / 1e6:8.1f}")
    for name, decode, encode in _siblings(rows, rng):
        moments, decoding = _timed(decode)
        _, encoding = _timed(lambda e=encode, m=moments: e(m))  # type: ignore[misc]
        print(f"{name:18}{rows / decoding / 1e6:8.1f}{rows / encoding / 1e6:8.1f}")


def _siblings(
    rows: int, rng: np.random.Generator
) -> Iterator[tuple[str, Callable[[], pa.Array], Callable[[pa.Array], Codes]]]:
    for each in (5, 100):
        domain = Siblings(
            type="timestamp[us]", gap=Gaps(moments=True), start=DAYS.model_copy(update={"nullable": False})
        )
        parents = rows // each
        parent = np.repeat(np.arange(parents), each)
        first = np.arange(len(parent)) % each == 0
        sizes = [part.size for part in domain.parts]
        starts = np.where(first, rng.integers(0, domain.cells, len(parent)), domain.cells)
        gaps = np.where(first, domain.gap.absent, rng.integers(0, sizes[1] - 1, len(parent)))
        codes = np.stack([starts, gaps, rng.integers(0, sizes[2], len(parent))], axis=1).astype(np.int32)
        yield (
            f"{each} siblings",
            lambda d=domain, c=codes, p=parent, n=parents: d.values(d.decode(c, p, n, None, np.random.default_rng(2))),  # type: ignore[misc]
            lambda values, d=domain, p=parent: d.encode(numbers_of(values), p, None),  # type: ignore[misc]
        )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The better of two."""
    best = float("inf")
    for _ in range(2):
        begin = perf_counter()
        found = work()
        best = min(best, perf_counter() - begin)
    return found, best


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
