"""Databases, and nothing of privacy: describe, read, write, count.

`DIALECTS` is the index: a URL's scheme -> "module:Class", imported on use. Other distributions add theirs under the
entry-point group `lookalike.dialects`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from connectors.errors import UrlError

if TYPE_CHECKING:
    from connectors.database import Database

DIALECTS = {
    "postgresql": "connectors.postgresql:PostgreSQL",
    "mysql": "connectors.mysql:MySQL",
    "mariadb": "connectors.mysql:MariaDB",
    "sqlite": "connectors.sqlite:SQLite",
    "mssql": "connectors.sqlserver:SQLServer",
    "oracle": "connectors.oracle:Oracle",
}


def open_database(url: str) -> Database:
    """Open the database at a SQLAlchemy URL (`postgresql://user@host/db`, `sqlite:///file.db`). Raises UrlError, ConnectError."""
    scheme = url.partition(":")[0].partition("+")[0].lower()
    scheme = {"postgres": "postgresql", "sqlserver": "mssql"}.get(scheme, scheme)
    registry = DIALECTS | {entry.name: entry.value for entry in entry_points(group="lookalike.dialects")}
    if scheme not in registry:
        raise UrlError(f"no database of the kind {scheme!r}; this version knows {', '.join(sorted(registry))}")
    module, _, name = registry[scheme].partition(":")
    opened: Database = getattr(import_module(module), name)(url)
    return opened
