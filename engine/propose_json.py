"""Masks for the paths of documents: what each path was found to hold says which, and everything else becomes null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Kind
from engine.masking import masker_class
from engine.masking.paths import PLAIN_KEY, Path, print_path
from engine.profiling.document_maps import fold_maps, is_map
from engine.profiling.document_trees import Node, lay_json, leaves, read_all
from engine.profiling.facts import LONGEST
from engine.profiling.finding import PathFinding
from engine.profiling.taxonomy import TAXONOMY
from engine.propose_names import entity_of

NOTHING = "null"
WHOLE = frozenset({"free_text", "json_path", "xml_path"})
"""Masks that a value inside a document does not take without options of its own."""


def masks_of(paths: Sequence[PathFinding]) -> Mapping[str, str]:
    """Path -> mask, for `json_path` and `xml_path`. The keys of maps need none: those masks replace them where a path has a `*`."""
    return {found.path: _usual_mask(found.entity) for found in paths if not found.keys}


def _usual_mask(entity: str | None) -> str:
    mask = TAXONOMY[entity].mask if entity is not None else None
    return _inside(mask)


def _inside(mask: str | None) -> str:
    """The mask where it takes the texts of a document, else null."""
    fits = mask is not None and mask not in WHOLE and Kind.TEXT in masker_class(mask).kinds
    return mask if mask is not None and fits else NOTHING


def json_paths(values: pa.Array) -> tuple[Path, ...]:
    """Every path that leads to a value in the sample, in the order in which it is met."""
    texts = pc.unique(values.drop_null()).cast(pa.string()).to_pylist()
    tree = read_all((text for text in texts if text.strip()), lay_json, LONGEST)
    for _ in fold_maps(tree.root, _data_keys):
        pass
    return tuple(path for path, _ in leaves(tree.root))


def _data_keys(node: Node, keys: Sequence[str], path: Path) -> Sequence[str]:
    return keys if is_map(node, keys) else [key for key in keys if not PLAIN_KEY.fullmatch(key)]


def path_masks(paths: tuple[Path, ...], table: TableName, people: bool) -> Mapping[str, str]:
    """Path as a plan writes it -> mask, from the names of its keys alone."""
    return {print_path(path): _mask(path, table, people) for path in paths}


def _mask(path: Path, table: TableName, people: bool) -> str:
    key = next((step for step in reversed(path) if isinstance(step, str)), None)
    entity = entity_of(table, key, Kind.TEXT, people=people) if key else None
    return _inside(entity.mask if entity is not None else None)
