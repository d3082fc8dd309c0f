"""Discovery: one detector, one file.

`DETECTORS` is the index: name -> "module:Class", imported on use. Other distributions add theirs under the entry-point group
`lookalike.detectors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.profiling.detector import Detector

DETECTORS: dict[str, str] = {
    # what the schema says
    "column_name": "engine.profiling.detectors.column_name:ColumnName",
    "column_comment": "engine.profiling.detectors.column_comment:ColumnComment",
    "table_name": "engine.profiling.detectors.table_name:TableKind",
    "column_type": "engine.profiling.detectors.column_type:ColumnType",
    "key_neighbours": "engine.profiling.detectors.key_neighbours:KeyNeighbours",
    "constraints": "engine.profiling.detectors.constraints:Constraints",
    # what single values are
    # what longer texts hold
}


@cache
def registry() -> Mapping[str, str]:
    """Every detector that is installed, our own before those of other distributions."""
    return {entry.name: entry.value for entry in entry_points(group="lookalike.detectors")} | DETECTORS


@cache
def installed() -> tuple[Detector, ...]:
    """One of each, with its usual options."""
    found = []
    for place in registry().values():
        module, _, attribute = place.partition(":")
        found.append(getattr(import_module(module), attribute)())
    return tuple(found)
