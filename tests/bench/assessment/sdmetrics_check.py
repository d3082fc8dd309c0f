"""Are our figures those of SDMetrics on the same rows?

    python -m tests.bench.assessment.sdmetrics_check FOLDER --python PYTHON [--result FILE]

FOLDER holds `adult_census`, `bank_marketing` and `nycflights13`; PYTHON is an interpreter of an environment with SDMetrics 0.32 (which
needs a package of a licence that we do not ship). One half of a table is held against the other half, in which values were changed,
shuffled and removed: numbers, dates, times, booleans and categories, with NULLs, orphans and duplicate keys.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.encode import kind_of
from engine.assessment.view import FeatureKind
from engine.quality.cardinality import Cardinality
from engine.quality.column_shapes import ColumnShapes
from engine.quality.coverage import Coverage
from engine.quality.pair_trends import PairTrends
from engine.quality.validity import Validity
from tests.assessing import comparison_of, table_of
from tests.bench.report import write_result

PEER = Path(__file__).with_name("sdmetrics_peer.py")
RESULT = Path(__file__).parents[1] / "results" / "sdmetrics.json"
ALLOWED = 1e-6
ROWS = 20_000
"""Of each half."""
ADULT_NUMBERS = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")


@dataclass(frozen=True)
class Database:
    """Two sides of some tables."""

    name: str
    known: dict[str, pa.Table]
    target: dict[str, pa.Table]
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns whose values should be unique."""
    relations: tuple[tuple[str, ForeignKey], ...] = ()

    @property
    def comparison(self) -> Comparison:
        tables = tuple(
            table_of(name, rows, self.keys.get(name, ()), [key for child, key in self.relations if child == name])
            for name, rows in self.known.items()
        )
        return comparison_of(Schema("sqlite", "main", tables), self.known, self.target)

    def ids(self, table: str) -> set[str]:
        return {*self.keys.get(table, ()), *(c for child, key in self.relations if child == table for c in key.columns)}


def adult(folder: Path) -> Database:
    """Integers, some of them codes of categories; what was "no gain" is NULL."""
    rows = _csv(folder / "adult_census" / "adult_coded_private-pgm.csv.gz")
    columns = {
        name: rows.column(name) if name in ADULT_NUMBERS else pc.cast(rows.column(name), pa.string())
        for name in rows.column_names
    }
    gain = columns["capital-gain"]
    columns["capital-gain"] = pc.if_else(pc.equal(gain, 0), pa.scalar(None, gain.type), gain)
    return _halved("adult", {"adult": pa.table(columns)})


def bank(folder: Path) -> Database:
    """Booleans beside numbers and categories; "unknown" is NULL."""
    rows = _csv(folder / "bank_marketing" / "bank_marketing.csv.gz")
    columns: dict[str, Any] = {"id": pa.array(range(rows.num_rows))}
    for name in rows.column_names:
        values = rows.column(name)
        if pa.types.is_string(values.type):
            values = pc.if_else(pc.equal(values, "unknown"), pa.scalar(None, pa.string()), values)
            if set(values.unique().to_pylist()) <= {"yes", "no", None}:
                values = pc.equal(values, "yes")
        columns[name] = values
    made = _halved("bank_marketing", {"bank": pa.table(columns)}, {"bank": ("id",)})
    # A few stand twice in the target.
    twice = pa.concat_tables([made.target["bank"].slice(5), made.target["bank"].slice(5, 5)])
    return replace(made, target={"bank": twice})


def flights(folder: Path) -> Database:
    """Times and days, NULLs, orphans (an aircraft that nobody knows), and one column that is constant."""
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "flights.sqlite"
        with gzip.open(folder / "nycflights13" / "nycflights13.sqlite.gz") as packed, file.open("wb") as into:
            shutil.copyfileobj(packed, into)
        with sqlite3.connect(file) as connection:
            every = f"select * from flights where flight_id % 8 = 0 limit {2 * ROWS}"
            rows = {
                "flights": _table(connection, every).drop_columns(["flight_id", "flight"]),
                "planes": _table(connection, "select tailnum, year, engines, seats, engine from planes"),
            }
    moment = pc.strptime(rows["flights"].column("time_hour"), "%Y-%m-%dT%H:%M:%SZ", "us")
    rows["flights"] = rows["flights"].drop_columns(["time_hour"]).append_column("time_hour", moment)
    rows["flights"] = rows["flights"].append_column("on_day", moment.cast(pa.date32()))
    key = ForeignKey("of_plane", ("tailnum",), TableName("planes"), ("tailnum",))
    return _halved("nycflights13", rows, {"planes": ("tailnum",)}, (("flights", key),))


def _csv(file: Path) -> pa.Table:
    return csv.read_csv(file)


def _table(connection: sqlite3.Connection, query: str) -> pa.Table:
    cursor = connection.execute(query)
    columns = zip(*cursor, strict=True)
    return pa.table({name[0]: pa.array(list(values)) for name, values in zip(cursor.description, columns, strict=True)})


def _halved(
    name: str,
    tables: dict[str, pa.Table],
    keys: dict[str, tuple[str, ...]] | None = None,
    relations: tuple[tuple[str, ForeignKey], ...] = (),
) -> Database:
    rng = np.random.default_rng(7)
    known, target = {}, {}
    untouched = {column for each in (keys or {}).values() for column in each}
    for table, rows in tables.items():
        if any(str(key.parent) == table for _, key in relations):
            known[table], target[table] = rows, changed(rows, untouched, rng)
            continue
        order = rng.permutation(rows.num_rows)[: 2 * ROWS]
        halves = np.array_split(order, 2)
        known[table], target[table] = rows.take(halves[0]), changed(rows.take(halves[1]), untouched, rng)
    return Database(name, known, target, keys or {}, relations)


