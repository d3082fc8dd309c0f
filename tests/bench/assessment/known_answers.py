"""Targets of which the answer is known, through the whole line: two SQLite databases, compared, and every attack on every scope.

    python -m tests.bench.assessment.known_answers [--people N] [--seeds N] [--result FILE]

People own visits; a third are held out. The target is a copy of those learned from, their columns shuffled, fresh people of the same
population, or noise: each column drawn evenly between its ends, whatever the others are. What is told of each: how often an attack
alarms, and the mean of its figures. Of fresh people and noise every alarm is a false one.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from statistics import fmean

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors import open_database
from engine.assessment.compare import compare
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.spec import AssessSpec
from engine.jobs.control import Control
from engine.keys import MaskingKey
from engine.plan_toml import read_plan
from engine.risk import attack_class, registry
from tests.bench.report import write_result
from tests.engine.risk.copying import drawn

RESULT = Path(__file__).parents[1] / "results" / "known_answers.json"
KEY = MaskingKey("known", b"k" * 32)
SECONDS = 5.0
TARGETS = ("copied", "shuffled", "fresh", "noise")
SCHEMA = """
create table person (id integer primary key, age integer, job text, region text, income real, rent real, children integer,
    seen date, works integer);
create table visit (id integer primary key, person integer not null references person (id), cost real, ward text);
"""
PLAN = """
version = 1
name = "known"
key = "known"
accept = ["lock-missing", "source-writable"]
[privacy]
population = "people"
unit = "person"
epsilon = 8.0
delta = 1e-6
model = "chain"
holdout = 0.34
[privacy.bounds]
visit = 4
[tables.person]
treatment = "synthesize"
[tables.person.columns]
id = { new = "key" }
age = { learn = "paid" }
job = { learn = "paid" }
region = { learn = "paid" }
income = { learn = "paid" }
rent = { learn = "paid" }
children = { learn = "paid" }
seen = { learn = "paid" }
works = { learn = "paid" }
[tables.visit]
treatment = "synthesize"
[tables.visit.columns]
id = { new = "key" }
person = { new = "key" }
cost = { learn = "paid" }
ward = { learn = "paid" }
"""
Rows = Mapping[str, pa.Table]


def population(people: int, rng: np.random.Generator) -> Rows:
    """People, the older ones with more visits."""
    rows = drawn(people, rng)
    owner = np.repeat(np.arange(people), rng.poisson(rows.column("age").to_numpy() / 50).clip(0, 4))
    visits = {
        "person": owner,
        "cost": np.round(rng.gamma(2, 30, len(owner)), 2),
        "ward": pa.array([f"ward {v}" for v in rng.poisson(2, len(owner))]),
    }
    return {"person": rows.append_column("id", pa.array(np.arange(people))), "visit": pa.table(visits)}


def shuffled(rows: Rows, rng: np.random.Generator) -> Rows:
    """Every column in an order of its own; keys stay."""
    return {
        name: _each(table, lambda values: values.take(rng.permutation(len(values)))) for name, table in rows.items()
    }


def noise(rows: Rows, rng: np.random.Generator) -> Rows:
    """Every column even between its ends, and every category as frequent as any other."""

    def even(values: pa.ChunkedArray) -> pa.Array:
        if pa.types.is_string(values.type) or pa.types.is_boolean(values.type):
            labels = values.unique()
            return labels.take(pa.array(rng.integers(0, len(labels), len(values))))
        whole = values.cast(pa.int32()) if pa.types.is_date(values.type) else values
        low, high = pc.min_max(whole).values()
        even = rng.uniform(low.as_py(), high.as_py(), len(values))
        there = np.round(even, 2) if pa.types.is_floating(values.type) else np.rint(even).astype(np.int32)
        return pa.array(there).cast(values.type)

    return {name: _each(table, even) for name, table in rows.items()}


def _each(table: pa.Table, change: Callable[[pa.ChunkedArray], pa.Array | pa.ChunkedArray]) -> pa.Table:
    kept = {name: table.column(name) for name in table.column_names if name in ("id", "person")}
    return pa.table({name: change(table.column(name)) for name in table.column_names if name not in kept} | kept)


def write(path: Path, rows: Rows) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        for name, table in rows.items():
            texts = {at: values.cast(pa.string()) if pa.types.is_temporal(values.type) else values
                     for at, values in zip(table.column_names, table.columns, strict=True)}  # fmt: skip
            columns, marks = ", ".join(texts), ", ".join("?" * len(texts))
            lists = [values.to_pylist() for values in texts.values()]
            connection.executemany(f"insert into {name} ({columns}) values ({marks})", zip(*lists, strict=True))
    return f"sqlite:///{path}"


def made(which: str, folder: Path, people: int, seed: int) -> Comparison:
    """The comparison of a source with this kind of target."""
    rng = np.random.default_rng(seed)
    source = population(people, rng)
    url = write(folder / f"source {seed}.db", source)
    there = write(folder / f"{which} {seed}.db", population(people, rng) if which == "fresh" else source)
    if which != "fresh":
        # Of the source only those who are learned from may be in the making.
        known = _compared(url, there)
        ids = known.known.tables[known.entities[0].root].column("id")
        kept = {"person": _among(source["person"], "id", ids), "visit": _among(source["visit"], "person", ids)}
        changed = {"copied": lambda rows, _: rows, "shuffled": shuffled, "noise": noise}[which](kept, rng)
        Path(there.removeprefix("sqlite:///")).unlink()
        write(folder / f"{which} {seed}.db", changed)
    return _compared(url, there)


def _among(table: pa.Table, column: str, ids: pa.ChunkedArray) -> pa.Table:
    return table.filter(pc.is_in(table.column(column), value_set=ids.combine_chunks()))


def _compared(source: str, target: str) -> Comparison:
    with open_database(source) as ours, open_database(target) as theirs:
        return compare(
            read_plan(PLAN), ours, theirs, KEY, spec=AssessSpec(), control=Control(), progress=lambda _: None
        )


def attacked(comparison: Comparison, seed: int) -> Iterator[Risk]:
    for name in registry():
        attack = attack_class(name)()
        for scope in attack.scopes(comparison):
            yield from attack.measure(comparison, scope, Context(seed, SECONDS))


def told(risks: list[list[Risk]]) -> dict[str, object]:
    """By attack: in how many of the runs it alarmed, and what it found on the average."""
    by_attack: dict[str, list[list[Risk]]] = defaultdict(list)
    for run in risks:
        for name in {risk.attack for risk in run}:
            by_attack[name].append([risk for risk in run if risk.attack == name])
    return {name: _of_attack(runs) for name, runs in sorted(by_attack.items())}


def _of_attack(runs: list[list[Risk]]) -> dict[str, object]:
    every = [risk for run in runs for risk in run if risk.risk is not None and risk.state is not State.NOT_MEASURED]
    found = [risk for risk in every if not risk.measure.startswith(("source ", "target "))]
    alarms = [f"{risk.scope}: {risk.measure}" for risk in found if risk.alarm]
    return {
        "runs with an alarm": sum(any(risk.alarm for risk in run) for run in runs),
        "figures": len(found),
        "alarms": len(alarms),
        "of": sorted(set(alarms)),
        "mean risk": round(fmean(risk.risk.value for risk in found if risk.risk), 4) if found else None,
        "intervals above 0": sum(risk.risk.low > 0 for risk in found if risk.risk),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    result: dict[str, object] = {"people": asked.people}
    for which in asked.targets.split(","):
        # What is certain is certain of one.
        seeds = asked.seeds if which in ("fresh", "noise") else min(2, asked.seeds)
        with tempfile.TemporaryDirectory() as folder:
            runs = [list(attacked(made(which, Path(folder), asked.people, seed), seed)) for seed in range(seeds)]
        result[which] = {"seeds": seeds, "attacks": told(runs)}
        print(which, result[which], flush=True)
    write_result(asked.result, f"known_answers --people {asked.people} --seeds {asked.seeds}", result)


if __name__ == "__main__":
    main()
