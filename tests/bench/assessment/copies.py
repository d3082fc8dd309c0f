"""Which attack sees how many copies: a target of which a known share are rows of the source, and one where they are a little changed.

    python -m tests.bench.assessment.copies [--data FOLDER] [--rows N] [--seeds N] [--result FILE]

Own made-up people, and with `--data` Adult (`adult_census_labelled/adult.csv.gz`). What is not copied is nobody's: fresh people of the
same population, of Adult rows that neither side holds, each column drawn from another of them by a chance of a tenth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from engine.assessment.context import Context
from engine.assessment.result import Interval, Risk
from engine.assessment.view import View
from engine.risk import attack_class
from tests.assessing import view_of
from tests.bench.report import write_result
from tests.engine.risk.copying import changed, drawn

RESULT = Path(__file__).parents[1] / "results" / "copies.json"
ADULT = "adult_census_labelled/adult.csv.gz"
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)
CHANGED = (0.05, 0.5)
"""Of the made-up people, copied with amounts changed by up to a hundredth."""
BY = 0.01
MIXED = 0.1
ATTACKS = (
    "membership_classifier", "membership_density", "membership_distance", "membership_queries", "distances", "replay",
)  # fmt: skip
Sides = tuple[pa.Table, pa.Table, pa.Table]


def made_up(rows: int, rng: np.random.Generator) -> Sides:
    """Known, held-out and fresh people."""
    return drawn(rows, rng), drawn(rows // 2, rng), drawn(rows, rng)


def adult(folder: Path, rows: int, rng: np.random.Generator) -> Sides:
    """As `made_up`, of the census extract: a third known, a sixth held out, fresh ones made of the others."""
    convert = pyarrow.csv.ConvertOptions(strings_can_be_null=False)
    whole = pyarrow.csv.read_csv(folder / ADULT, convert_options=convert)
    whole = whole.take(rng.permutation(whole.num_rows))
    rows = min(rows, whole.num_rows // 3)
    return whole.slice(0, rows), whole.slice(rows, rows // 2), mixed(whole.slice(rows + rows // 2), rows, rng)


def mixed(of: pa.Table, rows: int, rng: np.random.Generator) -> pa.Table:
    """Rows of this table, each value another row's by a chance of a tenth."""
    own, other = rng.integers(0, of.num_rows, (2, rows))
    places = (np.where(rng.random(rows) < MIXED, other, own) for _ in of.column_names)
    return pa.table({name: of.column(name).take(each) for name, each in zip(of.column_names, places, strict=True)})


def target(sides: Sides, share: float, rng: np.random.Generator, changed_by: float = 0.0) -> View:
    known, held_out, fresh = sides
    copied = known.take(rng.permutation(known.num_rows)[: round(share * known.num_rows)])
    if changed_by:
        copied = changed(copied, changed_by, rng)
    rows = pa.concat_tables([copied, fresh.slice(copied.num_rows)])
    return view_of(known, rows.take(rng.permutation(rows.num_rows)), held_out)


def tried(view: View, seed: int) -> Iterator[dict[str, object]]:
    for name in ATTACKS:
        began = time.perf_counter()
        risks = attack_class(name)().attack(view, Context(seed))  # type: ignore[attr-defined]
        seconds = round(time.perf_counter() - began, 1)
        yield from (said(risk) | {"seconds": seconds} for risk in risks)


def said(risk: Risk) -> dict[str, object]:
    return {
        "attack": risk.attack,
        "measure": risk.measure,
        "state": risk.state.value,
        "sees": risk.alarm,
        "risk": _rounded(risk.risk),
        "main": _rounded(risk.main),
        "control": _rounded(risk.control),
    }


def _rounded(interval: Interval | None) -> list[float] | None:
    return [round(end, 4) for end in (interval.value, interval.low, interval.high)] if interval is not None else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rows", type=int, default=15_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    found: list[dict[str, object]] = []
    for seed in range(asked.seeds):
        rng = np.random.default_rng(seed)
        people = made_up(asked.rows, rng)
        cases = [("made up", people, share, 0.0) for share in SHARES]
        cases += [("made up", people, share, BY) for share in CHANGED]
        if asked.data is not None:
            census = adult(asked.data, asked.rows, rng)
            cases += [("adult", census, share, 0.0) for share in SHARES]
        for data, sides, share, by in cases:
            view = target(sides, share, rng, by)
            case: dict[str, object] = {"data": data, "copied": share, "changed by": by, "seed": seed}
            before = len(found)
            found += [case | each for each in tried(view, seed)]
            print(case, {f"{each['attack']}, {each['measure']}": each["sees"] for each in found[before:]}, flush=True)
    data = " --data FOLDER" if asked.data else ""
    command = f"python -m tests.bench.assessment.copies{data} --rows {asked.rows} --seeds {asked.seeds}"
    write_result(asked.result, command, {"results": found})


if __name__ == "__main__":
    main()
