"""Calls to the backend: asked on the window's thread, answered on it later, never waited for."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from socket import socket, socketpair
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal
from shiboken6 import isValid

from desktop.backend.wire import Ask, Done, Pipe, Refused, Stop, Told
from desktop.faults import Fault, Why
from engine.processes import own_module

RINGS = 4096
"""Of the bell that are taken at once."""
AT_ONCE = 0.008
"""Seconds that answers may take of the event loop before it draws and listens again."""
DEAF = 3
"""Backends that ended one after the other without an answer: from then on none is started."""
DOWN = Fault(
    "The process behind the window does not start. Close the window and open it again; running jobs are not touched."
)
GONE = Fault("The process behind the window stopped; it has been started again. Please repeat what you did.", Why.LOST)


@dataclass(eq=False)
class Asked:
    """A call that is under way."""

    id: int
    verb: str
    owner: QObject | None
    """Once it is gone nobody is told anything any more."""
    done: Callable[[Any], None] | None
    failed: Callable[[Fault], None] | None
    told: Callable[[Any], None] | None
    calls: Calls

    def cancel(self) -> None:
        """Nobody waits any more: no callback is called from now on."""
        self.calls.drop(self)


class Calls(QObject):
    """Speaks to one backend, and starts it anew when it dies."""

    restarted = Signal()
    """The backend died: open plans and the vault's passphrase are forgotten there."""
    unheard = Signal(object)
    """A Fault of a call that has no `failed` of its own."""

    def __init__(self, folder: Path | None, log: Path | None, window: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder, self._log, self._window = folder, log, window
        self._ids = count(1)
        self._asked: dict[int, Asked] = {}
        self._inbox: deque[tuple[int, Any]] = deque()
        self._turn = 0
        """Which backend this is: what an earlier one still says is not heard."""
        self._bell, self._rung = socketpair()
        for end in (self._bell, self._rung):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._rung.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        self._closed = self._down = False
        self._deaf = 0
        """Backends in a row that ended without an answer."""
        self._start()

    def ask(
        self,
        verb: str,
        *,
        owner: QObject | None = None,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Fault], None] | None = None,
        told: Callable[[Any], None] | None = None,
        **arguments: Any,
    ) -> Asked:
        """Call a verb of the backend. `done` gets its result, `told` what it says on the way, `failed` the fault; without a `failed`
        the window says it. None of them is called before this returns."""
        asked = Asked(next(self._ids), verb, owner, done, failed, told, self)
        self._asked[asked.id] = asked
        if self._down:
            QTimer.singleShot(0, self, lambda: self._hear(Refused(asked.id, DOWN)))
            return asked
        self._send(Ask(asked.id, verb, arguments))
        return asked

    def drop(self, asked: Asked) -> None:
        if self._asked.pop(asked.id, None) is not None:
            self._send(Stop(asked.id))

    @property
    def waiting(self) -> int:
        """How many calls are under way."""
        return len(self._asked)

    def close(self) -> None:
        """Let the backend end; jobs go on without it."""
        self._closed = True
        self._notifier.setEnabled(False)
        self._asked.clear()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> None:
        self._turn += 1
        self._heard = False
        log = _log_file(self._log)
        self._process = subprocess.Popen(
            own_module("desktop.backend"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if log is None else log,
        )  # fmt: skip
        if log is not None:
            os.close(log)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pipe = Pipe(self._process.stdin)
        self._send((self._folder, self._window))
        heard = (self._turn, Pipe(self._process.stdout), self._inbox, self._bell)
        threading.Thread(target=_listen, args=heard, name="backend", daemon=True).start()

    def _send(self, message: object) -> None:
        if self._closed:
            return
        # A backend that just died is noticed by the thread that reads from it.
        try:
            self._pipe.send(message)
        except OSError:
            return

    def _wake(self) -> None:
        """The bell has rung: answers are there."""
        with suppress(BlockingIOError):
            while self._rung.recv(RINGS):
                pass
        self._deliver()

    def _deliver(self) -> None:
        """On the window's thread: some answers, and the rest after it has drawn."""
        until = perf_counter() + AT_ONCE
        while self._inbox:
            turn, message = self._inbox.popleft()
            if turn == self._turn:
                self._hear(message)
            if perf_counter() > until and self._inbox:
                QTimer.singleShot(0, self, self._deliver)
                return

    def _hear(self, message: Told | Done | Refused | None) -> None:
        if message is None:
            self._died()
            return
        self._heard = True
        if isinstance(message, Told):
            asked = self._asked.get(message.id)
            if asked is not None and asked.told is not None and _listens(asked):
                asked.told(message.what)
            return
        asked = self._asked.pop(message.id, None)
        if asked is None or not _listens(asked):
            return
        if isinstance(message, Done):
            if asked.done is not None:
                asked.done(message.result)
        else:
            self._failed(asked, message.fault)

    def _failed(self, asked: Asked, fault: Fault) -> None:
        if asked.failed is not None:
            asked.failed(fault)
        elif fault.why is not Why.CANCELLED:
            self.unheard.emit(fault)

    def _died(self) -> None:
        if self._closed:
            return
        self._process.wait()
        lost, self._asked = self._asked, {}
        self._deaf = 0 if self._heard else self._deaf + 1
        self._down = self._deaf >= DEAF
        if not self._down:
            self._start()
        for asked in lost.values():
            if _listens(asked):
                self._failed(asked, DOWN if self._down else GONE)
        if self._down:
            self.unheard.emit(DOWN)
        else:
            self.restarted.emit()


def _log_file(path: Path | None) -> int | None:
    """None where it cannot be written any more: the folder is gone, the disk is full."""
    if path is None:
        return None
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return None


def _listen(turn: int, answers: Pipe, inbox: deque[tuple[int, Any]], bell: socket) -> None:
    """On a thread of its own: unpickles, and rings. It touches nothing of Qt's, which may be gone by then."""
    message: Any = turn
    while message is not None:
        try:
            message = answers.receive()
        except (EOFError, OSError, ValueError):
            message = None
        inbox.append((turn, message))
        # A bell that cannot take another ring has not been heard yet; one without a window is heard no more.
        with suppress(OSError):
            bell.send(b".")


def _listens(asked: Asked) -> bool:
    return asked.owner is None or isValid(asked.owner)
