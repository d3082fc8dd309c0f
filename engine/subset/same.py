"""A run that goes on selects the rows of its first attempt again: what is loaded of these belongs to no others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from connectors.errors import SnapshotLost

_RECORD = "digests.json"


def refuse_others(folder: Path, digests: Mapping[str, str]) -> None:
    """Remember in this folder what was selected. Raises SnapshotLost, naming tables, where an earlier attempt selected other rows."""
    try:
        earlier = json.loads((folder / _RECORD).read_text())
    except FileNotFoundError:
        beside = folder / f"{_RECORD}.new"
        beside.write_text(json.dumps(dict(digests)))
        beside.replace(folder / _RECORD)
        return
    if others := sorted(name for name in {*earlier, *digests} if earlier.get(name) != digests.get(name)):
        raise SnapshotLost(
            f"other rows are selected than when the run began ({', '.join(others)}): their tables were rewritten meanwhile "
            "(VACUUM FULL, CLUSTER, TRUNCATE or ALTER TABLE)"
        )
