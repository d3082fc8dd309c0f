"""Take the foreign keys of every database of a folder away, infer them again, and judge what was found.

    python -m tests.bench.discovery.keys --data FOLDER [NAME...] [--fit] [--result FILE] [--show]

FOLDER is laid out as for `tests.bench.databases`. Right is what a copy declares and what `true_keys.csv` adds to it, with its reason.
Every database is judged by coefficients that were fitted on the others (pagila and sakila are one database here). `--fit` writes
those that were fitted on all of them into the product.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from connectors import open_database
from connectors.database import Snapshot
from connectors.names import TableName
from connectors.schema import Schema
from engine.profiling.keys import ranking
from engine.profiling.keys.candidate import TERMS, Candidate, vector
from engine.profiling.keys.infer import candidates, likely_keys
from engine.profiling.keys.lookups import Lookups
from engine.profiling.keys.material import Clock, Material, read_material
from engine.profiling.sampling import sample_table
from tests.bench.databases import copies, creators, load
from tests.bench.discovery.measures import wilson
from tests.bench.report import write_result

Key = tuple[TableName, TableName, frozenset[tuple[str, str]]]
"""Child, parent, pairs of columns."""
HERE = Path(__file__).parent
FAMILIES = {"pagila": "sakila"}
ROWS = 1000
RIDGE = 2.0
"""How strongly coefficients are held to those set by hand (a Gaussian prior's precision)."""


@dataclass(frozen=True)
class Case:
    """One copy of a database without its foreign keys."""

    name: str
    engine: str
    hidden: bool
    """Without primary and unique keys, too."""
    truth: frozenset[Key]
    material: Material = field(repr=False)
    snapshot: Snapshot = field(repr=False)
    found: Sequence[Candidate] = field(repr=False)
    seconds: float = 0.0

    @property
    def family(self) -> str:
        return FAMILIES.get(self.name, self.name)


def added(name: str, schema: Schema) -> set[Key]:
    """What `true_keys.csv` says of this database."""
    found = set()
    with (HERE / "true_keys.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            folded = {table.name.name.casefold(): table.name for table in schema.tables}
            child, parent = (folded.get(row[side].casefold()) for side in ("table", "parent"))
            if FAMILIES.get(row["database"], row["database"]) == FAMILIES.get(name, name) and child and parent:
                pairs = zip(row["columns"].split("+"), row["parent_columns"].split("+"), strict=True)
                found.add((child, parent, frozenset((a.casefold(), b.casefold()) for a, b in pairs)))
    return found


def key_of(table: TableName, columns: Sequence[str], parent: TableName, others: Sequence[str]) -> Key:
    pairs = zip(columns, others, strict=True)
    return table, parent, frozenset((a.casefold(), b.casefold()) for a, b in pairs)


def declared(schema: Schema) -> set[Key]:
    return {
        key_of(table.name, key.columns, key.parent, key.parent_columns)
        for table in schema.tables
        for key in table.foreign_keys
    }


def stripped(schema: Schema, *, hidden: bool) -> Schema:
    tables = (
        replace(
            table, foreign_keys=(), uniques=() if hidden else table.uniques,
            indexes=tuple(index for index in table.indexes if not index.unique) if hidden else table.indexes,
        )
        for table in schema.tables
    )  # fmt: skip
    return replace(schema, tables=tuple(tables))


def cases(data: Path, names: Sequence[str], stack: contextlib.ExitStack, *, servers: bool) -> Iterator[Case]:
    creator = creators(stack)
    for folder in sorted(each for each in data.iterdir() if each.is_dir() and (not names or each.name in names)):
        for engine, files in copies(folder):
            if engine != "sqlite" and not servers:
                continue
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            source = stack.enter_context(open_database(load(engine, files, creator(engine, work), work)))
            schema = source.describe()
            truth = declared(schema) | added(folder.name, schema)
            if truth:
                snapshot = stack.enter_context(source.snapshot())
                for hidden in (False, True):
                    yield looked(folder.name, engine, schema, snapshot, frozenset(truth), hidden=hidden)


def looked(name: str, engine: str, schema: Schema, snapshot: Snapshot, truth: frozenset[Key], *, hidden: bool) -> Case:
    bare, clock, started = stripped(schema, hidden=hidden), Clock(120.0), time.process_time()
    samples = {table.name: sample_table(snapshot, table, ROWS) for table in bare.tables}
    sampled = time.process_time()
    material = read_material(bare, snapshot, samples, clock)
    found = candidates(material, Lookups(snapshot, clock), ())
    print(f"{name} {engine}: {sampled - started:.1f} s of sampling, {time.process_time() - sampled:.1f} s, "
          f"{len(found)} candidates", file=sys.stderr)  # fmt: skip
    return Case(name, engine, hidden, truth, material, snapshot, found, time.process_time() - sampled)


def candidate_key(each: Candidate) -> Key:
    return key_of(each.table, each.columns, each.parent.name, each.parent.columns)


def fit(judged: Sequence[Case]) -> dict[str, float]:
    """Logistic regression with a Gaussian prior around the coefficients set by hand, none of which changes its sign."""
    rows = [(vector(each.features), candidate_key(each) in case.truth) for case in judged for each in case.found]
    terms, true = np.array([terms for terms, _ in rows]), np.array([said for _, said in rows], float)
    weight = np.concatenate([np.full(len(case.found), 1.0 / _copies(case, judged)) for case in judged])
    prior = np.array([PRIOR[term] for term in TERMS])
    low, high = np.where(prior > 0, 0.0, -np.inf), np.where(prior < 0, 0.0, np.inf)
    low[0], high[0] = -np.inf, np.inf
    at, step = prior.copy(), 1.0 / (0.25 * np.linalg.norm(terms * np.sqrt(weight)[:, None], 2) ** 2 + RIDGE)
    for _ in range(4000):
        likely = 1 / (1 + np.exp(-np.clip(terms @ at, -50, 50)))
        gradient = terms.T @ (weight * (likely - true)) + RIDGE * (at - prior)
        at = np.clip(at - step * gradient, low, high)
    return dict(zip(TERMS, (round(float(value), 3) for value in at), strict=True))


PRIOR: Mapping[str, float] = json.loads((HERE / "keys_prior.json").read_text())


def _copies(case: Case, judged: Sequence[Case]) -> int:
    return sum(other.family == case.family for other in judged)


def judge(case: Case, fitted: Mapping[str, float]) -> tuple[set[Key], set[Key]]:
    """Right ones and wrong ones."""
    kept = likely_keys(case.material, case.snapshot, case.found, Clock(120.0), fitted)
    said = {candidate_key(each.candidate) for each in kept}
    return said & case.truth, said - case.truth


def words(key: Key) -> str:
    child, parent, pairs = key
    ordered = sorted(pairs)
    return f"{child}({', '.join(a for a, _ in ordered)}) -> {parent}({', '.join(b for _, b in ordered)})"


def interval(hits: int, of: int) -> list[float]:
    return [round(value, 3) for value in wilson(hits, of)]


def figures(counts: Sequence[tuple[int, int, int]]) -> dict[str, object]:
    """Right, wrong, true -> recall and precision with intervals at 95 %."""
    right, wrong, true = (sum(each[place] for each in counts) for place in range(3))
    return {"keys": true, "right": right, "wrong": wrong, "recall": interval(right, true),
            "precision": interval(right, right + wrong)}  # fmt: skip


def table(judged: Sequence[Case], *, hidden: bool, show: bool) -> object:
    rows: dict[str, object] = {}
    counts: list[tuple[int, int, int]] = []
    one_each: dict[str, tuple[int, int, int]] = {}
    for case in (each for each in judged if each.hidden == hidden):
        fitted = fit([other for other in judged if other.family != case.family and not other.hidden])
        right, wrong = judge(case, fitted)
        counts.append((len(right), len(wrong), len(case.truth)))
        one_each.setdefault(case.family, counts[-1])
        rows[f"{case.name} {case.engine}"] = figures(counts[-1:]) | {"seconds": round(case.seconds, 2)}
        print(f"{case.name:18} {case.engine:11} {json.dumps(figures(counts[-1:]))}", flush=True)
        if show:
            print("\n".join(f"    wrong   {words(key)}" for key in sorted(wrong, key=words)))
            print("\n".join(f"    missing {words(key)}" for key in sorted(case.truth - right, key=words)))
    pooled = {"all copies": figures(counts), "one copy of each": figures(list(one_each.values()))}
    print(json.dumps(pooled, indent=1))
    return {"databases": rows} | pooled


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--data", type=Path, required=True, help="the folder")
    parser.add_argument("--no-servers", action="store_true", help="SQLite files alone")
    parser.add_argument(
        "--fit", action="store_true", help="write the coefficients fitted on all databases into the product"
    )
    parser.add_argument("--show", action="store_true", help="name every wrong and every missing key")
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        judged = list(cases(arguments.data, arguments.names, stack, servers=not arguments.no_servers))
        measured: dict[str, object] = {
            "with primary and unique keys": table(judged, hidden=False, show=arguments.show),
            "without any key": table(judged, hidden=True, show=arguments.show),
        }
        if arguments.fit:
            data = {"fitted": "by tests/bench/discovery/keys.py on its databases, with their primary keys", "terms":
                    fit([case for case in judged if not case.hidden])}  # fmt: skip
            Path(ranking.__file__).with_name("weights.json").write_text(json.dumps(data, indent=1) + "\n")
    if arguments.result:
        command = " ".join(["python -m tests.bench.discovery.keys", *sys.argv[1:]])
        write_result(arguments.result, command, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
