"""A comparison made by hand for reports: people with their visits, masked or synthesised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.view import Carries, Made
from engine.plan import Plan, TablePlan, Treatment
from tests.assessing import comparison_of, table_of, view_of

CANARY = "canary-7f3a"
"""A category that the source alone has."""
TOLD = "told-by-the-target"
"""One that the target has."""


def rows_of(seed: int, rows: int = 400, *, city: str = TOLD) -> dict[str, pa.Table]:
    rng = np.random.default_rng(seed)
    age = rng.normal(45, 15, rows).round().clip(18, 95)
    cities = rng.choice(["Leipzig", "Łódź", "München", city], rows, p=[0.4, 0.3, 0.2, 0.1])
    person = pa.table({
        "id": pa.array(range(rows), pa.int64()),
        "age": pa.array(age, pa.float64()),
        "income": pa.array((age * 900 + rng.normal(0, 9000, rows)).round(2), mask=rng.random(rows) < 0.1),
        "city": pa.array(cities, pa.string()),
        "since": pa.array([date(2010, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 4000, rows)]),
        "name": pa.array([f"{CANARY if city == CANARY else 'Ann'}{place}" for place in range(rows)]),
    })  # fmt: skip
    owner = rng.integers(0, rows, rows * 2)
    visit = pa.table({"id": pa.array(range(rows * 2), pa.int64()), "person_id": pa.array(owner, pa.int64())})
    return {"person": person, "visit": visit}


def comparison(made: Made = Made.SYNTHETIC, *, rows: int = 400) -> Comparison:
    known, target = rows_of(1, rows, city=CANARY), rows_of(2, rows)
    key = ForeignKey("visit_person", ("person_id",), TableName("person"), ("id",))
    tables = (table_of("person", known["person"], ("id",)), table_of("visit", known["visit"], ("id",), (key,)))
    schema = Schema("sqlite", "main", tables)
    shown = ["age", "income", "city", "since", "name"]
    carries = dict.fromkeys(shown, Carries.LEARNED if made is Made.SYNTHETIC else Carries.ALTERED)
    view = view_of(
        known["person"].select(shown), target["person"].select(shown), made=made,
        carries=carries | {"name": Carries.REPLACED},
    )  # fmt: skip
    whole = comparison_of(schema, known, target, made=made, root="person", views=[view])
    treatment = Treatment.SYNTHESIZE if made is Made.SYNTHETIC else Treatment.MASK
    planned = {name: TablePlan(treatment) for name in (TableName("person"), TableName("visit"))}
    return replace(whole, plan=Plan("made", "made", planned | {TableName("log"): TablePlan(Treatment.DROP)}))
