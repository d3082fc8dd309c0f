"""Exact replay, and what a smoke test does not see of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.view import Carries, View
from engine.risk.distances import Distances
from engine.risk.replay import Replay
from tests.assessing import view_of
from tests.engine.risk.copying import changed, copying, drawn


def replayed(view: View, measure: str = "whole records") -> Risk:
    return next(risk for risk in Replay().attack(view, Context()) if risk.measure == measure)


def smoke(view: View, seed: int = 0) -> Risk:
    return Distances().attack(view, Context(seed))[0]


def test_one_copied_row_in_a_hundred_is_seen() -> None:
    """At 1 % of copies the replay of whole records alarms, and its interval holds 1 %; the smoke test passes."""
    view = copying(0.01, n=3000)
    risk = replayed(view)
    assert risk.alarm
    assert risk.risk is not None
    assert 0.005 < risk.risk.low < 0.01 < risk.risk.high < 0.02
    assert not smoke(view).alarm


def test_a_copied_table_is_replayed_whole() -> None:
    """All records and all rare values come back, and every row is at no distance."""
    view = copying(1.0, n=1000)
    for measure in ("whole records", "rare values"):
        risk = replayed(view, measure)
        assert risk.alarm
        assert risk.main is not None
        assert risk.main.value == 1
        assert risk.risk is not None
        assert risk.risk.low > 0.9
    nearest = smoke(view)
    assert nearest.alarm
    assert nearest.main is not None
    assert nearest.main.value == 1
    assert nearest.facts["DCR to known records, median"] == 0


def test_fresh_people_replay_nobody() -> None:
    """At six seeds there is no alarm of either attack, and the intervals of the excess contain 0."""
    for seed in range(6):
        view = copying(0.0, seed, n=400)
        for risk in (*Replay().attack(view, Context(seed)), smoke(view, seed)):
            assert not risk.alarm
            assert risk.risk is None or risk.risk.low == 0


@pytest.mark.parametrize("held_out", [300, 3000])
def test_rows_that_come_back_by_chance_are_chance(held_out: int) -> None:
    """Three columns of few values: many a record occurs in any target, and no number of held-out people makes an alarm of it."""
    rng = np.random.default_rng(3)

    def few(n: int) -> pa.Table:
        return pa.table({name: rng.geometric(0.15, n) for name in ("a", "b", "c")})

    view = view_of(few(3000), few(3000), few(held_out))
    risk = replayed(view)
    assert not risk.alarm
    assert risk.control is not None
    assert risk.control.value > 0.05


def test_rare_values_are_found_though_no_record_is() -> None:
    """A generator that copies the source's codes, each with another's amounts, replays rare values and no record."""
    rng = np.random.default_rng(4)

    def coded(n: int) -> pa.Table:
        return drawn(n, rng).append_column("code", pa.array([f"c{v}" for v in rng.integers(0, 10**9, n)]))

    known, control, target = coded(1000), coded(1000), coded(1000)
    target = target.set_column(target.num_columns - 1, "code", known.column("code"))
    view = view_of(known, target, control)
    assert replayed(view, "rare values").alarm
    assert not replayed(view).alarm


def test_rare_pairs_are_found_though_each_value_is_common() -> None:
    """Two columns of common values whose pairs are copied: the pairs alarm."""
    rng = np.random.default_rng(6)

    def paired(n: int) -> pa.Table:
        return pa.table({"a": rng.integers(0, 60, n), "b": rng.integers(0, 60, n), "c": rng.random(n)})

    known, control, made = paired(1500), paired(1500), paired(1500)
    target = known.select(["a", "b"]).append_column("c", made.column("c"))
    risk = replayed(view_of(known, target, control), "rare pairs of values")
    assert risk.alarm
    assert risk.main is not None
    assert risk.main.value == 1


def test_replaced_and_counted_columns_are_no_part_of_a_record() -> None:
    """A made-up name differs in every copy: the record is its other columns."""
    rng = np.random.default_rng(7)
    known, control = drawn(500, rng), drawn(500, rng)

    def named(rows: pa.Table, by: str) -> pa.Table:
        return rows.append_column("name", pa.array([f"{by} {at}" for at in range(rows.num_rows)]))

    view = view_of(named(known, "a"), named(known.take(rng.permutation(500)), "b"), named(control, "c"))
    renamed = tuple(replace(f, carries=Carries.REPLACED) if f.name == "name" else f for f in view.features)
    assert not replayed(view).alarm
    assert replayed(replace(view, features=renamed)).alarm


def test_the_smoke_test_passes_copies_of_a_few_and_copies_a_little_changed() -> None:
    """The fiftieth with the greatest incomes, copied as it was or changed by a hundredth: DCR passes both; replay sees the first."""
    rng = np.random.default_rng(8)
    known, control, made = drawn(2000, rng), drawn(2000, rng), drawn(2000, rng)
    rich = known.sort_by([("income", "descending")]).slice(0, 40)
    for rows, seen in ((rich, True), (changed(rich, 0.01, rng), False)):
        view = view_of(known, pa.concat_tables([rows, made.slice(40)]), control)
        passed = smoke(view)
        assert not passed.alarm
        assert "says nothing when it passes" in passed.because
        assert replayed(view).alarm == seen


def test_without_held_out_people_a_rate_is_no_alarm() -> None:
    """Replay gives its rate and says that chance is unknown; the smoke test is not measured."""
    view = replace(copying(0.5, n=400), control=None)
    risk = replayed(view)
    assert risk.state is State.MEASURED
    assert not risk.alarm
    assert "held out" in risk.because
    assert smoke(view).state is State.NOT_MEASURED


def test_a_target_far_from_everybody_whose_rows_all_have_the_same_few_neighbours_is_no_alarm() -> None:
    """Most of a noise's rows are nearest to a handful of outlying people, all of whom may be known by chance."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sides = (pa.table({name: rng.lognormal(0, 1, rows) for name in "ab"}) for rows in (900, 450))
        known, control = sides
        noise = pa.table({name: rng.uniform(0, 200, 600) for name in "ab"})
        assert not smoke(view_of(known, noise, control)).alarm
