"""Finds tables and columns by parts of their names: one pass over the text of each table."""

from __future__ import annotations

import numpy as np

from connectors.names import TableName
from desktop.backend.shelf import Shelved
from desktop.models.columnar import names
from desktop.models.schema import Found, Place


def words_of(text: str) -> list[str]:
    """What a person typed, as it is compared: `Customer.Email` and `customer email` look for the same."""
    return text.casefold().replace(".", " ").replace('"', " ").split()


def search_all(shelf: Shelved, text: str) -> Found:
    """Every table that has all of these words in its schema, its name or its columns."""
    words = words_of(text)
    texts, tables = shelf.texts, list(range(len(shelf.order)))
    for word in words:
        tables = [number for number in tables if word in texts[number]]
    hits = [_columns(texts[number], words) for number in tables]
    return Found(
        shelf.stamp,
        text,
        np.array(tables, np.int64),
        names(_said(shelf, number, places) if places else "" for number, places in zip(tables, hits, strict=True)),
        np.array([places[0] if places else -1 for places in hits], np.int64),
    )


def _columns(known: str, words: list[str]) -> list[int]:
    """For each word that the table's own name does not hold, the place of the first column that does."""
    own = known.find("\n")
    if own < 0:
        return []
    # The first place where a word stands is in the table's own name, or in no part of that.
    starts = [start for word in words if (start := known.find(word)) > own]
    return list(dict.fromkeys(known.count("\n", own, start) - 1 for start in starts))


def _said(shelf: Shelved, number: int, places: list[int]) -> str:
    table = shelf.table(number)
    return "" if table is None else ", ".join([table.columns[place].name for place in places])


def best(shelf: Shelved, text: str, most: int) -> tuple[Place, ...]:
    """The names that a person most likely means."""
    found = search_all(shelf, text)
    words = words_of(text)
    if not words:
        return ()
    ranked: list[tuple[int, int, TableName, str]] = []
    for number, place in zip(found.tables.tolist(), found.first.tolist(), strict=True):
        name, table = shelf.order[number], shelf.table(number)
        column = table.columns[place].name if table is not None and place >= 0 else ""
        ranked.append((_rank(name.name, column, words), len(name.name) + len(column), name, column))
    ranked.sort(key=lambda each: (each[0], each[1], str(each[2])))
    return tuple(Place(str(name), column) for _, _, name, column in ranked[:most])


def _rank(table: str, column: str, words: list[str]) -> int:
    """0: exactly this table; then beginnings of tables, middles of tables, columns likewise."""
    said, wanted = (column or table).casefold(), words[-1]
    return 10 * bool(column) + (0 if said == wanted else 1 if said.startswith(wanted) else 2)
