"""Rates and time left, the checklist, the log and the curve: the rules of the Run and Jobs pages, without a window."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.curve import scale, summary, tick_text
from desktop.models.job_list import listed
from desktop.models.job_seen import MOST_LOG, MOST_POINTS, LogGrid, Seen, TablesGrid, matching, thinned
from desktop.models.job_words import verdict_of
from desktop.models.jobs import Hindrance, JobDetail, JobView, LogEntry, RunCheck, Speed, TableView, TargetLook
from desktop.models.plan import PlanState
from desktop.models.run import Mends, Options, Situation, chain_of, may_run, misfit, options_from, proposed_mode, steps
from desktop.settings import Project
from desktop.theme.tokens import Tone

PROJECT = Project("/plans/p.toml", "prod", "test")
READY = PlanState("/plans/p.toml", "prod", "test", 1, saved=True)


def said(text: str, **values: object) -> str:
    return text.format(**values) if values else text


def job(**more: object) -> JobView:
    return JobView(**{"id": "j", "kind": "clone", "state": "running", "title": "p"} | more)  # type: ignore[arg-type]


def speed(*heard: tuple[float, int]) -> Speed:
    made = Speed()
    for second, rows in heard:
        made = made.at(second, rows)
    return made


def test_a_rate_is_that_of_the_last_seconds_and_not_of_the_whole_run():
    slow_then_fast = speed(
        *((second, 100 * second) for second in range(20)), *((20 + n, 2000 + 1000 * n) for n in range(8))
    )
    assert slow_then_fast.rate == pytest.approx(1000)


def test_time_left_lies_between_the_fastest_and_the_slowest_stretch():
    low, high = speed(*((n, 1000 * n) for n in range(11)), *((10 + n, 10_000 + 500 * n) for n in range(1, 11))).left(
        10_000
    )
    assert low == pytest.approx(10, rel=0.2)
    assert high == pytest.approx(20, rel=0.2)


def test_fewer_rows_are_another_phase_and_begin_anew():
    assert speed((0, 0), (1, 500), (2, 10)).rate is None


@given(st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 10**9)), max_size=60), st.integers(0, 10**12))
def test_time_left_is_never_negative_and_never_the_wrong_way_round(steps_, rows):
    now, count, made = 0.0, 0, Speed()
    for after, more in steps_:
        now, count = now + after, count + more
        made = made.at(now, count)
    left = made.left(rows)
    assert left is None or 0 <= left[0] <= left[1] < math.inf
    assert len(made.heard) <= len(steps_)


def situation(**more: object) -> Situation:
    return Situation(**{"project": PROJECT, "plan": READY, "check": RunCheck((), TargetLook())} | more)  # type: ignore[arg-type]


def test_a_clean_plan_and_an_empty_target_may_run():
    assert may_run(situation(), "")
    assert [step.tone for step in steps(situation())] == [Tone.GOOD, Tone.GOOD]


@pytest.mark.parametrize(
    ("more", "mends"),
    [
        ({"plan": PlanState("p", "s", "t", 1, saved=False)}, Mends.SAVE),
        ({"plan": PlanState("p", "s", "t", 1, saved=True, undecided=3)}, Mends.DECIDE),
        ({"plan": PlanState("p", "s", "t", 1, saved=True, readable=False)}, Mends.PLAN),
        ({"project": Project("/plans/p.toml", "prod")}, Mends.TARGET),
        ({"locked": True, "check": None}, Mends.UNLOCK),
        ({"fault": "The server is gone.", "check": None}, Mends.AGAIN),
        ({"check": RunCheck((Hindrance("x", True, "No."),), TargetLook())}, Mends.PLAN),
        ({"check": RunCheck((Hindrance("x", True, "No.", refusal=True),))}, Mends.TARGET),
        ({"check": RunCheck((), TargetLook("r1", "loading", 1, busy=True))}, Mends.SHOW),
    ],
)
def test_whatever_stands_in_the_way_blocks_and_has_a_button_that_mends_it(more, mends):
    now = situation(**more)
    assert not may_run(now, "")
    assert mends in [step.mends for step in steps(now) if step.blocks]


def test_a_warning_does_not_block():
    assert may_run(situation(check=RunCheck((Hindrance("w", False, "Beware."),), TargetLook())), "")


def test_a_complete_run_is_replaced_only_by_who_types_the_targets_name():
    check = RunCheck((), TargetLook("r1", "complete", 3))
    assert proposed_mode(check) == "replace"
    assert misfit(check, "new")
    assert not may_run(situation(check=check, mode="new"), "")
    assert not may_run(situation(check=check, mode="replace"), "")
    assert not may_run(situation(check=check, mode="replace"), "Test")
    assert may_run(situation(check=check, mode="replace"), " test ")


def test_an_order_is_kept_and_read_again_and_what_is_unreadable_is_the_default():
    options = Options(mode="replace", assess=False, connections=3, window="22:00-06:00", seed=7)
    assert options_from(options.to_json()) == options
    assert options_from({"unknown": 1}) == options_from(None) == Options()
    ordered = options.ordered(PROJECT)
    assert ordered["then"] == ("verify",)
    assert ordered["rows_per_second"] is None
    assert ordered["seed"] == 7


def test_what_needs_a_person_is_shown_in_full_before_what_is_done():
    run, verify = job(id="r", state="complete"), job(id="v", kind="verify", run="r", state="lost")
    assert chain_of(run, [verify, run]).shown is verify
    assert chain_of(run, [run]).shown is run


def test_a_run_is_not_over_before_what_was_ordered_with_it_has_begun():
    run = job(id="r", state="complete", then=("verify", "assess"), goes_on=True)
    verified = job(id="v", kind="verify", run="r", state="complete")
    assessed = job(id="a", kind="assess", run="r", state="complete")
    assert chain_of(run, [run]).alive
    assert chain_of(run, [verified, run]).alive
    assert not chain_of(run, [assessed, verified, run]).alive
    assert not chain_of(replace(run, goes_on=False), [verified, run]).alive


@pytest.mark.parametrize(
    ("more", "word", "tone"),
    [
        ({"state": "complete", "kind": "verify", "outcome": "fault"}, "Fault found", Tone.BAD),
        ({"state": "complete", "kind": "assess", "outcome": "pass"}, "Pass", Tone.GOOD),
        ({"state": "lost"}, "Interrupted", Tone.CAUTION),
        ({"state": "failed", "outcome": "snapshot-over"}, "Failed", Tone.BAD),
    ],
)
def test_a_job_is_called_by_what_it_found(more, word, tone):
    assert verdict_of(job(**more)) == (word, tone)


def detail(number: int, tables: tuple[TableView, ...] = ()) -> JobDetail:
    return JobDetail(job(), (LogEntry(number, "", "table", "load", f"t{number}"),), number, tables)


def test_a_log_and_a_curve_stay_bounded_and_nothing_is_heard_twice():
    seen = Seen("j")
    for number in range(1, MOST_LOG + 50):
        seen.heard(detail(number))
    seen.heard(detail(MOST_LOG))
    assert len(seen.log) == MOST_LOG
    assert seen.log[-1].number == MOST_LOG + 49
    points = thinned([(step, 1.0, None) for step in range(5000)])
    assert len(points) <= MOST_POINTS
    assert points[-1][0] == 4999


def test_tables_in_hand_stand_above_those_that_are_done():
    seen = Seen("j")
    states = (("a", "done"), ("b", "active"), ("c", "waiting"))
    seen.heard(detail(1, tuple(TableView(n, p, "load", 5, 10, s) for p, (n, s) in enumerate(states))))
    grid = TablesGrid(tuple(seen.ordered), said)
    assert [grid.text(row, 0) for row in range(3)] == ["b", "c", "a"]
    assert [grid.text(row, 4) for row in range(3)] == ["50 %", "", "100 %"]


def test_a_log_is_filtered_by_its_words_and_keeps_the_newest():
    entries = [LogEntry(n, "", "failed" if n % 10 == 0 else "table", "load", "Tab") for n in range(100)]
    assert len(matching(entries, "FAILED", 50, said)) == 10
    assert [each.number for each in matching(entries, "", 3, said)] == [97, 98, 99]
    assert LogGrid(tuple(entries), said).text(1, 2) == "Masking and loading rows"


@given(st.lists(st.floats(-1e12, 1e12), max_size=30), st.booleans())
def test_a_scale_holds_every_value_between_few_round_numbers(values, from_zero):
    made = scale(values, from_zero=from_zero)
    assert all(-1e-6 <= made.share(value) <= 1 + 1e-6 for value in values)
    assert 2 <= len(made.ticks) <= 8
    assert all(tick_text(tick) for tick in made.ticks)


def test_a_curve_says_its_ends_and_extremes():
    found = summary([(10, 3.0), (20, 1.0), (30, 2.0)])
    assert found is not None
    assert (found.first, found.last, found.low, found.high, found.step) == (3.0, 2.0, 1.0, 3.0, 30)
    assert summary([]) is None


def test_jobs_that_need_attention_are_those_that_failed_were_lost_or_found_a_fault():
    jobs = [job(id="a"), job(id="b", state="lost"), job(id="c", state="complete", kind="verify", outcome="fault")]
    assert [each.id for each in listed(jobs, "trouble", "")] == ["b", "c"]
    assert [each.id for each in listed(jobs, "alive", "")] == ["a"]
    assert listed(jobs, "all", "nowhere") == ()


def test_steps_that_come_slowly_have_a_rate_between_two_of_them_and_a_stall_lets_it_fall():
    slow = speed(*((second, 10 * (second // 12)) for second in range(60)))
    assert slow.rate == pytest.approx(10 / 20, rel=0.5)
    stalled = slow
    for second in range(60, 200):
        stalled = stalled.at(second, slow.heard[-1][1])
    assert 0 < stalled.rate < slow.rate / 3
