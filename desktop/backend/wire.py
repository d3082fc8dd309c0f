"""What goes through the two pipes between the window and its backend: frames of a length and a pickle.

Both ends are one program under one person's account, parent and child, and the pipes are theirs alone: nothing of others is unpickled.
"""

from __future__ import annotations

import pickle
import struct
import threading
from dataclasses import dataclass, field
from typing import IO, Any

from desktop.faults import Fault

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Ask:
    """Window -> backend: call a verb."""

    id: int
    verb: str
    arguments: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stop:
    """Window -> backend: nobody waits for this call any more."""

    id: int


@dataclass(frozen=True, slots=True)
class Told:
    """Backend -> window: something on the way, as often as the verb likes."""

    id: int
    what: Any


@dataclass(frozen=True, slots=True)
class Done:
    id: int
    result: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """The last word of a call that did not work."""

    id: int
    fault: Fault


class Pipe:
    """One direction. `send` may be called from any thread."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def send(self, message: object) -> None:
        """Raises OSError where nobody reads any more."""
        content = pickle.dumps(message, protocol=5)
        with self._lock:
            self._stream.write(_LENGTH.pack(len(content)) + content)
            self._stream.flush()

    def receive(self) -> Any:
        """The next message. Raises EOFError where the other side is gone."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(length))

    def _exactly(self, length: int) -> bytes:
        content = bytearray()
        while len(content) < length:
            part = self._stream.read(length - len(content))
            if not part:
                raise EOFError
            content += part
        return bytes(content)
