"""A database in memory, attached to a connection: rows pass through it as bytes, between SQLite and Arrow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.sqlite_describe import OURS
from connectors.sqlite_image_read import read_image
from connectors.sqlite_image_write import ROWS, write_image
from connectors.sqlite_values import Cells, cells_of

MOST_COLUMNS = 1_999
"""That a table of an image may have: one less than SQLite's own tables."""
_IMAGE = f"{OURS}image"
_WAYS = ("serialize", "deserialize")


def attach_image(connection: sqlite3.Connection) -> bool:
    """Attach one. False where rows have to go one by one: with a library that hands out no bytes, or for texts in UTF-16."""
    if not all(hasattr(connection, way) for way in _WAYS) or not _is_utf8(connection):
        return False
    try:
        connection.execute(f"ATTACH ':memory:' AS {_IMAGE}")
    except sqlite3.OperationalError:
        return False
    connection.execute(f"PRAGMA {_IMAGE}.page_size = 65536")
    connection.execute(f"PRAGMA {_IMAGE}.secure_delete = OFF")
    return True


def select_image(
    connection: sqlite3.Connection, expressions: Sequence[str], rest: str, parameters: Iterable[Any]
) -> list[Cells]:
    """The columns of this query, in one piece."""
    # The sign takes an expression's affinity away: values arrive with the class that they are stored with.
    selected = ", ".join(f"+{expression} AS c{place}" for place, expression in enumerate(expressions))
    connection.execute(f"CREATE TABLE {_IMAGE}.{ROWS} AS SELECT {selected} {rest}", tuple(parameters))
    try:
        (root,) = connection.execute(f"SELECT rootpage FROM {_IMAGE}.sqlite_schema").fetchone()
        found = read_image(connection.serialize(name=_IMAGE), root, len(expressions))
        if found is None:
            rows = connection.execute(f"SELECT * FROM {_IMAGE}.{ROWS} ORDER BY rowid").fetchall()
            found = [cells_of(values) for values in zip(*rows, strict=True)]
        return found
    finally:
        connection.execute(f"DROP TABLE {_IMAGE}.{ROWS}")


def insert_image(connection: sqlite3.Connection, into: str, columns: Sequence[Cells]) -> bool:
    """Insert all these rows by one statement. False where nothing was done: they have to go one by one."""
    image = write_image(columns)
    if image is None:
        return False
    try:
        connection.deserialize(image.content, name=_IMAGE)
    except sqlite3.OperationalError:
        return False
    places = ", ".join(f"c{place}" for place in image.places)
    connection.execute(f"{into} SELECT {places} FROM {_IMAGE}.{ROWS} ORDER BY rowid")
    return True


def _is_utf8(connection: sqlite3.Connection) -> bool:
    (found,) = connection.execute("SELECT encoding = 'UTF-8' FROM pragma_encoding").fetchone()
    return bool(found)
