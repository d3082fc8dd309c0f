"""People made for attacks: numbers and categories that hang together by something that is in no column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def people(n: int, seed: int) -> pa.Table:
    """Six features of `n` people; another seed, other people of the same population."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=n)
    return pa.table(
        {
            "age": np.round(40 + 8 * rng.normal(size=n) + 5 * hidden),
            "income": np.round(rng.gamma(2, 900, n) + 800 * np.maximum(hidden, 0)),
            "weight": 70 + 12 * rng.normal(size=n),
            "city": [f"c{v}" for v in rng.integers(0, 12, n)],
            "job": [f"j{v}" for v in rng.poisson(2 + (hidden > 0), n)],
            "level": [f"l{v}" for v in (hidden > 0).astype(int) + rng.integers(0, 2, n)],
        }
    )


def shuffled(rows: pa.Table, seed: int = 0) -> pa.Table:
    """Every column in an order of its own."""
    rng = np.random.default_rng(seed)
    columns = {name: rows.column(name).take(pa.array(rng.permutation(rows.num_rows))) for name in rows.column_names}
    return pa.table(columns)


def half_copied(rows: pa.Table, fresh: pa.Table) -> pa.Table:
    """The first half of one and of the other: a generator that hands out every second person as they are."""
    half = rows.num_rows // 2
    return pa.concat_tables([rows.slice(0, half), fresh.slice(0, half)])
