"""What a target holds before a run: looked at, never written."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.database import Database, Marker
from engine.safety import run_lock


@dataclass(frozen=True, slots=True)
class TargetLook:
    marker: Marker | None
    """Of the run of ours that it carries."""
    occupied: int
    """Tables with rows."""
    busy: bool
    """That run is writing it right now."""


def look_at_target(target: Database) -> TargetLook:
    """Its mark, and whether it holds rows."""
    with target.target() as session:
        marker, occupied = session.marker(), len(session.occupied())
    return TargetLook(marker, occupied, marker is not None and target.sees_lock(run_lock(marker.run)))
