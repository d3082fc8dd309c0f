"""Every metric of the registry keeps one contract: figures that can be written down and repeated, or why there are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import Check, ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.assessment.view import Carries, Made
from engine.jobs.control import Cancelled, Control
from engine.quality import METRICS, metric_class
from tests.assessing import comparison_of, table_of, view_of

LABEL = "zqlabel"
"""In every category's label, and in nothing else."""
MANY = 260
ORDERED = ForeignKey("ordered", ("person_id",), TableName("person"), ("id",))

Rows = Mapping[str, pa.Table]


def rows_of(seed: int, people: int) -> Rows:
    """People and their orders; what one column says of another differs with the seed only by chance."""
    rng = np.random.default_rng(seed)
    orders = 3 * people
    country = rng.integers(0, 4, people)
    income = np.round(rng.gamma(3, 900, people) * (1 + country), 2)
    owner = rng.integers(0, people, orders) if people else np.empty(0, np.int64)
    joined = rng.integers(9_000, 15_000, people)
    person = pa.table(
        {
            "id": pa.array(np.arange(people)),
            "country": pa.array([f"{LABEL}-{code}" for code in country], pa.string()),
            "sex": pa.array([f"{LABEL}-{'fm'[code]}" for code in rng.integers(0, 2, people)], pa.string()),
            "income": pa.array(income, mask=rng.random(people) < 0.1),
            "rich": pa.array(income > 4000),
            "joined": pa.array(joined.astype(np.int32)).cast(pa.date32()),
            "note": pa.array([f"{LABEL} {code}" for code in rng.integers(0, 10**9, people)], pa.string()),
        }
    )
    since = joined[owner] + rng.integers(0, 900, orders)
    order = pa.table(
        {
            "id": pa.array(np.arange(orders)),
            "person_id": pa.array(owner),
            "kind": pa.array([f"{LABEL}-{code}" for code in rng.integers(0, 3, orders)], pa.string()),
            "total": pa.array(np.round(rng.gamma(2, 20, orders), 2)),
            "placed": pa.array((since * 86_400_000_000).astype(np.int64)).cast(pa.timestamp("us")),
        }
    )
    return {"person": person, "orders": order}


def emptied(rows: Rows, *, constant: bool) -> Rows:
    """The same without a difference between rows, or without a value, in all but keys."""

    def column(name: str, values: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        if name in ("id", "person_id"):
            return values
        return pa.array([values[0].as_py() if constant else None] * len(values), values.type)

    return {
        table: pa.table({name: column(name, each.column(name)) for name in each.column_names})
        for table, each in rows.items()
    }


def schema_of(rows: Rows) -> Schema:
    person = table_of("person", rows["person"], ("id",))
    person = replace(person, checks=(Check("positive", "income >= 0", ("income",)),))
    return Schema("sqlite", "main", (person, table_of("orders", rows["orders"], ("id",), (ORDERED,))))


def made_of(known: Rows, target: Rows, control: Rows | None, made: Made, carries: Carries) -> Comparison:
    match = range(known["person"].num_rows) if made is Made.MASKED else None
    sides = [side["person"].drop_columns(["id"]) if side else None for side in (known, target, control)]
    view = view_of(
        sides[0], sides[1], sides[2], made=made, match=list(match) if match else None, carries=carries,
        quasi=("country", "sex", "joined"), sensitive=("rich",),
    )  # fmt: skip
    told = comparison_of(schema_of(known), known, target, control, made=made, carries=carries, root="person")
    return replace(told, views=(view, replace(view, scope=told.entities[0].scope, entity=True)))


@cache
def comparison(case: str) -> Comparison:
    known, target, control = rows_of(1, MANY), rows_of(2, MANY), rows_of(3, MANY // 2)
    if case.startswith("few"):
        known, target, control = (rows_of(seed, int(case[3:])) for seed in (1, 2, 3))
    if case in ("constant", "null"):
        known, target, control = (emptied(rows, constant=case == "constant") for rows in (known, target, control))
    if case == "masked":
        return made_of(known, known, None, Made.MASKED, Carries.ALTERED)
    if case == "replaced":
        return made_of(known, target, None, Made.MASKED, Carries.REPLACED)
    return made_of(known, target, None if case == "alone" else control, Made.SYNTHETIC, Carries.LEARNED)


CASES = ("synthetic", "alone", "masked", "replaced", "constant", "null", "few0", "few1", "few5")


@pytest.fixture(params=sorted(METRICS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def measured(name: str, told: Comparison, control: Control | None = None) -> list[Quality]:
    metric = metric_class(name)()
    context = Context(seed=7, seconds=1.0, control=control or Control())
    return [quality for scope in metric.scopes(told) for quality in metric.measure(told, scope, context)]


@cache
def figures(name: str, case: str) -> list[Quality]:
    return measured(name, comparison(case))


@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_finite_and_alone_under_its_name_or_says_why_it_is_none(name: str, case: str) -> None:
    found = figures(name, case)
    text = json.dumps([quality.to_json() for quality in found], allow_nan=False)
    assert LABEL not in text, "a cell value is in a result"
    names = [(quality.metric, quality.scope, quality.measure) for quality in found]
    assert len(set(names)) == len(names)
    for quality in found:
        if quality.state is State.MEASURED:
            assert quality.value is not None
            assert quality.low is None or quality.low <= quality.value + 1e-9
            assert quality.high is None or quality.high >= quality.value - 1e-9
        else:
            assert quality.value is None
            assert len(quality.because) > 10


@pytest.mark.parametrize("case", ["few0", "few1", "few5"])
def test_a_handful_of_rows_gives_no_figure_but_what_a_database_counts(name: str, case: str) -> None:
    for quality in figures(name, case):
        assert quality.family == "validity" or quality.state is not State.MEASURED, quality


def test_the_same_seed_gives_the_same_figures_and_the_inputs_stay_as_they_were(name: str) -> None:
    told, first = comparison("synthetic"), figures(name, "synthetic")
    before = _bytes(told)
    assert measured(name, told) == first
    assert _bytes(told) == before


def test_a_measurement_ends_when_it_is_cancelled(name: str) -> None:
    control = Control()
    control.cancel()
    metric = metric_class(name)()
    for scope in metric.scopes(comparison("synthetic")):
        with pytest.raises(Cancelled):
            metric.measure(comparison("synthetic"), scope, Context(control=control))


def test_a_metric_says_what_it_is_and_whose_definition_it_follows(name: str) -> None:
    metric = metric_class(name)
    assert metric.name == name
    assert all((metric.title, metric.source, metric.__doc__))


def _bytes(told: Comparison) -> list[bytes]:
    sides = [side for side in (told.known, told.target, told.control) if side is not None]
    tables = [column for side in sides for table in side.tables.values() for column in table.columns]
    frames = [values for view in told.views for frame in (view.known, view.target) for values in frame.columns]
    return [repr(column.to_pylist()).encode() for column in tables] + [values.tobytes() for values in frames]
