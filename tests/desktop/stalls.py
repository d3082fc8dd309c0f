"""The stall monitor: how long the window's event loop was not heard of, and how much of that was the machine's doing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer

TICK = 5
"""Milliseconds between two signs of life."""
STALL = 0.1
"""Seconds."""
DEEP = 10
"""Lines of a stack that say where a stall was."""


@dataclass(frozen=True)
class Stall:
    seconds: float
    """Without a sign of life."""
    waited: float
    """Of these, how long the thread could have run and the machine ran others instead: not the window's doing."""
    where: str
    """What it stood in, half way."""

    @property
    def own(self) -> float:
        return self.seconds - self.waited


@dataclass
class Stalls:
    longest: float = 0.0
    """Seconds, of the window's own doing."""
    found: list[Stall] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            f"{each.seconds * 1000:.0f} ms ({each.waited * 1000:.0f} waited) in\n{each.where}" for each in self.found
        )


class _Monitor(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.stalls = Stalls()
        self._thread = threading.main_thread().ident
        self._file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._seen, self._waited, self._place, self._ended = perf_counter(), self._run_delay(), "", False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK)
        threading.Thread(target=self._watch, name="stalls", daemon=True).start()

    def _tick(self) -> None:
        now, waited = perf_counter(), self._run_delay()
        stall = Stall(now - self._seen, waited - self._waited, self._place)
        self.stalls.longest = max(self.stalls.longest, stall.own)
        if stall.own > STALL:
            self.stalls.found.append(stall)
        self._seen, self._waited, self._place = now, waited, ""

    def _watch(self) -> None:
        """From another thread: where the event loop stands when it has been silent for half a stall."""
        while not self._ended:
            threading.Event().wait(STALL / 4)
            if perf_counter() - self._seen > STALL / 2 and not self._place:
                self._place = _place(sys._current_frames().get(self._thread or 0))

    def _run_delay(self) -> float:
        """Seconds that this thread was ready and not run; 0 where the system does not tell (proc_pid_schedstat)."""
        return int(self._file.read_text().split()[1]) / 1e9 if self._file.exists() else 0.0

    def stop(self) -> None:
        self._ended = True
        self._timer.stop()


def _place(frame: FrameType | None) -> str:
    """The innermost lines, without reading a file: that would hold up the very thread that is watched."""
    lines = []
    while frame is not None and len(lines) < DEEP:
        lines.append(f"  {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}")
        frame = frame.f_back
    return "\n".join(lines)


@contextmanager
def monitored() -> Iterator[Stalls]:
    """Watch the event loop of this thread; what was found is complete when the block ends."""
    monitor = _Monitor()
    try:
        yield monitor.stalls
    finally:
        monitor._tick()
        monitor.stop()
