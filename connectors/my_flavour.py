"""Where MariaDB and MySQL 8 differ. Which of the two it is, the server says, whatever the URL calls it."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.my_wire import PARAMETER


@dataclass(frozen=True, slots=True)
class Flavour:
    dialect: str
    identity: str
    """Query of what tells this server from every other one."""
    checks: str
    """Query of the CHECK constraints: TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE."""
    quoted_defaults: bool
    """COLUMN_DEFAULT is an SQL expression already, not the bare value of a literal."""
    escapes_quotes: bool
    """Quotes in the text of a CHECK or of a generated column come with a backslash that is not part of it."""
    expression_indexes: bool
    """STATISTICS has a column EXPRESSION."""
    replaces: bool
    """CREATE OR REPLACE is understood for routines and events."""
    counts_nulls: bool
    """A variable may be set inside an expression without a warning."""


MARIADB = Flavour(
    dialect="mariadb",
    identity="SELECT CONCAT_WS('|', @@hostname, @@port, @@datadir, @@socket, @@server_id)",
    checks="SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
    f" WHERE CONSTRAINT_SCHEMA = {PARAMETER}",
    quoted_defaults=True,
    escapes_quotes=False,
    expression_indexes=False,
    replaces=True,
    counts_nulls=True,
)
MYSQL = Flavour(
    dialect="mysql",
    identity="SELECT @@server_uuid",
    checks="SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c"
    " JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA"
    " AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'"
    f" WHERE c.CONSTRAINT_SCHEMA = {PARAMETER}",
    quoted_defaults=False,
    escapes_quotes=True,
    expression_indexes=True,
    replaces=False,
    counts_nulls=False,
)


def flavour_of(version: str) -> Flavour:
    """From the version that the server greets with: `10.11.19-MariaDB-0+deb12u1`, `8.4.2`."""
    return MARIADB if "mariadb" in version.lower() else MYSQL
