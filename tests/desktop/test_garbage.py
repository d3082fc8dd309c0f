"""Nothing of the window is ever freed on another thread."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from PySide6.QtTest import QTest

from desktop.garbage import EVERY, Collector


class _Cycle(QObject):
    """Only the collector frees it."""

    def __init__(self, freed: list[str]) -> None:
        super().__init__()
        self.me, self.freed = self, freed

    def __del__(self) -> None:
        self.freed.append(threading.current_thread().name)


def test_what_another_thread_makes_frees_nothing_and_the_window_does_it_soon(qapp):
    freed: list[str] = []
    gc.collect()
    collector = Collector()
    for _ in range(50):
        _Cycle(freed)
    worker = threading.Thread(target=lambda: [[] for _ in range(200_000)], name="another")
    worker.start()
    worker.join()
    assert freed == []
    # Enough new objects that a collection is due.
    held = [[place] for place in range(2000)]
    QTest.qWait(EVERY + 300)
    assert len(held) == 2000
    assert freed == [threading.main_thread().name] * 50
    collector.deleteLater()
