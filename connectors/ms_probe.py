"""The steps towards a SQL Server. Its TLS is part of the login's own protocol, so that the login alone can tell."""

from __future__ import annotations

from connectors.errors import UrlError
from connectors.probe import Course, Found, State
from connectors.server_probe import Endpoint, ServerCourse
from connectors.sql import is_loopback, parse_url


def course(url: str, limit: float) -> Course:
    parsed = parse_url(url)
    if not parsed.host:
        raise UrlError("a SQL Server address names host and database: mssql://user@host/database")
    asked = str(parsed.query.get("encrypt", "no" if is_loopback(parsed.host) else "verify"))
    return ServerCourse(url, limit, Endpoint(parsed.host, parsed.port or 1433), lambda *_: encryption(asked))


def encryption(asked: str) -> Found:
    """What the login will demand (`encrypt` of the address)."""
    if asked == "verify":
        return Found(State.SKIPPED, "Demanded at login, with a verified certificate (encrypt=verify).")
    return Found(State.SKIPPED, f"Asked for at login; nobody verifies the certificate (encrypt={asked}).")
