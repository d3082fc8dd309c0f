"""The words in which a plan's TOML says what `spec.py` holds, and the same as plain data: for the plan's text and its fingerprint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, fields
from enum import StrEnum
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

from connectors.names import TableName
from engine.subset.spec import Copies, Coverage, DeclaredKey, Edge, Roots, Subset

SUBSET = ("seed", "roots", "size", "whole", "edges", "coverage")
ROOTS = ("table", "where", "percent", "rows", "keys", "keys_file")
EDGE = ("table", "columns", "key", "follow", "limit", "where", "missing")
COVERAGE = ("table", "columns", "times", "pairs")
FOREIGN_KEY = ("table", "columns", "expressions", "parent", "parent_columns", "where")
CLONE = ("table", "keys", "where", "copies", "original")
_WORDS = {Roots: ROOTS, Edge: EDGE, Coverage: COVERAGE, DeclaredKey: FOREIGN_KEY, Copies: CLONE}
_Said = Roots | Edge | Coverage | DeclaredKey | Copies


def data_of(thing: _Said) -> dict[str, Any]:
    """What it says beyond what leaving it out would say, as TOML says it, in the order in which one reads it."""
    default = {field.name: field.default for field in fields(thing)}
    said = {word: getattr(thing, word) for word in _WORDS[type(thing)]}
    return {word: _plain(value) for word, value in said.items() if default[word] is MISSING or value != default[word]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, TableName) else value


def selection_said(
    subset: Subset | None, foreign_keys: Iterable[DeclaredKey], clone: Copies | None, folder: Path | None
) -> dict[str, Any]:
    """All that decides which rows there are, the keys in files too; nothing for a plan that takes every row as it is.

    The order of roots and goals decides between rows; that of edges, keys and whole tables does not."""
    said: dict[str, Any] = {}
    if subset is not None:
        said["subset"] = {
            "seed": subset.seed,
            "size": subset.size,
            "roots": [data_of(each) | _file_said(each, folder) for each in subset.roots],
            "whole": sorted(map(str, subset.whole)),
            "edges": _sorted(subset.edges),
            "coverage": [data_of(goal) for goal in subset.coverage],
        }
    if keys := _sorted(foreign_keys):
        said["foreign_keys"] = keys
    if clone is not None:
        said["clone"] = data_of(clone)
    return said


def _sorted(things: Iterable[_Said]) -> list[dict[str, Any]]:
    return sorted((data_of(thing) for thing in things), key=lambda data: dumps(data, sort_keys=True))


def _file_said(roots: Roots, folder: Path | None) -> dict[str, str]:
    if roots.keys_file is None:
        return {}
    try:
        return {"keys_file_holds": sha256(((folder or Path()) / roots.keys_file).read_bytes()).hexdigest()}
    except OSError:
        # A run refuses a file that it cannot read; whoever only compares plans may not have it.
        return {"keys_file_holds": ""}
