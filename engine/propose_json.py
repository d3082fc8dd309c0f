"""The paths of JSON documents in a sample, and a mask for each: what a key's name says, else null."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Kind
from engine.masking import masker_class
from engine.masking.paths import ANY_INDEX, ANY_KEY, PLAIN_KEY, Path, Step, print_path
from engine.propose_names import entity_of

MOST = 500
"""Documents looked at per column."""
FIELDS = 40
"""An object with more different keys than this is a map, and its keys are data."""


def json_paths(values: pa.Array) -> tuple[Path, ...]:
    """Every path that leads to a value in the sample, in the order in which it is met."""
    found: dict[Path, None] = {}
    # Documents are trees of their own: a loop over the distinct ones of a sample.
    for text in pc.unique(values.drop_null()).slice(0, MOST).cast(pa.string()).to_pylist():
        try:
            found.update(dict.fromkeys(_leaf_paths(json.loads(text), ())) if text.strip() else {})
        except (ValueError, RecursionError):
            continue
    crowded = _crowded(found)
    return tuple(dict.fromkeys(_named(path, crowded) for path in found))


def _leaf_paths(value: Any, path: Path) -> Iterator[Path]:
    """Every path that leads to no other; empty lists and objects among them."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaf_paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaf_paths(inner, (*path, ANY_INDEX))
    else:
        yield path


def _crowded(paths: Iterable[Path]) -> frozenset[Path]:
    """Objects with so many keys that these are values themselves, not names of fields."""
    keys: dict[Path, set[Step]] = defaultdict(set)
    for path in paths:
        for end, step in enumerate(path):
            keys[path[:end]].add(step)
    return frozenset(above for above, below in keys.items() if len(below) > FIELDS)


def _named(path: Path, crowded: frozenset[Path]) -> Path:
    """The path with `*` for every key that may be a value."""
    return tuple(
        step if not isinstance(step, str) or (PLAIN_KEY.fullmatch(step) and path[:end] not in crowded) else ANY_KEY
        for end, step in enumerate(path)
    )


def path_masks(paths: tuple[Path, ...], table: TableName, people: bool) -> Mapping[str, str]:
    """Path as a plan writes it -> mask."""
    return {print_path(path): _mask(path, table, people) for path in paths}


def _mask(path: Path, table: TableName, people: bool) -> str:
    key = next((step for step in reversed(path) if isinstance(step, str)), None)
    entity = entity_of(table, key, Kind.TEXT, people=people) if key else None
    if entity is None or entity.mask is None or Kind.TEXT not in masker_class(entity.mask).kinds:
        return "null"
    return entity.mask if entity.mask not in ("free_text", "json_path") else "null"
