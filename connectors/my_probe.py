"""The steps towards a MySQL or MariaDB. Greeting, TLS and login are one conversation of the driver over the socket that is open: a
server counts conversations that break off, and one day admits their host no more (max_connect_errors)."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Any

from pymysql import err

from connectors.errors import ConnectError
from connectors.my_connect import Address, address, refused
from connectors.my_wire import Wire
from connectors.probe import Course, Found
from connectors.server_probe import Endpoint, ServerCourse
from connectors.sql import parse_url
from connectors.tls_words import distrusted, encrypted, plain


def course(url: str, limit: float) -> Course:
    return _Course(url, limit, address(parse_url(url)))


class _Course(ServerCourse):
    def __init__(self, url: str, limit: float, where: Address) -> None:
        words = where.arguments
        self._place = Endpoint(str(words["host"]), int(words["port"]), words.get("unix_socket"))
        super().__init__(url, limit, self._place, self._entered)
        self._where = where
        self._refused: ConnectError | None = None
        self._handshake: Found | None = None

    def _entered(self, place: Endpoint, wire: socket.socket) -> Found:
        """Say how the conversation is encrypted; what the login came to is told in its own step."""
        context = self._where.arguments.get("ssl")
        if isinstance(context, ssl.SSLContext):
            self._watch(context)
        try:
            self._log_in(wire)
        except err.MySQLError as error:
            cause = getattr(error, "original_exception", None)
            if isinstance(cause, ssl.SSLError):
                raise distrusted(cause, place) from None
            self._refused = refused(error, self._where)
            if self._refused.code == "2026":
                raise self._refused from None
        if context is None:
            return plain(local=place.local, how="ssl_mode=disabled")
        if self._handshake is None:
            raise self._refused or ConnectError(f"the server at {place} does not answer as a MySQL or MariaDB")
        return self._handshake

    def log_in(self) -> Found:
        if self._refused is not None:
            raise self._refused
        return super().log_in()

    def _log_in(self, wire: socket.socket) -> None:
        encoders: dict[Any, Any] = {}
        entered = Wire(**self._where.arguments, charset="utf8mb4", autocommit=None, conv=encoders, defer_connect=True)
        try:
            entered.connect(wire)
        finally:
            with suppress(err.MySQLError):
                entered.close()

    def _watch(self, context: ssl.SSLContext) -> None:
        """Note what the handshake of this context comes to, whatever follows it."""

        def note(secured: ssl.SSLSocket) -> None:
            how = "ssl_mode=verify_identity" if context.check_hostname else "ssl_mode=verify_ca"
            self._handshake = encrypted(secured, verified=True, local=self._place.local, how=how)

        class Watched(ssl.SSLSocket):
            def do_handshake(self, block: bool = False) -> None:
                super().do_handshake(block)
                note(self)

        context.sslsocket_class = Watched
