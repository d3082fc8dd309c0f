"""The steps towards a PostgreSQL: TLS is asked for as libpq does, and verified as the address demands."""

from __future__ import annotations

import os
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from connectors.errors import ConnectError
from connectors.pg_connect import parameters
from connectors.probe import Course, Found
from connectors.server_probe import Endpoint, ServerCourse
from connectors.sql import parse_url
from connectors.tls_words import distrusted, encrypted, plain

# https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_DEMANDED = {"require", "verify-ca", "verify-full"}


def course(url: str, limit: float) -> Course:
    words = parameters(parse_url(url))
    endpoint = _endpoint(words)
    return ServerCourse(url, limit, endpoint, partial(_secure, words))


def _endpoint(words: Mapping[str, str]) -> Endpoint | None:
    host = words.get("hostaddr") or words.get("host") or os.environ.get("PGHOST", "")
    port = words.get("port") or os.environ.get("PGPORT") or "5432"
    if not host or "," in host or "service" in words or not port.isdecimal():
        return None
    return Endpoint(host, int(port), f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None)


def _secure(words: Mapping[str, str], place: Endpoint, wire: socket.socket) -> Found:
    mode = words.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer"
    how = f"sslmode={mode}"
    if place.path is not None or mode == "disable":
        return plain(local=place.local, how="a socket of this machine" if place.path else how)
    direct = words.get("sslnegotiation") == "direct"
    if not direct:
        wire.sendall(_SSL_REQUEST)
        answer = wire.recv(1)
        if answer != b"S":
            if answer != b"N":
                raise ConnectError(f"the server at {place} does not answer as a PostgreSQL")
            if mode in _DEMANDED:
                raise ConnectError(f"the server at {place} offers no TLS, and the address demands it ({how})")
            return plain(local=place.local, how="it offers no TLS")
    return _handshake(words, place, wire, mode, direct)


def _handshake(words: Mapping[str, str], place: Endpoint, wire: socket.socket, mode: str, direct: bool) -> Found:
    verified = mode in ("verify-ca", "verify-full") or (mode == "require" and "sslrootcert" in words)
    context = _context(words, verified)
    context.check_hostname = mode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
    if direct:
        context.set_alpn_protocols(["postgresql"])
    try:
        with context.wrap_socket(wire, server_hostname=words.get("host") or place.host) as secured:
            return encrypted(secured, verified=verified, local=place.local, how=f"sslmode={mode}")
    except ssl.SSLError as error:
        raise distrusted(error, place) from None


def _context(words: Mapping[str, str], verified: bool) -> ssl.SSLContext:
    authorities = words.get("sslrootcert")
    try:
        context = ssl.create_default_context(cafile=None if authorities == "system" or not verified else authorities)
    except (OSError, ssl.SSLError):
        raise ConnectError(f"the file of authorities {authorities} cannot be read (sslrootcert)") from None
    if "sslcert" in words:
        # What is wrong with the client's own certificate shows at login, where libpq reads it.
        with suppress(OSError, ssl.SSLError):
            context.load_cert_chain(words["sslcert"], words.get("sslkey"), words.get("sslpassword"))
    # Certificates of old servers lack what strict checking demands; libpq does not ask for it either.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
