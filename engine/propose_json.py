"""Masks for the paths of documents: what each path was found to hold says which, and everything else becomes null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.schema import Kind
from engine.masking import masker_class
from engine.profiling.finding import PathFinding
from engine.profiling.taxonomy import TAXONOMY

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