def changed(rows: pa.Table, untouched: set[str], rng: np.random.Generator) -> pa.Table:
    """As a poor generator would have it: noise on numbers and times, a third of the categories shuffled, more of each is missing."""
    return pa.table(
        {
            name: rows.column(name) if name in untouched else _changed(rows.column(name).combine_chunks(), rng)
            for name in rows.column_names
        }
    )


def _changed(values: pa.Array, rng: np.random.Generator) -> pa.Array:
    size, gone = len(values), rng.random(len(values)) < 0.04
    if kind_of(values.type) is FeatureKind.CATEGORY:
        places = np.where(rng.random(size) < 0.33, rng.integers(0, size, size), np.arange(size))
        return _without(values.take(pa.array(places)), gone)
    plain = (
        values.cast(pa.int32() if pa.types.is_date(values.type) else pa.int64()) if not _floating(values) else values
    )
    numbers = plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    moved = numbers + rng.normal(0, 0.2 * np.nanstd(numbers), size) * (rng.random(size) < 0.5)
    made = pa.array(np.where(np.isnan(moved), 0, moved).round(0 if not _floating(values) else 3))
    made = made if _floating(values) else made.cast(plain.type).cast(values.type)
    return _without(made, gone | np.isnan(numbers))


def _floating(values: pa.Array) -> bool:
    return bool(pa.types.is_floating(values.type))


def _without(values: pa.Array, gone: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(gone), pa.scalar(None, values.type), values)


def exchanged(database: Database) -> dict[str, Any]:
    """What the peer reads."""
    tables = {
        name: {
            "keys": list(database.keys.get(name, ())),
            "columns": {
                column: {
                    "kind": "id" if column in database.ids(name) else _sdtype(rows.column(column).type),
                    "known": _plain(rows.column(column)),
                    "target": _plain(database.target[name].column(column)),
                }
                for column in rows.column_names
            },
        }
        for name, rows in database.known.items()
    }
    relations = [
        {
            "child": child,
            "name": key.name,
            "parent": str(key.parent),
            "parent_column": key.parent_columns[0],
            "child_column": key.columns[0],
        }
        for child, key in database.relations
    ]
    return {"tables": tables, "relations": relations}


def _sdtype(type_: pa.DataType) -> str:
    if pa.types.is_boolean(type_):
        return "boolean"
    kinds = {FeatureKind.NUMBER: "numerical", FeatureKind.TIME: "datetime", FeatureKind.CATEGORY: "categorical"}
    return kinds[kind_of(type_)]


def _plain(values: pa.ChunkedArray) -> list[Any]:
    if kind_of(values.type) is FeatureKind.TIME:
        return [value.isoformat() if value is not None else None for value in values.to_pylist()]
    return list(values.to_pylist())


def ours(database: Database) -> dict[str, float | None]:
    """Our figures under the names that the peer gives its own."""
    told = database.comparison
    found: dict[str, float | None] = {}
    for metric in (ColumnShapes(), PairTrends(rows=10**9, shown=10**6), Coverage(), Validity(), Cardinality()):
        for scope in metric.scopes(told):
            for quality in metric.measure(told, scope, Context()):
                found[f"{quality.metric}|{quality.scope}|{quality.measure}"] = quality.value
    for child, key in database.relations:
        found[f"CardinalityShapeSimilarity|{child}|{key.name}"] = next(
            value for name, value in found.items() if name.startswith("CardinalityShapeSimilarity|")
        )
    return found


def theirs(database: Database, python: str) -> tuple[str, dict[str, float | None]]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(exchanged(database), file)
        file.flush()
        done = subprocess.run([python, str(PEER), file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    said = json.loads(done.stdout)
    return str(said["version"]), said["figures"]


def compared(database: Database, python: str) -> dict[str, Any]:
    version, peer = theirs(database, python)
    own = ours(database)
    gaps: dict[str, dict[str, Any]] = {}
    for name, value in peer.items():
        metric = gaps.setdefault(name.partition("|")[0], {"figures": 0, "greatest difference": 0.0, "differing": []})
        mine = own.get(name)
        metric["figures"] += 1
        if value is None or mine is None:
            if value is not mine:
                metric["differing"].append({"of": name, "ours": mine, "theirs": value})
            continue
        metric["greatest difference"] = max(metric["greatest difference"], abs(mine - value))
        if abs(mine - value) > ALLOWED:
            metric["differing"].append({"of": name, "ours": mine, "theirs": value})
    return {
        "sdmetrics": version,
        "rows": {name: rows.num_rows for name, rows in database.known.items()},
        "metrics": gaps,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    measured = {}
    for make in (adult, bank, flights):
        database = make(asked.folder)
        measured[database.name] = compared(database, asked.python)
        print(json.dumps({database.name: measured[database.name]}, indent=1), flush=True)
    command = "python -m tests.bench.assessment.sdmetrics_check FOLDER --python PYTHON"
    write_result(asked.result, command, {"allowed": ALLOWED, "databases": measured})


if __name__ == "__main__":
    main()
