"""The stall monitor sees what blocks the event loop, and blames nobody for what does not."""

from __future__ import annotations

from time import sleep, thread_time

from PySide6.QtTest import QTest

from tests.desktop.stalls import monitored


def test_work_on_the_windows_thread_is_a_stall_that_names_its_place(qapp):
    with monitored() as stalls:
        QTest.qWait(50)
        # Of its own time: on a busy machine the clock says more.
        until = thread_time() + 0.25
        while thread_time() < until:
            sum(range(1000))
        QTest.qWait(20)
    assert stalls.longest > 0.2
    assert "test_stalls" in stalls.found[0].where


def test_a_sleeping_event_loop_is_a_stall_as_well(qapp):
    with monitored() as stalls:
        QTest.qWait(20)
        sleep(0.2)
        QTest.qWait(20)
    assert len(stalls.found) == 1


def test_an_idle_window_has_none(qapp):
    with monitored() as stalls:
        QTest.qWait(300)
    assert stalls.found == [], str(stalls)
