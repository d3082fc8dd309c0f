"""Speed of generation beyond the model's own sampling, and that memory does not grow with the number of rows.

python -m tests.bench.synthesis.generation
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from tests.engine.synthesis.generate.made import Case, Uniform, case

WIDE = (
    "CREATE TABLE wide (id INTEGER PRIMARY KEY, email VARCHAR(60) UNIQUE, state TEXT CHECK (state IN ('a','b','c')), "
    + ", ".join(f"n{place} INTEGER CHECK (n{place} >= 0)" for place in range(4))
    + ", "
    + ", ".join(f"t{place} VARCHAR(20)" for place in range(4))
    + ", "
    + ", ".join(f"d{place} DECIMAL(8,2)" for place in range(4))
    + ");"
)
LEARNED = {
    "wide": {"state": ["a", "b", "c"]}
    | {f"n{place}": [0, 1, 2, 5, 90, None] for place in range(4)}
    | {f"t{place}": ["x", "yy", "zzz", None] for place in range(4)}
    | {f"d{place}": [0.5, 1.25, 99.99] for place in range(4)}
}
TREE = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, kind TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, total INTEGER);
CREATE TABLE line (
    purchase_id INTEGER NOT NULL REFERENCES purchase, number INTEGER NOT NULL, amount INTEGER,
    PRIMARY KEY (purchase_id, number)
);
"""


def wide(folder: Path) -> Case:
    return case(folder / "wide.db", WIDE, {"wide": None}, learned=LEARNED, masked={"wide": {"email": "email"}})


def tree(folder: Path) -> Case:
    owners = {"customer": None, "purchase": ("customer_id",), "line": ("purchase_id",)}
    learned = {"customer": {"kind": ["a", "b"]}, "purchase": {"total": [1, 2, 3]}, "line": {"amount": [1, 2, None]}}
    return case(folder / "tree.db", TREE, owners, learned=learned)


def measured(made: Case, entities: int) -> tuple[int, float, float]:
    """Rows, processor seconds of all, and those that the model's stand-in took: whatever else the machine does."""
    spent, sample = [0.0], Uniform.sample

    def timed(self, *asked):  # type: ignore[no-untyped-def]
        began = time.process_time()
        try:
            return sample(self, *asked)
        finally:
            spent[0] += time.process_time() - began

    Uniform.sample = timed  # type: ignore[method-assign]
    began, rows = time.process_time(), 0
    try:
        for block in made.blocks(entities):
            rows += sum(batch.num_rows for batch in block.values())
    finally:
        Uniform.sample = sample  # type: ignore[method-assign]
    return rows, time.process_time() - began, spent[0]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, made in (("15 columns", wide(Path(folder))), ("3 tables", tree(Path(folder)))):
            measured(made, 5_000)
            for entities in (50_000, 200_000):
                rows, seconds, sampling = measured(made, entities)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                speed = rows / (seconds - sampling)
                print(f"{name}: {rows:,} rows, {speed:,.0f} rows per processor second beyond sampling, peak {peak} MiB")


if __name__ == "__main__":
    main()
