"""The pace of a run: what a person may order, and that readers are held to it."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.control import Cancelled, Control
from engine.load_crew import Stop
from engine.load_pace import Gate
from engine.pace import Pace, PaceError, Window, pace, pace_of, parse_window
from tests.walk.line import HereDesk

TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
DAY = datetime(2026, 3, 4)


@given(TIMES, TIMES, st.datetimes(DAY, DAY + timedelta(days=3)))
def test_a_window_read_from_its_text_opens_exactly_when_it_says(start, end, moment) -> None:  # type: ignore[no-untyped-def]
    if start == end:
        with pytest.raises(PaceError, match="same time"):
            parse_window(f"{start:%H:%M}-{end:%H:%M}")
        return
    window = parse_window(f"{start:%H:%M} - {end:%H:%M}")
    assert window == Window(start, end) == parse_window(str(window))
    inside = start <= moment.time() < end if start < end else not end <= moment.time() < start
    assert window.holds(moment) is inside
    opening = moment + timedelta(seconds=window.seconds_until(moment))
    assert window.holds(opening)
    assert inside or not window.holds(opening - timedelta(seconds=1))


@pytest.mark.parametrize("text", ["", "22:00", "22-6", "24:00-06:00", "22:00-06:60", "22:00-06:00-07:00", "a-b"])
def test_what_is_no_window_is_said_in_one_sentence(text) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PaceError, match="22:00-06:00"):
        parse_window(text)


@pytest.mark.parametrize("words", [{"connections": 0}, {"connections": 65}, {"rows_per_second": 0}])
def test_a_pace_that_cannot_be_kept_is_refused(words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PaceError):
        pace(**words)


@given(
    st.none() | st.integers(1, 64),
    st.none() | st.integers(1, 10**9),
    st.none() | st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1]),
)
def test_a_job_remembers_its_pace(connections, rows, hours) -> None:  # type: ignore[no-untyped-def]
    ordered = Pace(connections, rows, Window(*hours) if hours else None)
    assert pace_of({"plan": "p.toml"} | ordered.words()) == ordered


@pytest.mark.parametrize("lanes", [1, 3])
def test_the_throttle_holds_the_rate_over_all_lanes_within_a_fifth(lanes) -> None:  # type: ignore[no-untyped-def]
    rate, stop = 20_000, Stop()
    gate = Gate(Pace(rows_per_second=rate), Control(), lambda _: None)
    assert (gate.batch_rows or rate) <= rate // 4
    passed = [0] * lanes
    ends = time.monotonic() + 1.5

    def read(lane: int) -> None:
        while time.monotonic() < ends:
            gate.after_batch(1000, stop)
            passed[lane] += 1000

    threads = [threading.Thread(target=read, args=(lane,)) for lane in range(lanes)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) / (time.monotonic() - started) == pytest.approx(rate, rel=0.2)


def test_outside_its_window_a_run_waits_says_so_and_can_be_cancelled() -> None:
    said: list[str] = []
    opens = datetime.now() + timedelta(hours=2)
    window = parse_window(f"{opens:%H:%M}-{opens + timedelta(hours=1):%H:%M}")
    control = Control()
    gate = Gate(Pace(window=window), control, said.append)
    threading.Timer(0.2, control.cancel).start()
    with pytest.raises(Cancelled):
        gate.before_chunk(Stop())
    assert said == [f"waiting for {window}"]


@pytest.mark.parametrize("words", [("--window", "22"), ("--connections", "0"), ("--rows-per-second", "-1")])
def test_a_run_with_such_a_pace_is_not_begun(tmp_path, words) -> None:  # type: ignore[no-untyped-def]
    desk = HereDesk(tmp_path / "desk")
    desk.plan_path.write_text('version = 1\nname = "p"\nkey = "k"\n')
    answer = desk.run("sqlite:///none.db", f"sqlite:///{tmp_path}/target.db", *words)
    assert answer.status == 2
    assert words[0] in answer.err
    assert not (tmp_path / "target.db").exists()
