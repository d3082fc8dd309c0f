"""The backend's process: reads calls from the window, runs each on a thread, and ends with the window."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from desktop.backend import VERBS
from desktop.backend.faults import fault_of
from desktop.backend.room import Call, Room
from desktop.backend.wire import Ask, Done, Pipe, Refused, Stop, Told
from engine.crash import keep_values_out_of_log

_IMPORTING = threading.Lock()


def main() -> None:
    """Serve until the window closes its end of the pipe. The first message is the workspace's folder, and the window's name in it."""
    asked, answers = Pipe(os.fdopen(0, "rb")), Pipe(os.fdopen(os.dup(1), "wb"))
    # Whatever prints must not end up between two frames; what goes to stderr is the log that the window opened.
    os.dup2(2, 1)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 (it stays)
    keep_values_out_of_log()
    folder, window = cast("tuple[Path | None, str]", asked.receive())
    backend = _Backend(Room(folder, window), answers)
    with contextlib.suppress(EOFError):
        while True:
            backend.take(asked.receive())
    # Threads may stand in a driver's call for long: nobody waits for them any more.
    os._exit(0)


class _Backend:
    def __init__(self, room: Room, answers: Pipe) -> None:
        self._room, self._answers = room, answers
        self._calls: dict[int, Call] = {}

    def take(self, message: Ask | Stop) -> None:
        if isinstance(message, Stop):
            call = self._calls.get(message.id)
            if call is not None:
                call.control.cancel()
            return
        call = Call(lambda what: self._send(Told(message.id, what)))
        self._calls[message.id] = call
        threading.Thread(target=self._answer, args=(message, call), name=message.verb, daemon=True).start()

    def _answer(self, ask: Ask, call: Call) -> None:
        try:
            answer: Done | Refused = Done(ask.id, verb(ask.verb)(self._room, call, **ask.arguments))
        except BaseException as error:  # noqa: BLE001 (the outermost frame of a thread: the window gets a fault)
            answer = Refused(ask.id, fault_of(error, locked=not self._room.unlocked))
        self._calls.pop(ask.id, None)
        try:
            self._send(answer)
        except Exception as error:  # noqa: BLE001 (what cannot be pickled says so in many ways; the window must not wait for ever)
            self._send(Refused(ask.id, fault_of(error, locked=False)))

    def _send(self, message: object) -> None:
        # A window that is gone needs no answer.
        with contextlib.suppress(OSError):
            self._answers.send(message)


def verb(name: str) -> Callable[..., Any]:
    """The function behind a verb's name. Raises LookupError for one that nobody has registered."""
    part, _, function = name.partition(".")
    # Modules of a circle, imported from two ends at once, would find one another half made.
    with _IMPORTING:
        module = importlib.import_module(VERBS[part])
    found: Callable[..., Any] = getattr(module, function)
    return found


if __name__ == "__main__":
    main()
