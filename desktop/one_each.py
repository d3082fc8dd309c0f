"""Calls of one page, one of each verb at a time: a later one replaces an earlier one that is still under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why


class OneEach:
    def __init__(self, desk: Desk, owner: QObject, unlocked: Callable[[], None]) -> None:
        """`unlocked`: what is done once a vault is open that a call has found locked."""
        self._desk, self._owner, self._unlocked = desk, owner, unlocked
        self._asked: dict[str, Asked] = {}

    def ask(
        self,
        verb: str,
        done: Callable[[Any], None],
        failed: Callable[[Fault], None],
        told: Callable[[Any], None] | None = None,
        **arguments: Any,
    ) -> None:
        self.stop(verb)

        def heard(result: Any) -> None:
            self._asked.pop(verb, None)
            done(result)

        def missed(fault: Fault) -> None:
            self._asked.pop(verb, None)
            if fault.why is Why.LOCKED:
                self._desk.locked.emit(self._unlocked)
            if fault.why is not Why.CANCELLED:
                failed(fault)

        self._asked[verb] = self._desk.calls.ask(
            verb, owner=self._owner, done=heard, failed=missed, told=told, **arguments
        )

    def waits(self, verb: str) -> bool:
        return verb in self._asked

    def stop(self, verb: str) -> None:
        """Wait no more for this one."""
        if self.waits(verb):
            self._asked.pop(verb).cancel()

    def forget(self) -> None:
        """Nothing is under way any more: the backend is another one."""
        self._asked.clear()
