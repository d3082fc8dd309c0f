"""The steps towards an Oracle: with protocol=tcps, TLS stands before everything else."""

from __future__ import annotations

import socket
import ssl
from functools import partial

from connectors.errors import UrlError
from connectors.probe import Course, Found, State
from connectors.server_probe import Endpoint, ServerCourse
from connectors.sql import is_loopback, parse_url
from connectors.tls_words import distrusted, encrypted, plain


def course(url: str, limit: float) -> Course:
    parsed = parse_url(url)
    if not parsed.host:
        raise UrlError("an Oracle address names user, host and service: oracle://user@host/?service_name=service")
    protocol = str(parsed.query.get("protocol", "tcp" if is_loopback(parsed.host) else "tcps"))
    endpoint = Endpoint(parsed.host, parsed.port or (1521 if protocol == "tcp" else 2484))
    # A wallet holds the authorities and, often, a certificate of the client's: only the driver reads it.
    wallet = "wallet_location" in parsed.query
    return ServerCourse(url, limit, endpoint, partial(secure, protocol, wallet))


def secure(protocol: str, wallet: bool, place: Endpoint, wire: socket.socket) -> Found:
    if protocol == "tcp":
        return plain(local=place.local, how="protocol=tcp")
    if wallet:
        return Found(State.SKIPPED, "Agreed upon at login, with the wallet's certificates.")
    try:
        with ssl.create_default_context().wrap_socket(wire, server_hostname=place.host) as secured:
            return encrypted(secured, verified=True, local=place.local, how="protocol=tcps")
    except ssl.SSLError as error:
        raise distrusted(error, place) from None
