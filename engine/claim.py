"""Hold a target for one run, also over a connection that drops: what was begun is ledgered there, so it goes on from that step."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TypeVar

from connectors.database import Database, Target
from connectors.errors import ConnectError, DatabaseError, Lost, SnapshotLost
from engine.jobs.control import Cancelled, Control
from engine.safety import running, staging

Result = TypeVar("Result")
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each new attempt, on average: a server that restarts needs some, one that is gone keeps nobody waiting long."""
_POLL = 0.1


class Claim:
    """The session that writes a target, and the lock by which other runs see that this one lives.

    With `joins` it writes staging tables beside the rows that are there.
    """

    def __init__(self, target: Database, run: str, control: Control, *, joins: bool = False) -> None:
        self._target, self._run, self._control, self._joins = target, run, control, joins
        self._whole, self._lock = ExitStack(), ExitStack()

    def __enter__(self) -> Claim:
        self._lock.enter_context(running(self._target, self._run))
        try:
            opened = staging(self._target) if self._joins else self._target.target()
            self.session: Target = self._whole.enter_context(opened)
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # A connection that is gone needs no goodbye, and must not hide the error that told of it.
        with suppress(DatabaseError), self._lock:
            self._whole.close()

    def insist(self, work: Callable[[Target], Result]) -> Result:
        """Do what may be done twice; after a lost connection again over a new one. Raises the last loss."""
        lost: DatabaseError | None = None
        for pause in (*PAUSES, None):
            try:
                if lost is not None:
                    self._again()
                return work(self.session)
            except SnapshotLost:
                raise
            except (Lost, ConnectError) as error:
                lost = error
                if pause is None:
                    raise
            self._wait(pause * random.uniform(0.5, 1.5))
        raise AssertionError("the last attempt returns or raises")

    def _again(self) -> None:
        self.session.reconnect()
        with suppress(DatabaseError):
            self._lock.close()
        self._lock.enter_context(running(self._target, self._run))

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._control.cancelled:
                raise Cancelled("cancelled on request")
            time.sleep(min(_POLL, seconds))
