"""What SQL databases share: quoting, counting questions, key ranges. A dialect's file says only what differs."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connectors.database import Chunk, Derived, Limit
from connectors.errors import UrlError
from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Table, Unique

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_PASSWORDS = ("password", "passwd", "pwd")
_SECRET = re.compile(r"passw(or)?d|pwd|secret", re.IGNORECASE)


def parse_url(text: str) -> URL:
    """The address of a database, read as SQLAlchemy does. Raises UrlError, which never repeats a password."""
    # Imported here, for a SQLite file is read without it by processes that last no longer than its import.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Python quotes the part it took for a port: of a password with a colon or an @ in it.
        raise UrlError("not a database address: write dialect://user@host:port/database or sqlite:///file") from None
    if "@" in (url.host or ""):
        # The rest of a password, which would be taken for the host, and saved and shown as one.
        raise UrlError(
            "an @ in a password is written %40 in an address; better, leave the password out and give it when asked"
        )
    return url


def split_password(text: str) -> tuple[str, str | None]:
    """The address without any secret, safe to save and print, and its password (a key file's is left out). Raises UrlError."""
    url = parse_url(text)
    query = {name: value for name, value in url.query.items() if not _SECRET.search(name)}
    given = url.password or next((v for name, v in url.query.items() if name.lower() in _PASSWORDS), None)
    bare = type(url).create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=True), str(given) if given else None


def join_password(text: str, password: str) -> str:
    """The address with this password in it, for the driver alone."""
    return parse_url(text).set(password=password).render_as_string(hide_password=False)


