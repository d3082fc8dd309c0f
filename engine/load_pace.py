"""Hold the readers of a run to its pace: a token bucket of rows, and the hours of the day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from engine.jobs.control import Control
from engine.load_crew import Stop, Stopped
from engine.pace import Pace

_POLL = 0.1
_PARTS = 5
"""Batches that a second's rows come in: reading stays smooth, whatever the rate."""


class Gate:
    """Shared by all that read for a run at once: the lanes of a load, or its first pass."""

    def __init__(self, pace: Pace, control: Control, waits: Callable[[str], None]) -> None:
        self._pace, self._control, self._waits = pace, control, waits
        self._lock = threading.Lock()
        self._free = time.monotonic()
        """When the rows that were let through so far have been paid for."""

    @property
    def batch_rows(self) -> int | None:
        """The most rows that a batch should have; None: as many as it likes."""
        rate = self._pace.rows_per_second
        return None if rate is None else max(1, rate // _PARTS)

    def before_chunk(self, stop: Stop) -> None:
        """Wait while paused and while the window is closed. Raises Cancelled, Stopped."""
        self._control.check()
        window = self._pace.window
        if window is None or window.holds(datetime.now()):
            return
        self._waits(f"waiting for {window}")
        while left := window.seconds_until(datetime.now()):
            self.sleep(left, stop)

    def after_batch(self, rows: int, stop: Stop) -> None:
        """Wait until these rows are within the rate. Raises Cancelled, Stopped."""
        self._control.check()
        rate = self._pace.rows_per_second
        if rate is None:
            return
        with self._lock:
            # A pause earns nothing: no burst follows it.
            self._free = max(self._free, time.monotonic()) + rows / rate
            until = self._free
        self.sleep(until - time.monotonic(), stop)

    def sleep(self, seconds: float, stop: Stop) -> None:
        """Raises Cancelled, Stopped."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._control.check()
            if stop.is_set():
                raise Stopped
            time.sleep(min(left, _POLL))
