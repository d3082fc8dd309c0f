"""Threads that end together, and the short queues between them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")

DEPTH = 4
"""Items that may wait between two threads: enough to keep them busy, little enough to stay small."""
_POLL = 0.1
_PATIENCE = 15.0
"""Seconds to wait for a thread that is inside a database call when its crew stops; beyond, it ends with the connection or process."""


class Stopped(Exception):
    """Another thread has failed; this one leaves quietly."""


class Stop:
    """Has this crew been told to stop, or the one that it belongs to?"""

    def __init__(self, above: Stop | None = None) -> None:
        self._event, self._above = threading.Event(), above

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set() or (self._above is not None and self._above.is_set())


class Channel(Generic[Item]):
    """A short queue that lets go of both its ends when its crew stops."""

    def __init__(self, stop: Stop) -> None:
        self._queue: queue.Queue[Item] = queue.Queue(DEPTH)
        self._stop = stop

    def put(self, item: Item) -> None:
        while not self._stop.is_set():
            with suppress(queue.Full):
                return self._queue.put(item, timeout=_POLL)
        raise Stopped

    def get(self) -> Item:
        while not self._stop.is_set():
            with suppress(queue.Empty):
                return self._queue.get(timeout=_POLL)
        raise Stopped


class Crew:
    """Threads beside the caller's: starts them, keeps the first failure, and waits for all to end."""

    def __init__(self, above: Stop | None = None) -> None:
        self.stop = Stop(above)
        self._failure: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def start(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Stopped:
                pass
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
                self._failure = self._failure or error
                self.stop.set()

        thread = threading.Thread(target=guarded, name=f"lookalike-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait(self) -> None:
        """Until every thread has come to its end. Raises what the first to fail has raised."""
        for thread in self._threads:
            thread.join()
        self.raise_failure()

    def disband(self) -> bool:
        """Stop them; False where one is still inside a database call."""
        self.stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE)
        return not any(thread.is_alive() for thread in self._threads)

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