def is_loopback(host: str) -> bool:
    """Is this the machine itself, where no wire can be listened to?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Sql:
    """How one dialect writes SQL text. Stateless; every name is quoted, nothing else is interpolated."""

    quotes = ('"', '"')
    parameter = "?"
    row_values = True
    """`(a, b) > (x, y)` is understood and uses an index; otherwise it is spelt out."""

    def __init__(self, default_schema: str | None = None) -> None:
        self.default_schema = default_schema

    def quote(self, identifier: str) -> str:
        opening, closing = self.quotes
        return opening + identifier.replace(closing, closing * 2) + closing

    def relation(self, name: TableName) -> str:
        """The table as a statement names it, always with its schema where the dialect has them."""
        schema = name.schema or self.default_schema
        # A table of SQLite may be called "".
        return ".".join(self.quote(part) for part in (*((schema,) if schema else ()), name.name))

    def columns(self, names: Sequence[str], alias: str = "") -> str:
        prefix = f"{alias}." if alias else ""
        return ", ".join(prefix + self.quote(name) for name in names)

    def bound(self, table: Table, column: str) -> str:
        """The placeholder of one key value, cast to the column's type where the dialect needs it."""
        return self.parameter

    def key(self, table: Table, column: str) -> str:
        """The key column as the SELECT of a bound gives it: something the driver hands back loss-free."""
        return self.quote(column)

    def nothing(self, view: TableName) -> str:
        """A count of none of a view's rows."""
        return f"SELECT count(*) FROM {self.relation(view)} WHERE 1 = 0"

    def count(self, name: TableName) -> str:
        return f"SELECT count(*) FROM {self.relation(name)}"

    def greatest(self, name: TableName, column: str, below: int) -> str:
        """The greatest value of a column that is less than this number."""
        quoted = self.quote(column)
        return f"SELECT max({quoted}) FROM {self.relation(name)} WHERE {quoted} < {below}"

    def orphans(self, name: TableName, key: ForeignKey) -> str:
        """Rows with a complete key (MATCH SIMPLE), and of the key's condition, that have no parent."""
        present = " AND ".join(f"c.{self.quote(column)} IS NOT NULL" for column in key.columns)
        equal = self._equal("p", key.parent_columns, "c", key.columns)
        children = self.relation(name)
        if key.where is not None:
            # Its names are those of the child alone, with or without the table before them.
            children = f"(SELECT {self.columns(key.columns)} FROM {children} WHERE ({key.where}))"
        return (
            f"SELECT count(*) FROM {children} c WHERE {present} AND NOT EXISTS "
            f"(SELECT 1 FROM {self.relation(key.parent)} p WHERE {equal})"
        )

    def respelt(self, name: TableName, key: ForeignKey, *, caseless: bool) -> str:
        """Rows whose parents are all spelt otherwise than they say."""
        parent = self.relation(key.parent)
        equal = self._equal("p", key.parent_columns, "c", key.columns)
        alike = " AND ".join(
            f"{self.spelling(f'p.{self.quote(a)}', caseless)} = {self.spelling(f'c.{self.quote(b)}', caseless)}"
            for a, b in zip(key.parent_columns, key.columns, strict=True)
        )
        return (
            f"SELECT count(*) FROM {self.relation(name)} c WHERE EXISTS (SELECT 1 FROM {parent} p WHERE {equal})"
            f" AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {equal} AND {alike})"
        )

    def spelling(self, value: str, caseless: bool) -> str:
        """A value that is equal only where it is spelt alike; dialects whose collations ignore something say how."""
        return value

    def duplicates(self, name: TableName, unique: Unique) -> str:
        return self.surplus(self.relation(name), unique)

    def surplus(self, rows: str, unique: Unique) -> str:
        """Surplus rows of a FROM item under a unique key; those with a NULL part count only where NULLs are not distinct."""
        conditions = [f"({unique.where})"] if unique.where else []
        if unique.nulls_distinct:
            conditions += [f"{self.quote(column)} IS NOT NULL" for column in unique.columns]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = self.columns(unique.columns)
        return (
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {rows}{where} "
            f"GROUP BY {columns} HAVING count(*) > 1) d"
        )

    def failures(self, name: TableName, check: Check) -> str:
        return f"SELECT count(*) FROM {self.relation(name)} WHERE NOT ({check.expression})"

    def exceeds(self, column: Column, limit: Limit) -> str | None:
        """The condition of a value beyond a limit; None where this dialect's type admits none."""
        return None

    def counts(self, name: TableName, conditions: Sequence[str]) -> str:
        """How many rows each condition is true for, in one row."""
        numbers = ", ".join(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition in conditions)
        return f"SELECT {numbers} FROM {self.relation(name)}"

    def next_bound(self, table: Table, key: Sequence[str], after: bool) -> str:
        """The key `rows` places further on: parameters are the previous bound (if `after`), then the offset."""
        selected = ", ".join(self.key(table, column) for column in key)
        where = f" WHERE {self.beyond(table, key)}" if after else ""
        return (
            f"SELECT {selected} FROM {self.relation(table.name)}{where} ORDER BY {self.columns(key)} "
            f"LIMIT 1 OFFSET {self.parameter}"
        )

    def within(self, table: Table, key: Sequence[str], chunk: Chunk) -> tuple[str, tuple[Any, ...]]:
        """The condition of a chunk (empty text for all rows) and its parameters."""
        parts: list[str] = []
        parameters: tuple[Any, ...] = ()
        if chunk.lower is not None:
            parts.append(self.beyond(table, key))
            parameters += self.repeat(chunk.lower)
        if chunk.upper is not None:
            parts.append(f"NOT ({self.beyond(table, key)})")
            parameters += self.repeat(chunk.upper)
        return " AND ".join(parts), parameters

    def beyond(self, table: Table, key: Sequence[str]) -> str:
        """The rows whose key is greater than a bound, in key order."""
        if self.row_values or len(key) == 1:
            bounds = ", ".join(self.bound(table, column) for column in key)
            return f"({self.columns(key)}) > ({bounds})" if len(key) > 1 else f"{self.columns(key)} > {bounds}"
        alternatives = []
        for place in range(len(key)):
            equal = [f"{self.quote(column)} = {self.bound(table, column)}" for column in key[:place]]
            greater = f"{self.quote(key[place])} > {self.bound(table, key[place])}"
            alternatives.append("(" + " AND ".join([*equal, greater]) + ")")
        return "(" + " OR ".join(alternatives) + ")"

    def repeat(self, bound: tuple[Any, ...]) -> tuple[Any, ...]:
        """A bound as often as `beyond` names its parts."""
        if self.row_values or len(bound) == 1:
            return bound
        return tuple(value for place in range(len(bound)) for value in bound[: place + 1])

    def ancestor(self, derived: Derived, value: str, outer: str) -> str:
        """`value` of the last row of a path (`p0` is the first parent) as a subquery: unlike a join, it can never repeat a row."""
        joins = ", ".join(f"{self.relation(key.parent)} p{place}" for place, key in enumerate(derived.path))
        conditions = " AND ".join(
            self._equal(f"p{place}", key.parent_columns, f"p{place - 1}" if place else outer, key.columns)
            for place, key in enumerate(derived.path)
        )
        return f"(SELECT {value} FROM {joins} WHERE {conditions})"

    def _equal(self, left: str, left_columns: Sequence[str], right: str, right_columns: Sequence[str]) -> str:
        return " AND ".join(
            f"{left}.{self.quote(a)} = {right}.{self.quote(b)}"
            for a, b in zip(left_columns, right_columns, strict=True)
        )


def chunk_key(table: Table) -> tuple[str, ...]:
    """The columns that cut a table into ranges: its primary key, else a unique key without NULLs; empty: one chunk."""
    if table.primary_key:
        return table.primary_key
    required = {column.name for column in table.columns if not column.nullable}
    for unique in table.uniques:
        if not unique.where and not unique.expression and set(unique.columns) <= required:
            return unique.columns
    return ()
