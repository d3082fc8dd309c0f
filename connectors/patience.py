"""Wait for something no longer than one wants: it is done on a thread of its own, which may be left alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

Result = TypeVar("Result")
_ASKED_S = 0.03


class TooLong(Exception):
    """It was not done in time."""


def patiently(
    work: Callable[[], Result], limit: float, check: Callable[[], None], late: Callable[[], None] = lambda: None
) -> Result:
    """What the work gives, or what it raises. Raises TooLong after so many seconds, and what `check` raises, which is asked while
    waiting. The work then goes on alone, nobody hears of its end, and `late` is called after it."""
    attempt = _Attempt(work, late)
    deadline = monotonic() + limit
    try:
        while not attempt.over.wait(_ASKED_S):
            check()
            if monotonic() > deadline:
                raise TooLong
    except BaseException:
        attempt.leave()
        raise
    return attempt.result()


class _Attempt(Generic[Result]):
    def __init__(self, work: Callable[[], Result], late: Callable[[], None]) -> None:
        self._work, self._late = work, late
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._lock, self._left = threading.Lock(), False
        self.over = threading.Event()
        threading.Thread(target=self._run, name="patience", daemon=True).start()

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 (raised again where the answer is waited for)
            self._error = error
        with self._lock:
            self.over.set()
            left = self._left
        if left:
            self._late()

    def leave(self) -> None:
        """Nobody waits any more."""
        with self._lock:
            self._left = True
            ended = self.over.is_set()
        if ended:
            self._late()

    def result(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._results[0]
