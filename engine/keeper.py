"""The keeper: a process of its own that holds a run's moment of the source, so that killing the run does not lose it.

Where readers can share a moment, it only holds it. Where they cannot, it reads itself and hands the rows over a socket. It ends when
the run says so, when no run was there for the stated time, when its database session is gone, or when the run's folder is.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from connectors import open_database
from connectors.database import Database, Simultaneous, Snapshot
from connectors.errors import DatabaseError, Lost, ReadError, SnapshotLost
from engine.keeper_link import ATTACH, DISMISS, ERROR, FAMILY, FILE, STOP, VALUE, Door, Order, packed, send_batches
from engine.workspace import write_private

_LOOK = 0.25
"""Seconds between two looks at whether the keeper is still wanted."""
_TOUCH = 15.0
"""Seconds between two signs of life to a database whose session nobody uses."""
_LONGEST_PATH = 100
"""Bytes of a socket's path that every system takes."""
_QUESTIONS = ("chunks", "count", "orphans", "unreadable_values", "unusable", "row_ids", "sizes")
_STREAMS = ("read", "sample", "rows", "follow")


def main() -> int:
    """Keep one moment, as the order on standard input says; tell on standard output that it is held, or why not."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o077)
    order = Order(**json.loads(sys.stdin.read()))
    try:
        with open_database(order.url) as source, ExitStack() as stack:
            moments = stack.enter_context(_moments(source, order.readers))
            with _reached(order, moments) as (listener, door):
                keeper = Keeper(order, listener, moments)
                signal.signal(signal.SIGTERM, lambda *_: keeper.over.set())
                write_private(Path(order.folder) / FILE, door.dumps())
                _say({"door": asdict(door)})
                keeper.keep()
    except DatabaseError as error:
        _say({ERROR: packed(error) | {"fields": {"code": error.code}}})
        return 1
    return 0


@contextmanager
def _moments(source: Database, readers: int) -> Iterator[Sequence[Snapshot]]:
    """One moment, read by as many sessions as the source allows of those that are wanted."""
    if readers > 1 and isinstance(source, Simultaneous):
        with source.snapshots(readers) as several:
            yield several
    else:
        with source.snapshot() as one:
            yield [one]


def _say(answer: dict[str, object]) -> None:
    """One line to the run that has started this process, if it is still there."""
    with suppress(OSError, ValueError):
        print(json.dumps(answer), flush=True)
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


@contextmanager
def _reached(order: Order, moments: Sequence[Snapshot]) -> Iterator[tuple[Listener, Door]]:
    """A socket in the run's folder, or in a private one where that path is too long; both it and the word of it go at the end."""
    folder, short = Path(order.folder), None
    path = folder / "keeper.sock"
    if len(os.fsencode(path)) > _LONGEST_PATH:
        short = Path(tempfile.mkdtemp(prefix="lookalike-"))
        path = short / "keeper.sock"
    path.unlink(missing_ok=True)
    key, token = secrets.token_bytes(32), moments[0].token
    try:
        with Listener(str(path), FAMILY, backlog=16, authkey=key) as listener:
            served = 0 if token is not None else len(moments)
            yield listener, Door(str(path), key.hex(), os.getpid(), order.minutes, token, served)
    finally:
        _forget(folder / FILE)
        if short is not None:
            shutil.rmtree(short, ignore_errors=True)


def _forget(path: Path) -> None:
    """Remove the word of this keeper, and of no later one."""
    with suppress(OSError, ValueError):
        if json.loads(path.read_bytes())["pid"] == os.getpid():
            path.unlink()


class Keeper:
    """Serves runs until the moment is not wanted any more, or over."""

    def __init__(self, order: Order, listener: Listener, moments: Sequence[Snapshot]) -> None:
        self._file, self._patience = Path(order.folder) / FILE, order.minutes * 60
        self._listener = listener
        self._idle: queue.Queue[Snapshot] = queue.Queue()
        self._lock = threading.Lock()
        self._left = len(moments)
        self._attached, self._alone_since = 0, time.monotonic()
        for moment in moments:
            self._idle.put(moment)
        self.over = threading.Event()

    def keep(self) -> None:
        threading.Thread(target=self._admit, daemon=True).start()
        touched = time.monotonic()
        while not self.over.wait(_LOOK):
            if not self._file.exists() or self._forsaken():
                return
            if time.monotonic() - touched > _TOUCH:
                self._touch()
                touched = time.monotonic()

    def _forsaken(self) -> bool:
        with self._lock:
            return not self._attached and time.monotonic() - self._alone_since > self._patience

    def _touch(self) -> None:
        """Say something to every idle session, so that no server ends it for its silence."""
        for _ in range(self._idle.qsize()):
            with suppress(queue.Empty):
                moment = self._idle.get_nowait()
                try:
                    moment.touch()
                except Lost:
                    self._lose()
                else:
                    self._idle.put(moment)

    def _lose(self) -> bool:
        """One session is gone. True where it was the last one: the moment is over."""
        with self._lock:
            self._left -= 1
            if not self._left:
                self.over.set()
            return not self._left

    def _admit(self) -> None:
        while not self.over.is_set():
            # A run that is killed at the door is no reason to end.
            with suppress(AuthenticationError, EOFError, OSError):
                link = self._listener.accept()
                threading.Thread(target=self._greet, args=(link,), daemon=True).start()

    def _greet(self, link: Connection) -> None:
        with link, suppress(EOFError, OSError):
            if link.recv()[0] == ATTACH:
                self._stay(link)
            else:
                self._read(link)

    def _stay(self, link: Connection) -> None:
        """Remember that a run is there, until it goes or dismisses the keeper."""
        with self._lock:
            self._attached += 1
        try:
            link.send((VALUE, True))
            if link.recv()[0] == DISMISS:
                self.over.set()
        finally:
            with self._lock:
                self._attached -= 1
                self._alone_since = time.monotonic()

    def _read(self, link: Connection) -> None:
        """Answer one reader with one session, once one is idle."""
        moment = self._idle.get()
        alive = True
        try:
            link.send((VALUE, True))
            while True:
                method, *arguments = link.recv()
                if method != STOP:
                    self._answer(link, moment, method, arguments)
        except Lost:
            alive = False
        finally:
            if alive:
                self._idle.put(moment)

    def _answer(self, link: Connection, moment: Snapshot, method: str, arguments: list[object]) -> None:
        """Raises Lost when the session is gone, after the reader was told."""
        try:
            if method in _STREAMS:
                send_batches(link, getattr(moment, method)(*arguments))
            elif method in _QUESTIONS:
                link.send((VALUE, getattr(moment, method)(*arguments)))
        except Lost as error:
            last = self._lose()
            told = SnapshotLost(str(error), table=error.table, code=error.code) if last else error
            link.send((ERROR, packed(told)))
            raise
        except DatabaseError as error:
            link.send((ERROR, packed(error)))
        except (EOFError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours must reach the run, and its text may quote a value
            link.send((ERROR, packed(ReadError(f"the keeper of the snapshot failed ({type(error).__name__})"))))


if __name__ == "__main__":
    sys.exit(main())
