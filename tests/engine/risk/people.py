"""People with what they own, as an attack sees them, and what masking makes of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.assessment.view import Carries

COLUMNS = ("orders", "first", "last", "city", "income")
MASKED = dict.fromkeys(COLUMNS, Carries.ALTERED) | {"orders": Carries.SHAPE, "city": Carries.REPLACED}
KEPT = dict.fromkeys(COLUMNS, Carries.KEPT) | {"orders": Carries.SHAPE}
DAY = np.datetime64("2010-01-01")


def people(n: int, rng: np.random.Generator) -> pa.Table:
    return pa.table(
        {
            "orders": rng.poisson(4, n),
            "first": DAY + rng.integers(0, 2000, n).astype("timedelta64[D]"),
            "last": DAY + rng.integers(2000, 4000, n).astype("timedelta64[D]"),
            "city": rng.integers(0, 30, n).astype(str),
            "income": np.round(rng.lognormal(8, 1, n), 2),
        }
    )


def shuffled(rows: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Each column by itself."""
    return pa.table({name: rows[name].take(rng.permutation(rows.num_rows)) for name in rows.column_names})


def with_days(rows: pa.Table, **days: np.ndarray) -> pa.Table:
    """Each named column moved by its own number of days in each row."""
    for name, moved in days.items():
        moments = rows[name].to_numpy() + moved.astype("timedelta64[D]")
        rows = rows.set_column(rows.column_names.index(name), name, pa.array(moments))
    return rows
