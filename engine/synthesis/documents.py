"""JSON columns opened: which paths they have is paid for like categories, one leaf of each document; then each path is a column."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps, loads
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.schema import Column, Kind
from engine.synthesis.domains.json_paths import Path, carried, leaves_of, scalar_paths

MOST_PATHS = 32
_KINDS = {"string": Kind.TEXT, "double": Kind.FLOAT, "bool": Kind.BOOLEAN}
_LEAF = "\x00leaf"
"""No column of a database is called so."""


def leaf_name(column: str) -> str:
    """The column that holds one leaf of each document."""
    return column + _LEAF


def path_name(column: str, path: Path) -> str:
    """The column that holds one path of each document."""
    return f"{column}\x00{dumps(path)}"


def with_a_leaf(table: pa.Table, column: str, rng: np.random.Generator) -> pa.Table:
    """The table with the path and type of one scalar of each document, drawn at random: a document counts once, however long."""
    coded = table.column(column).combine_chunks().dictionary_encode()
    found = [_leaves(text) for text in coded.dictionary.to_pylist()]
    draws = rng.random(len(coded))
    leaves = [
        None if place is None or not found[place] else found[place][int(draw * len(found[place]))]
        for place, draw in zip(coded.indices.to_pylist(), draws.tolist(), strict=True)
    ]
    return table.append_column(leaf_name(column), pa.array(leaves, pa.string()))


def with_paths(table: pa.Table, column: str, paths: Sequence[tuple[Path, str]]) -> pa.Table:
    """The table with a column for each path."""
    values = table.column(column).combine_chunks()
    for (path, kind), found in zip(paths, leaves_of(values, tuple(path for path, _ in paths)), strict=True):
        table = table.append_column(path_name(column, path), carried(found, kind))
    return table


def published_paths(found: Sequence[tuple[Any, float]]) -> tuple[tuple[Path, str], ...]:
    """The paths, each with its most frequent type, none of which runs through another."""
    kinds: dict[Path, str] = {}
    for leaf, _ in found:
        if leaf is not None and len(kinds) < MOST_PATHS:
            path, kind = loads(leaf)
            kinds.setdefault(tuple(path), kind)
    return tuple(
        (path, kind) for path, kind in kinds.items() if not any(path[:end] in kinds for end in range(1, len(path)))
    )


def column_of_path(column: str, path: Path, kind: str) -> Column:
    """A path as a column of the schema, which may always be missing."""
    return Column(path_name(column, path), kind, _KINDS[kind])


def _leaves(text: str | None) -> list[str]:
    try:
        document = loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return []
    return [dumps([path, kind]) for path, kind in scalar_paths(document)]
