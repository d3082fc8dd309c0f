"""Generators whose faults are known: they copy some of the rows that they learn from, and make up the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.assessment.view import View
from tests.assessing import view_of

COMMON = ("north", "south", "east", "west")


def drawn(n: int, rng: np.random.Generator) -> pa.Table:
    """People of one population: a generator that has learned it perfectly and nobody in it."""
    age = rng.integers(18, 90, n)
    job = rng.poisson(3 + (age > 50), n)
    income = np.round(rng.lognormal(9 + 0.1 * job, 0.5, n), 2)
    return pa.table(
        {
            "age": age,
            "job": pa.array([f"job {v}" for v in job]),
            "region": pa.array([COMMON[v] for v in rng.integers(0, 4, n)]),
            "income": income,
            "rent": np.round(income * rng.uniform(0.1, 0.5, n), 2),
            "children": pa.array(rng.poisson(1.2, n), mask=rng.random(n) < 0.05),
            "seen": np.datetime64("2020-01-01") + rng.integers(0, 2000, n).astype("timedelta64[D]"),
            "works": rng.random(n) < 0.6,
        }
    )


def copying(share: float, seed: int = 0, n: int = 1200, held_out: int | None = None) -> View:
    """A view of a target of which this share are rows of the source."""
    rng = np.random.default_rng(seed)
    known, control, made = drawn(n, rng), drawn(held_out or n, rng), drawn(n, rng)
    copied = round(share * n)
    target = pa.concat_tables([known.take(rng.permutation(n)[:copied]), made.slice(copied)])
    return view_of(known, target.take(rng.permutation(n)), control)


def changed(view_of_rows: pa.Table, by: float, rng: np.random.Generator) -> pa.Table:
    """The same people with their amounts a little changed."""
    for name in ("income", "rent"):
        amounts = view_of_rows.column(name).to_numpy() * rng.uniform(1 - by, 1 + by, view_of_rows.num_rows)
        view_of_rows = view_of_rows.set_column(view_of_rows.schema.get_field_index(name), name, pa.array(amounts))
    return view_of_rows
