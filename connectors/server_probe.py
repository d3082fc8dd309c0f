"""The first steps towards any server: its name, its port, its encryption, the login."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import ConnectError
from connectors.probe import Found, Opened, State, Work
from connectors.sql import is_loopback
from connectors.use import Use

_REASONS = {
    errno.ECONNREFUSED: "no server listens at {}: check the port, and that the server runs",
    errno.EHOSTUNREACH: "this machine cannot reach {}: check the network, a VPN or a firewall",
    errno.ENETUNREACH: "this machine cannot reach {}: check the network, a VPN or a firewall",
    errno.ENOENT: "there is no socket {}: check the path, and that the server runs",
    errno.EACCES: "this account may not use {}",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int
    path: str | None = None
    """Of the server's socket on this machine."""

    @property
    def local(self) -> bool:
        """Does nothing go over a wire?"""
        return self.path is not None or is_loopback(self.host)

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"


class ServerCourse(Opened):
    """A server's steps. `endpoint` None: the driver alone knows where it goes (several servers, a service of libpq)."""

    def __init__(
        self, url: str, limit: float, endpoint: Endpoint | None, secure: Callable[[Endpoint, socket.socket], Found]
    ) -> None:
        super().__init__(url)
        self._limit, self._endpoint, self._secure = limit, endpoint, secure
        self._addresses: list[str] = []
        self._socket: socket.socket | None = None

    def steps(self, use: Use) -> list[tuple[str, Work]]:
        return [("dns", self.resolve), ("tcp", self.reach), ("tls", self.secure), *super().steps(use)]

    def close(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        super().close()

    def resolve(self) -> Found:
        """The addresses behind the host's name."""
        place = self._endpoint
        if place is None:
            return Found(State.SKIPPED, "The driver finds its server by itself.")
        if place.path is not None:
            return Found(State.SKIPPED, "A socket of this machine has no name to look up.")
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise ConnectError(f"no address is known of {place.host}: check its spelling, or the name server") from None
        self._addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        if self._addresses == [place.host]:
            return Found(State.SKIPPED, f"{place.host} is an address already.")
        more = f" and {len(self._addresses) - 1} more" if len(self._addresses) > 1 else ""
        return Found(State.OK, f"{place.host} is {self._addresses[0]}{more}.")

    def reach(self) -> Found:
        """Does anybody listen there?"""
        place = self._endpoint
        if place is None:
            return Found(State.SKIPPED, "The driver tries its servers at login.")
        try:
            self._socket = self._connected(place)
        except TimeoutError:
            raise ConnectError(f"nobody answers at {place}: check host and port, and a firewall on the way") from None
        except OSError as error:
            raise ConnectError(_REASONS.get(error.errno or 0, "this machine cannot reach {}").format(place)) from None
        return Found(State.OK, f"{place} answers.")

    def _connected(self, place: Endpoint) -> socket.socket:
        if place.path is None:
            return socket.create_connection((place.host, place.port), self._limit)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(self._limit)
        try:
            made.connect(str(Path(place.path)))
        except OSError:
            made.close()
            raise
        return made

    def secure(self) -> Found:
        """Is what goes over the wire encrypted, and to whom?"""
        if self._socket is None or self._endpoint is None:
            return Found(State.SKIPPED, "Agreed upon at login.")
        try:
            return self._secure(self._endpoint, self._socket)
        except TimeoutError:
            raise ConnectError(f"the server at {self._endpoint} takes the connection and says nothing") from None
        except OSError:
            raise ConnectError(
                f"the server at {self._endpoint} ended the connection: is it one of this kind?"
            ) from None
